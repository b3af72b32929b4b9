"""Every bound of the router; those of its rules stand in `domain`."""

from typing import Final

MOST_AHEAD: Final = 1_000
"""Events. The router reads a few of a case's many; no case has so many between two of them."""
