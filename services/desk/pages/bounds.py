"""Every limit and pause of the pages themselves."""

from datetime import timedelta
from typing import Final

COUNTED_EVERY: Final = timedelta(seconds=10)
"""At the least between two readings that a page makes by itself of what counts all open cases."""
