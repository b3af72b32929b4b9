"""Two cases that are one: merged by somebody in charge, and taken apart again.

Each lane decides its own case. The merged one ends by the command; the primary then tells who
joined it, when its own lane looks at what was merged into it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from schemas.events.commands import Merge, Unmerge
from schemas.events.ending import CaseJoined, CaseLeft, CaseMergedInto, CaseUnmerged
from schemas.lifecycle import ENDED
from schemas.plan import Plan
from schemas.vocabulary import CommandKind, PartStatus, Role
from schemas.words.refusals import Reason
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.facts import Life, Refusal, by_person, by_system
from services.notifier.domain.part import taken_from


def merged(file: CaseFile, said: Merge, _plan: Plan, now: datetime) -> Life:
    """End a case that is the same thing as another (row 33); its clock stands."""
    refusal = judge_command(file, CommandKind.MERGE) or _unfit(file, said)
    lead = file.lead
    if refusal is not None or lead is None:
        return refusal
    fact = CaseMergedInto(
        **taken_from(lead, now, reason=said.reason, acting=said.acting),
        primary_id=said.into,
        left_seconds=file.case.left_seconds(now),
    )
    yield by_person(fact, said.acting)
    return None


def _unfit(file: CaseFile, said: Merge) -> Refusal | None:
    """Return why it cannot be merged into the case that is named, as that one is now."""
    into, told = file.into, str(said.into)
    primary = into.merged_into if isinstance(into, Case) else into
    reason = None
    if said.into == said.case_id:
        reason = Reason.SAME_CASE
    elif primary is not None:
        reason, told = Reason.MERGED_ALREADY, str(primary)
    elif not isinstance(into, Case):
        reason = Reason.UNKNOWN_PRIMARY
    elif into.state in ENDED:
        reason = Reason.PRIMARY_ENDED
    elif into.exercise != file.case.exercise:
        reason = Reason.EXERCISE_AND_REAL
    return None if reason is None else Refusal(reason=reason, field="into", detail=told)


def following(case: Case, fact: CaseMergedInto) -> Follower:
    """Return the reporter of a merged case as one who follows the other one."""
    return Follower(
        merged_id=case.case_id,
        case_id=fact.primary_id,
        source=case.source,
        source_id=case.source_id,
        channel=case.channel,
        joined_at=fact.at,
        why=fact.reason,
    )


def unmerged(file: CaseFile, said: Unmerge, _plan: Plan, now: datetime) -> Life:
    """Let a merged case go on by itself (row 34): the router offers it to whoever led it."""
    case = file.case
    refusal = judge_command(file, CommandKind.UNMERGE)
    if refusal is not None or case.merged_into is None:
        return refusal
    fact = CaseUnmerged(
        case_id=said.case_id,
        at=now,
        primary_id=case.merged_into,
        reason=said.reason,
        co_handlers=tuple(_helped_until(file, case.closed_at)),
        due_by=None if case.clock is None else case.clock.running(now).due_by,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None


def _helped_until(file: CaseFile, at: datetime | None) -> Iterable[str]:
    """Return the co-handlers whose parts were taken back at an instant, by the merge."""
    for part in file.parts.values():
        taken = part.status is PartStatus.REVOKED and part.ended_at == at
        if taken and part.role is Role.CO_HANDLER:
            yield part.department


def looked_for(file: CaseFile, _plan: Plan, now: datetime) -> Life:
    """Tell which cases were merged into this one, or taken apart from it, since it was told."""
    here = {str(one.case_id): one for one in file.merged_here}
    for id_, one in here.items():
        if id_ not in file.case.took_in:
            yield by_system(
                CaseJoined(
                    case_id=file.case.case_id,
                    at=now,
                    merged_id=one.case_id,
                    source=one.source,
                    source_id=one.source_id,
                    channel=one.channel,
                    why=one.closed_result or "",
                )
            )
    for id_ in [id_ for id_ in file.case.took_in if id_ not in here]:
        yield by_system(CaseLeft(case_id=file.case.case_id, at=now, merged_id=UUID(id_)))
    return None
