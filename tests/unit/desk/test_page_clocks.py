"""The clock of a case as pages show it: whose it is, what is left, and its colour."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from schemas.events.blocking import Blocking
from schemas.events.case_file import FiledPart
from schemas.lifecycle import CaseState
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import LimitUnit
from schemas.vocabulary import PartStatus, Role, Tier
from services.desk.domain.view import View
from services.desk.pages.clocks import clock_of
from tests.support.desk_town import viewed
from tests.support.notifier import NOON, case_of, the_plan

HOUR = timedelta(hours=1)


def shown(
    hours: float, *, theirs: Collection[str] = (), **changes: Any
) -> tuple[str, str, timedelta | None, bool] | None:
    """Return a clock so many hours after noon on a Monday: whose, colour, left, working time."""
    view: View = viewed(**changes)
    found = clock_of(view, plan=the_plan(), now=NOON + hours * HOUR, theirs=theirs)
    return None if found is None else (found.turn.clock, found.colour, found.left, found.working)


HANDLED: dict[str, Any] = {
    "state": CaseState.HANDLING,
    "department": "fire",
    "clock": HandlingClock(limit=10 * HOUR, since=NOON),
    "due_by": NOON + 10 * HOUR,
}
WAITS = Blocking(
    assignment_id=case_of(), department="police", reason="closed street", until=NOON + HOUR
)
PART = FiledPart(
    assignment_id=case_of(),
    department="police",
    tier=Tier.RESIDENT,
    role=Role.CO_HANDLER,
    status=PartStatus.OFFERED,
    offered_at=NOON,
    sign_by=NOON + 2 * HOUR,
)
WORKING = HandlingClock(limit=2 * HOUR, since=NOON, unit=LimitUnit.WORK_HOUR)


class TestColour:
    @pytest.mark.parametrize(
        ("hours", "colour"),
        [(0, "green"), (7.9, "green"), (8, "yellow"), (10, "yellow"), (10.5, "red")],
    )
    def test_is_of_the_share_that_is_used(self, hours: float, colour: str) -> None:
        assert shown(hours, **HANDLED) == ("handling", colour, abs(10 - hours) * HOUR, False)

    def test_counts_working_time_where_the_limit_does(self) -> None:
        told = HANDLED | {"clock": WORKING, "due_by": NOON + 4 * HOUR}
        assert shown(1, **told) == ("handling", "green", 2 * HOUR, True)
        assert shown(3.7, **told) == ("handling", "yellow", 0.3 * HOUR, True)

    def test_is_of_the_end_that_was_told_whatever_days_the_plan_has_now(self) -> None:
        told: dict[str, Any] = HANDLED | {"clock": WORKING, "due_by": NOON + 2.5 * HOUR}
        assert shown(3, **told) == ("handling", "red", 0.5 * HOUR, True)

    def test_of_signing_is_of_the_time_since_the_offer(self) -> None:
        told: dict[str, Any] = {"state": CaseState.ASSIGNED, "sign_by": NOON + HOUR}
        assert shown(0.5, **told) == ("sign", "green", 0.5 * HOUR, False)
        assert shown(2, **told) == ("sign", "red", HOUR, False)

    def test_rests_while_the_leads_clock_stands(self) -> None:
        assert shown(0.5, **HANDLED | {"blocked": WAITS}) == ("part", "resting", 0.5 * HOUR, False)
        rests: dict[str, Any] = {"state": CaseState.SUSPENDED, "suspended_until": NOON + HOUR}
        assert shown(0, **HANDLED | rests) == ("suspension", "resting", HOUR, False)

    def test_is_told_of_a_part_that_is_late(self) -> None:
        assert shown(2, **HANDLED | {"blocked": WAITS}) == ("part", "red", HOUR, False)


def helped(status: PartStatus, **told: Any) -> dict[str, Any]:
    """Return what is known of a case of fire's with which police helps."""
    return HANDLED | {"parts": {case_of(): PART.model_copy(update={"status": status} | told)}}


class TestColourToWhoHelps:
    def test_is_of_the_time_to_sign_for_the_part(self) -> None:
        told = helped(PartStatus.OFFERED)
        assert shown(1, theirs=["police"], **told) == ("sign", "green", HOUR, False)
        assert shown(1.7, theirs=["police"], **told) == ("sign", "yellow", 0.3 * HOUR, False)
        assert shown(3, theirs=["police"], **told) == ("sign", "red", HOUR, False)

    def test_is_of_the_end_of_the_case_once_it_has_signed(self) -> None:
        told = helped(PartStatus.ACCEPTED)
        assert shown(3, theirs=["police"], **told) == ("handling", "green", 7 * HOUR, False)

    def test_is_of_the_part_while_the_lead_waits_for_it(self) -> None:
        told = helped(PartStatus.ACCEPTED) | {"blocked": WAITS, "due_by": None}
        assert shown(0.5, theirs=["police"], **told) == ("part", "resting", 0.5 * HOUR, False)

    @pytest.mark.parametrize("status", [PartStatus.DONE, PartStatus.EXPIRED])
    def test_is_of_whoever_has_the_move_once_the_part_is_over(self, status: PartStatus) -> None:
        assert shown(3, theirs=["police"], **helped(status)) == shown(3, **HANDLED)

    def test_is_of_whoever_has_the_move_where_nobody_told_until_when(self) -> None:
        told = helped(PartStatus.OFFERED, sign_by=None)
        assert shown(3, theirs=["police"], **told) == shown(3, **HANDLED)

    def test_is_of_the_lead_to_who_leads_too(self) -> None:
        told = helped(PartStatus.OFFERED)
        assert shown(3, theirs=["fire", "police"], **told) == shown(3, **HANDLED)


def test_nobody_has_the_move_of_a_case_that_ended() -> None:
    assert shown(0, state=CaseState.CLOSED, closed_at=NOON) is None


def test_whoever_dispatches_has_the_move_without_a_limit() -> None:
    assert shown(0, state=CaseState.REGISTERED) == ("dispatch", "resting", None, False)
