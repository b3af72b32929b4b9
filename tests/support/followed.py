"""A notifier whose desk hears all that it hears and tells, and shows the same at every step."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from typing_extensions import override

from schemas import topics
from schemas.plan import Plan
from schemas.standing import whose_turn
from services.desk.domain.view import View
from services.desk.store.rows import row_of
from services.kit.records import Message, Record
from services.notifier.store.rows import case_of
from tests.model.bench import RememberingBench
from tests.support.notifier import Told
from tests.support.shown import DeskBench

SAME: Final = (
    *("state", "level", "urgency", "category", "title_en", "title_zh", "source", "source_id"),
    *(
        "channel",
        "place",
        "description",
        "exercise",
        "triage",
        "supervised_for",
        "watcher",
        "reported_at",
    ),
    *("registered_at", "assignment_id", "department", "person", "tier", "round", "final"),
    *("due_by", "accepted_at", "sign_by", "check_by", "triage_by", "overdue_at", "failures"),
    *("returns", "closed_at", "closed_result", "promised_by", "merged_into", "suspended_until"),
    *("exempt_at", "joined", "dispatch_by", "intake_seq", "router_seq", "own_seq"),
)
"""What notifier and desk hold under one name."""
_CLOCK: Final = {
    "handling_limit_seconds": "limit_seconds",
    "handling_used_seconds": "used_seconds",
    "handling_since": "runs_since",
    "handling_unit": "limit_unit",
    "handling_extensions": "extensions",
}
_PART: Final = (
    *("department", "tier", "role", "person", "status", "offered_at", "accepted_at", "ended_at"),
    *("sign_by", "asked_again_at", "expires_at", "due_by", "result"),
)


def differences(
    row: dict[str, Any] | None, parts: list[dict[str, Any]], view: View | None
) -> dict[str, Any]:
    """Return what a desk shows otherwise than a notifier's row and parts have it."""
    if row is None or view is None:
        known = (row is not None, view is not None)
        return {"known": known} if any(known) else {}
    shown = row_of(view)
    pairs = {name: (row[name], shown[name]) for name in SAME}
    pairs |= {ours: (row[theirs], shown[ours]) for theirs, ours in _CLOCK.items()}
    case = case_of(row)
    pairs["ratings"] = (case.ratings, view.ratings)
    pairs["blocked"] = (case.blocked, view.blocked)
    pairs["requests"] = (case.requests, view.requests)
    pairs["took_in"] = (len(case.took_in), view.took_in)
    pairs["turn"] = (whose_turn(case), whose_turn(view))
    pairs["parts"] = (
        {p["assignment_id"]: {n: p[n] for n in _PART} for p in parts},
        {id_: {n: getattr(part, n) for n in _PART} for id_, part in view.parts.items()},
    )
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(slots=True)
class FollowedBench(RememberingBench):
    """Lets a desk read what it hears and tells; `told` is all of that, in order."""

    desk: DeskBench = field(kw_only=True)
    told: list[Message] = field(default_factory=list, kw_only=True)

    @override
    async def read(self, *records: Record) -> Told:
        told = await RememberingBench.read(self, *records)
        heard = [_message(one) for one in records if one.topic == topics.CASES]
        return await self._followed(heard, told)

    @override
    async def take_plan(self, plan: Plan, cases: Collection[UUID]) -> None:
        self.desk.plan = plan
        await RememberingBench.take_plan(self, plan, cases)

    @override
    async def pass_time(self, **span: float) -> Told:
        return await self._followed([], await RememberingBench.pass_time(self, **span))

    async def _followed(self, heard: list[Message], told: Told) -> Told:
        self.desk.now = self.now
        self.told += [*heard, *told.messages]
        await self.desk.hear(*heard, *told.messages)
        for case_id in self.watched:
            looked = self.looked[case_id]
            found = differences(looked.row, looked.parts, await self.desk.view(case_id))
            assert found == {}, found
        assert await self.desk.totals() == await self.desk.recounted()
        return told


def _message(record: Record) -> Message:
    key = (record.key or b"").decode()
    return Message(topic=record.topic, key=key, value=record.value, headers=record.headers)
