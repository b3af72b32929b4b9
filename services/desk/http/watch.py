"""Every try to sign in is counted and told to the log: who came in, from where, and who did not."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import Counter

from services.desk.use_cases.identity import Browser

_LOG: Final = logging.getLogger(__name__)


class By(StrEnum):
    """By which way somebody wanted in."""

    PASSWORD = "password"  # noqa: S105 - a way, and no password
    LINK = "link"
    PROVIDER = "provider"


class Outcome(StrEnum):
    """How it ended."""

    LET_IN = "let_in"
    REFUSED = "refused"
    TOO_SOON = "too_soon"
    NO_RIGHT = "no_right"
    """The provider knows them, and the plan gives them nothing."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Counts and tells what becomes of those who want in."""

    counted: Counter

    def let_in(self, by: By, browser: Browser, *, person: str) -> None:
        """Tell that somebody came in."""
        self._count(by, Outcome.LET_IN)
        _LOG.info("signed in", extra={"by": by, "person": person, "address": browser.address})

    def turned_away(self, by: By, outcome: Outcome, browser: Browser, *, why: str = "") -> None:
        """Tell that somebody did not; what was typed is told nowhere, for it may be a password."""
        self._count(by, outcome)
        told = {"by": by, "outcome": outcome, "address": browser.address, "why": why}
        _LOG.warning("a sign-in was refused", extra=told)

    def changed(self, what: str, browser: Browser, *, person: str) -> None:
        """Tell what somebody changed of their own account."""
        told = {"what": what, "person": person, "address": browser.address}
        _LOG.info("an account was changed", extra=told)

    def _count(self, by: By, outcome: Outcome) -> None:
        self.counted.labels(by=by, outcome=outcome).inc()
