"""How a service process ends that was not told to stop: its exit codes, those of sysexits.h."""

from typing import Final

BUG_EXIT: Final = 70
"""Going on could lose or reorder something; the next start goes on from the outbox."""
REFUSED_EXIT: Final = 78
"""It was not started, and starting it again cannot help: settings, tables or cluster are wrong."""
