"""Every pause, size and time limit of the commands."""

from typing import Final

BLOCK_BYTES: Final = 1024 * 1024
"""Read at once to take the sum of a file."""

ANSWER_SECONDS: Final = 10.0
"""Within which a service answers."""

LOG_BYTES_AT_ONCE: Final = 1 << 20
"""Of a log that is followed."""

WHY_LETTERS: Final = 500
"""Of an operator's reason."""

WATCH_SECONDS: Final = 0.5
"""Between two looks at the services."""

FILES_LOOK_SECONDS: Final = 1.0
"""Between two looks at how many files of cases still wait."""

FILES_PATIENCE_SECONDS: Final = 60.0
"""Without a published file, until the notifier is taken for one that does not run."""

KEYS_AT_ONCE: Final = 500
"""Keys that a list reads at a time."""
