"""Exit codes: sysexits.h's for a service that was not told to stop, shells' for Ctrl-C."""

from typing import Final

BUG_EXIT: Final = 70
"""Going on could lose or reorder something; the next start goes on from the outbox."""
REFUSED_EXIT: Final = 78
"""It was not started, and starting it again cannot help: settings, tables or cluster are wrong."""
STOPPED_EXIT: Final = 130
"""Ctrl-C ended a command before its work was done."""
