"""Every pause, size and time limit of a process and its housekeeping."""

from typing import Final

SAID_AGAIN_SECONDS: Final = 60.0
"""After which a line that comes again and again is told once more, with how often."""

FOLLOW_SECONDS: Final = 1.0
"""Between two looks at a file that an operator may save at any time."""

MOST_FILE_BYTES: Final = 16 * 1024 * 1024
"""What is read at most; a file an operator writes is small, and `parse` refuses one so large."""

TICK_SECONDS: Final = 0.1
"""Between two looks for deadlines and what waits."""

HOUSEKEEPING_SECONDS: Final = 30.0
"""Between two rounds that mark what is published and forget what is old."""

FEEDS_SECONDS: Final = 2.0
"""Between two looks at how the lanes and the group stand."""

TOPICS_SECONDS: Final = 15.0
"""Between two looks whether the topics are still the same ones."""

LOOK_SECONDS: Final = 2.0
"""Between two looks whether a server can be reached."""

PATIENCE_SECONDS: Final = 5.0
"""After which a server that does not answer counts as away."""

DRAIN_SECONDS: Final = 8.0
"""How long a stop waits for rounds under way; a supervisor kills after ten."""

SETTLING_SECONDS: Final = 30.0
"""Without a change of what can be reached, before what clients said meanwhile is written."""

STUCK_SECONDS: Final = 120.0
"""A round of the tick waits for database and broker; with both there none takes so long."""

METADATA_MS: Final = 10_000
"""After which clients ask anew which topics and partitions there are."""

SHORTEST_SECRET: Final = 32
"""Characters of an installation's secret: more than anybody guesses."""

LONGEST_SECRET: Final = 200
"""The same: what fits into a variable, and is no file by mistake."""

MOST_SECRETS: Final = 2
"""While one replaces the other."""
