"""Every pause, size and time limit of a start that finds a broker or a database changed."""

from datetime import timedelta
from typing import Final

AT_ONCE: Final = 1_000
"""Records of one instant that are decided in one transaction."""

AHEAD: Final = 500
"""So many records with an instant are read on a partition before the first of them has its turn:
one that waited for another was decided after others that came behind it."""

MAX_CLAIM_BYTES: Final = 1024
"""Of a record that says whose the topics are; a larger one is none of ours."""

PATIENCE_SECONDS: Final = 60.0
"""How long the broker may bring nothing of what it has."""

POLL_MS: Final = 200
"""How long one request to the broker waits for records."""

EARLIER: Final = timedelta(hours=1)
"""Topics without a position of the stage are read from so long before the first of the others."""

LOOK_SECONDS: Final = 1.0
"""Between two looks at how far another process is that decides the same again."""

PATIENT_LOOKS: Final = 30
"""Looks without a change, after which the other one stands still."""

TOLD_SECONDS: Final = 10.0
"""Between two lines that tell how far it is."""

LOOK_EVERY: Final = 1_000
"""Records read between two looks at what has its turn: a look is at every partition."""

TRIES: Final = 60
"""Times that the offsets of a group are asked for before the start fails."""

PAUSE_SECONDS: Final = 0.5
"""A group's coordinator takes a moment after the broker's start."""
