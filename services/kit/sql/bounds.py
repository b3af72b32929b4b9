"""Every pause and time limit of a database."""

from typing import Final

BUSY_SECONDS: Final = 20
"""How long a write to SQLite waits for that of another process."""

PATIENCE_SECONDS: Final = 40.0
"""Around a statement; more than the 10 s after which PostgreSQL ends a wait for a lock."""

IDLE_SECONDS: Final = 1.0
"""Without use, after which a connection is asked first whether it still lives."""
