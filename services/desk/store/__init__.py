"""The desk's tables, and every SQL statement it makes."""
