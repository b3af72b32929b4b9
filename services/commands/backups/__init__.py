"""Copies of the databases: what is in one, and how each engine is copied and put back."""
