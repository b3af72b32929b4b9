"""Copies of the three databases: what is in one, and how each engine is copied and put back."""
