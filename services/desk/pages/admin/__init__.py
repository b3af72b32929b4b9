"""The pages of administrators: who and what may come in, and how the installation is."""
