"""Every size, pause and time limit of an import."""

from datetime import timedelta
from typing import Final

STOP_SECONDS: Final = 5.0
"""How long the publisher has to stop."""

MOST_REMEMBERED: Final = 100_000
"""Values of a column whose code is remembered."""

MAX_LITERAL: Final = 10_000
"""Characters of a field that may hold an object or a list."""

MAX_RAW: Final = 10_000
"""Characters of a broken row that are shown with it."""

MAX_ROW: Final = 1024 * 1024
"""Longest row in characters; what is longer is taken for one that is never closed."""

CHUNK: Final = 64 * 1024
"""Characters read at once."""

MAX_HEAD: Final = 64 * 1024 * 1024
"""Characters before the rows of a document."""

LINE_SECONDS: Final = 5.0
"""Between two lines of progress."""

MOST_SHOWN: Final = 20
"""Rows with a fault that are shown."""

MOST_IN_FLIGHT: Final = 2000
"""Reports handed to the broker and not acknowledged; reading waits for room."""

PATIENCE: Final = timedelta(seconds=30)
"""How long the broker may say nothing; a restart of one takes less."""

LAST_MOMENT_SECONDS: Final = 3.0
"""For what is still under way when an import is given up."""

MOST_SHEET_BYTES: Final = 256 * 1024 * 1024
"""Of the file of a workbook."""

MOST_UNPACKED_BYTES: Final = 2 * 1024 * 1024 * 1024
"""A workbook is held in memory as a whole; what is larger is saved as CSV first."""

MOST_KINDS: Final = 20
"""Kinds that are named of those a mapping does not know."""

MAX_DESCRIPTION: Final = 4000
"""Characters; what is longer is cut."""

MAX_ADDRESS: Final = 500
"""Characters; what is longer is cut."""

MAX_SHOWN: Final = 60
"""Characters of a value that a fault shows."""
