"""Every pause and size of what all rooms of kit use."""

from typing import Final

LOOK_SECONDS: Final = 0.05
"""Between two looks at the file that says how fast the clock of a play goes."""

MOST_NAMES: Final = 50
"""That others give themselves, as labels of one metric."""
