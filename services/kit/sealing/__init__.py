"""Sealing what nobody may read from a database, a backup or a topic."""
