"""Every pause, size and time limit of intake; those of its rules stand in `domain`."""

from datetime import timedelta
from typing import Final

CLOSURES_PAUSE: Final = 0.25
"""Seconds. Most events on `cases.v1` end no case, and nobody waits for what these do."""

MAX_REPORTS: Final = 500
"""In one request."""

LOCK_SLOTS: Final = 1_024
"""Locks that the blocks of a city share, so that a transaction of any size fits the server."""

FORGOTTEN_AT_ONCE: Final = 5_000
"""Idempotency keys deleted in one transaction."""

FORGET_SECONDS: Final = 300.0
"""Between two rounds that forget idempotency keys."""

MOST_AHEAD: Final = 1_000
"""Events. The notifier tells many of a case between its ends; no case has so many."""

KEY_KEPT: Final = timedelta(hours=24)
"""How long an answer is remembered for its idempotency key."""

SEALED_AT_ONCE: Final = 500
"""Contacts that are sealed, or get another master key, in one transaction."""

SEALING_SECONDS: Final = 30.0
"""Between two looks for contacts that are not sealed under the master key in use."""

MOST_CONTACTS: Final = 200
"""Shown at one look; a case with more reporters shows those who reported first."""

MOST_MERGED_DEEP: Final = 8
"""Cases merged into a case, and into those, and so on."""

MOST_LOOKS: Final = 500
"""On a page of who looked."""

AGED_AT_ONCE: Final = 500
"""Contacts, looks or erasures that are looked at in one transaction because they are old."""

AGEING_SECONDS: Final = 600.0
"""Between two rounds that forget what was kept long enough."""

MOST_REPORTS_OF_A_PERSON: Final = 1_000
"""Found by one number or address."""
