"""What becomes of a report, for whoever made it; and what they say of it once it is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.base import in_utc
from schemas.events.case import CaseRegistered
from schemas.events.feedback import as_answer, event_of
from schemas.events.notice import Notice
from schemas.lifecycle import Actor, CaseEvent, CaseState, is_possible
from schemas.plan import Plan
from schemas.topics import CASE_FACTS, feedback_of
from schemas.vocabulary import REPORTERS, Satisfaction, Word, derived_id
from services.desk.bounds import MOST_MERGES
from services.desk.domain.progress import Step, stands, steps_of
from services.desk.domain.view import View
from services.desk.store import reports
from services.desk.use_cases.inputs import NOTICE
from services.desk.use_cases.saying import Saying, bring
from services.kit.stage.decoding import validated

_NOT_KNOWN: Final = "not_known"
_REJECTED: Final = "not_accepted"


class TooLate(Exception):
    """A case is not closed, or was closed too long ago to be opened again, or to be rated."""


class RatedAlready(Exception):
    """Whoever reported has said how satisfied they are since the case was closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What became of a report until now; `stands` is where, in a word that the pages know.

    `view` is the case that it is part of, absent while none is known; `rejected` why it has none.
    `ended_at` is when that ended.
    """

    report_id: UUID
    stands: str
    steps: tuple[Step, ...] = ()
    view: View | None = None
    rejected: Notice | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When it was over, if it is."""
        if self.rejected is not None:
            return in_utc(self.rejected.at)
        return None if self.view is None else self.view.closed_at

    @property
    def result(self) -> str:
        """What came out, or why it is over; of a merge nothing, whose reason tells of others."""
        if self.view is None or self.view.state is CaseState.MERGED:
            return ""
        return self.view.closed_result or ""

    def is_shown(self, plan: Plan, *, now: datetime) -> bool:
        """Tell whether the plan lets it be shown still."""
        return self.ended_at is None or now <= self.ended_at + plan.residents.shown_for

    def reopen_until(self, plan: Plan) -> datetime | None:
        """Return until when whoever reported may say what they think of it; None if never."""
        view = self.view
        if view is None or view.closed_at is None or not _may_reopen(view.state):
            return None
        return view.closed_at + plan.limits.reopen_within

    @property
    def rating(self) -> Satisfaction | None:
        """What whoever made this report said of how satisfied they are, since the closing."""
        view = self.view
        if view is None or view.closed_at is None:
            return None
        for one in reversed(view.ratings):
            if one.report_id == self.report_id and one.at >= view.closed_at:
                return one.satisfaction
        return None


def _may_reopen(state: CaseState) -> bool:
    return is_possible(state, CaseEvent.REOPENED, actor=Actor.REPORTER)


async def progress(conn: AsyncConnection, report_id: UUID) -> Progress:
    """Return what became of a report. One that joined another is shown that one's as its own."""
    steps: list[Step] = []
    view, case_id, since = None, report_id, None
    for _ in range(MOST_MERGES):
        found = await reports.view(conn, case_id)
        if found is not None:
            view = found
            lines = await reports.told(conn, case_id, since=since)
            facts = (CASE_FACTS[one["type"]].model_validate_json(one["data"]) for one in lines)
            # That another report was filed is not of this one.
            own = (one for one in facts if since is None or not isinstance(one, CaseRegistered))
            steps += steps_of(own)
        further = await reports.joined(conn, case_id)
        if further is None:
            break
        case_id, since = further
        if view is None:
            steps.append(Step(at=since, kind="registered"))
    if view is not None:
        return Progress(
            report_id=report_id, stands=stands(view.state), steps=tuple(steps), view=view
        )
    rejected = await reports.rejection(conn, report_id, kind=NOTICE)
    told = _NOT_KNOWN if rejected is None else _REJECTED
    return Progress(report_id=report_id, stands=told, rejected=rejected)


async def not_solved(found: Progress, text: str, *, plan: Plan, door: Saying) -> None:
    """Put the word into the log that a case is not solved; all replicas have it on return.

    One report says it once of each closing, however often it is sent. Raises `TooLate`, and
    `Rejected` for a text that nobody can keep.
    """
    await _said(found, Word.REOPEN, "not-solved", {"reason": text}, plan=plan, door=door)


async def rate(found: Progress, told: Mapping[str, str], *, plan: Plan, door: Saying) -> None:
    """Put into the log how satisfied whoever reported is; all replicas have it on return.

    `told` has the `satisfaction`, and a `reason` where one was given. One report says it once of
    each closing. Raises `TooLate`, `RatedAlready`, and `Rejected` for what nobody can keep.
    """
    if found.rating is not None:
        raise RatedAlready
    fields = {**told, "report_id": str(found.report_id)}
    await _said(found, Word.RATE, "rated", fields, plan=plan, door=door)


async def _said(
    found: Progress,
    word: Word,
    once: str,
    fields: Mapping[str, str],
    *,
    plan: Plan,
    door: Saying,
) -> None:
    """Say a word of reporters, `once` of each report and closing."""
    until, now = found.reopen_until(plan), door.clock()
    if found.view is None or until is None or now > until:
        raise TooLate
    case_id, closed_at = found.view.case_id, found.view.closed_at
    told = {
        **fields,
        "kind": word,
        "feedback_id": str(derived_id(once, found.report_id, case_id, closed_at)),
        "case_id": str(case_id),
        "at": now.isoformat(),
    }
    said = validated(as_answer(word), to_json(told))
    await bring(event_of(REPORTERS, said), topic=feedback_of(REPORTERS), door=door)
