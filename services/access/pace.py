"""How often one caller may ask: the generic cell rate algorithm, one instant kept per caller.

Each caller has a pace of their own, so that one who floods takes nothing from another.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from services.access.bounds import MOST_CALLERS, STRANGERS_A_SECOND, STRANGERS_AT_ONCE
from services.kit.http.addresses import network_of
from services.kit.http.problems import Refused


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests a second, and how many at once of one who was silent before."""

    a_second: float
    at_once: int


class Pacing:
    """Tells callers who are too quick how long to wait."""

    def __init__(self, pace: Pace, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take the pace that holds for each caller; `monotonic` gives seconds."""
        self._step = 1.0 / pace.a_second
        self._ahead = (pace.at_once - 1) * self._step
        self._monotonic = monotonic
        self._due: dict[str, float] = {}

    def wait_of(self, caller: str) -> float:
        """Count a request; returns 0, or after how many seconds the same one would be let in."""
        now = self._monotonic()
        due = max(self._due.get(caller, now), now)
        wait = due - self._ahead - now
        if wait > 0:
            return wait
        if caller not in self._due and len(self._due) >= MOST_CALLERS:
            self._make_room(now)
        self._due[caller] = due + self._step
        return 0.0

    def check(self, caller: str) -> None:
        """Count a request. Raises `Refused` with 429 for a caller who is too quick."""
        if wait := self.wait_of(caller):
            raise Refused(429, "Too many requests; come again later.", retry=math.ceil(wait))

    def _make_room(self, now: float) -> None:
        """Forget whoever owes nothing, and if all do, those that owe least."""
        self._due = {caller: due for caller, due in self._due.items() if due > now}
        surplus = len(self._due) - MOST_CALLERS // 2
        for caller in sorted(self._due, key=self._due.__getitem__)[: max(0, surplus)]:
            del self._due[caller]


class Strangers:
    """Keeps whoever proves nobody to a pace, by the address that they ask from."""

    def __init__(self, pace: Pace | None = None) -> None:
        """Take the pace of one address; None for the usual one."""
        self._pacing = Pacing(pace or Pace(STRANGERS_A_SECOND, STRANGERS_AT_ONCE))

    def check(self, request: Request) -> None:
        """Count a request. Raises `Refused` with 429 for an address that is too quick."""
        self._pacing.check(network_of(address_of(request)))


def address_of(request: Request) -> str:
    """Return where a request comes from; empty where nobody knows."""
    return "" if request.client is None else request.client.host
