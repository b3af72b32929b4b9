"""Every limit and pause of the pages themselves."""

from datetime import timedelta
from typing import Final

from services.desk.bounds import MOST_FORM_FIELDS, MOST_OF_A_CASE

COUNTED_EVERY: Final = timedelta(seconds=10)
"""At the least between two readings that a page makes by itself of what counts all open cases."""

MOST_PROVING_FIELDS: Final = MOST_FORM_FIELDS + 2 * MOST_OF_A_CASE
"""Of a form that proves something, in which each file that is chosen is a field."""

MOST_CHOICES: Final = 1_000
"""Grids, or categories, that a form lists; another code can still be written."""

TOLD_BEFORE: Final = 24
"""Earlier times whose numbers the page for everybody leads to: two years of months."""

NUMBERS_KEPT_SECONDS: Final = 600
"""For which a browser, or a cache between, shows that page without asking anew."""

NEARBY_SHOWN: Final = 50
"""Other open cases on the map of a case."""
