"""Keys that were refused, told to the log at a pace that nobody can fill it by."""

import logging
import time
from collections.abc import Callable
from typing import Final

from services.access.bounds import (
    REFUSED_KEYS_A_SECOND,
    REFUSED_KEYS_AT_ONCE,
    SAME_REFUSED_KEY_SECONDS,
)
from services.access.pace import Pace, Pacing
from services.access.register import Unproven
from services.kit.http.addresses import network_of

logger = logging.getLogger(__name__)
_ALL: Final = "all"


class RefusedKeys:
    """Tells of a key from one network once in a while, and of all keys together not too often."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing told; `monotonic` gives seconds."""
        same = Pace(1.0 / SAME_REFUSED_KEY_SECONDS, at_once=1)
        every = Pace(REFUSED_KEYS_A_SECOND, REFUSED_KEYS_AT_ONCE)
        self._same = Pacing(same, monotonic=monotonic)
        self._every = Pacing(every, monotonic=monotonic)
        self._untold = 0

    def tell(self, why: Unproven, *, address: str, key_id: str | None) -> None:
        """Write why a key was refused; a line has how many before it were not told.

        `key_id` is None for a token that is nobody's. Of the token nothing is written: it may be
        somebody's secret elsewhere.
        """
        if self._same.wait_of(f"{network_of(address)} {key_id}") or self._every.wait_of(_ALL):
            self._untold += 1
            return
        told = {"why": why, "address": address, "key_id": key_id, "untold": self._untold}
        logger.warning("a key was refused", extra=told)
        self._untold = 0
