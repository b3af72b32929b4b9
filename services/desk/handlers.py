"""The desk's stages."""
