"""A city's own export, read as its mapping says and sent on as reports."""
