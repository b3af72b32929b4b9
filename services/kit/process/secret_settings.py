"""Secrets among the settings: hard to guess, and two of them while one replaces the other."""

import re
from typing import Final

from services.kit.process.bounds import LONGEST_SECRET, MOST_SECRETS, SHORTEST_SECRET

_SECRET: Final = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_SECRET},{LONGEST_SECRET}}}")


def secrets_in(text: str) -> tuple[bytes, ...]:
    """Return the secrets that a setting holds, the one in use first.

    Raises ValueError for what is none.
    """
    found = text.split()
    if len(found) > MOST_SECRETS or any(_SECRET.fullmatch(one) is None for one in found):
        msg = (
            f"must be {SHORTEST_SECRET} to {LONGEST_SECRET} letters, digits, hyphens and"
            " underscores; two with a blank between while one replaces the other"
        )
        raise ValueError(msg)
    return tuple(one.encode() for one in found)
