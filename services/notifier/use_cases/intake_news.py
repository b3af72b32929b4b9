"""What intake decides: a case begins, another report joins it, a report is not accepted."""

import json

from schemas.events.base import in_utc
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.events.notice import Notice
from schemas.lifecycle import Actor, CaseEvent, next_state
from schemas.vocabulary import Audience
from services.notifier.domain import labels, notices
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.escalation import first_level
from services.notifier.domain.notices import TEXTS, Template
from services.notifier.domain.story import EXERCISE, NOWHERE
from services.notifier.domain.words import Words
from services.notifier.store.files import Rejection
from services.notifier.store.rows import Scene
from services.notifier.use_cases.inputs import INTAKE, News
from services.notifier.use_cases.work import SERVICE, Line, Work


def registered(work: Work, fact: CaseRegistered, *, news: News, partition: int) -> None:
    """Begin to follow a case: reported and registered at once (rows 1 and 2)."""
    reporter = fact.reporter
    case = _case_of(fact, sequence=news.sequence, partition=partition)
    file = work.files[fact.case_id] = CaseFile(case=case)
    said = {
        "source": reporter.source,
        "source_id": reporter.source_id,
        "title": Words(fact.title_en, fact.title_zh),
        "category": fact.category,
        "urgency": labels.URGENCY[fact.urgency],
    }
    reported = Line(
        type=CaseEvent.REPORTED,
        at=case.reported_at,
        actor=Actor.INTAKE,
        party=reporter.source,
        data=reporter.model_dump_json().encode(),
    )
    work.note(file, reported, **said)
    case.move(CaseEvent.REGISTERED, actor=Actor.INTAKE)
    work.note(file, _line(fact, news), **said)
    place = fact.place.model_dump(mode="json", exclude_none=True)
    work.changes.scenes[case.case_id] = Scene(place=place, description=fact.description)
    if case.exercise:
        _note_exercise(work, file)
    if fact.place.point is not None and fact.place.point.is_nowhere:
        nowhere = Line(type=NOWHERE, at=work.now, actor=Actor.SYSTEM, party=SERVICE, data=b"{}")
        work.note(file, nowhere)
    work.count_case(case, "registered")
    work.notify(case, Template.REGISTERED, notices.reporter(case.source, case.source_id))
    for follower in work.early.pop(case.case_id, []):
        _joined(work, file, follower)


def _note_exercise(work: Work, file: CaseFile) -> None:
    """Let the story say who is told of it, and so who is not."""
    contacts = work.plan.exercises.contacts
    line = Line(
        type=EXERCISE,
        at=work.now,
        actor=Actor.SYSTEM,
        party=SERVICE,
        data=json.dumps({"contacts": contacts}).encode(),
    )
    work.note(file, line, contacts=work.parties(contacts) if contacts else labels.NOBODY)


def _case_of(fact: CaseRegistered, *, sequence: int, partition: int) -> Case:
    reporter = fact.reporter
    return Case(
        case_id=fact.case_id,
        partition=partition,
        state=next_state(None, CaseEvent.REPORTED, actor=Actor.INTAKE),
        level=first_level(fact.urgency),
        urgency=fact.urgency,
        category=fact.category,
        title_en=fact.title_en,
        title_zh=fact.title_zh,
        source=reporter.source,
        source_id=reporter.source_id,
        channel=reporter.channel,
        exercise=fact.exercise,
        triage=fact.triage,
        reported_at=in_utc(fact.reported_at),
        registered_at=in_utc(fact.at),
        intake_seq=sequence,
    )


def merged(work: Work, file: CaseFile | None, fact: CaseMerged) -> None:
    """Add a follower; one who comes before the case itself waits for it.

    Reports of one thing come on any partition, so their merges may overtake the registration.
    """
    reporter = fact.reporter
    follower = Follower(
        merged_id=fact.merged_id,
        case_id=fact.case_id,
        source=reporter.source,
        source_id=reporter.source_id,
        channel=reporter.channel,
        joined_at=in_utc(fact.at),
        why=fact.why,
    )
    work.changes.followers.append(follower)
    if file is None:
        work.early.setdefault(fact.case_id, []).append(follower)
    else:
        _joined(work, file, follower)


def _joined(work: Work, file: CaseFile, follower: Follower) -> None:
    """Tell a follower; one who joins a case that was closed meanwhile is told that at once."""
    case = file.case
    said: dict[str, object] = {
        "source": follower.source,
        "source_id": follower.source_id,
        "why": follower.why,
    }
    line = Line(
        type=CaseEvent.MERGED,
        at=follower.joined_at,
        actor=Actor.INTAKE,
        party=INTAKE,
        data=json.dumps({"merged_id": str(follower.merged_id), **said}).encode(),
    )
    work.note(file, line, **said)
    work.count_case(case, "merged")
    address = notices.follower(follower.source, follower.source_id)
    work.notify(case, Template.JOINED, address, source_id=follower.source_id)
    if case.closed_result is not None:
        days = work.plan.limits.reopen_within.days
        work.notify(case, Template.CLOSED, address, result=case.closed_result, days=days)


def rejected(work: Work, fact: CaseRejected, *, partition: int) -> None:
    """Keep a report that is not accepted, and tell its reporter why."""
    reporter = fact.reporter
    work.changes.rejected.append(
        Rejection(
            case_id=fact.case_id,
            source=reporter.source,
            source_id=reporter.source_id,
            channel=reporter.channel,
            reported_at=in_utc(fact.reported_at),
            rejected_at=in_utc(fact.at),
            reason=fact.reason,
            field=fact.field,
            message_en=fact.message_en,
            message_zh=fact.message_zh,
        )
    )
    if not fact.exercise:
        totals = work.changes.totals
        totals[partition, "rejected"] = totals.get((partition, "rejected"), 0) + 1
    text = work.say(
        TEXTS[Template.REJECTED],
        {"source_id": reporter.source_id, "message": Words(fact.message_en, fact.message_zh)},
    )
    notice = Notice(
        case_id=fact.case_id,
        at=work.now,
        audience=Audience.REPORTER,
        recipient=notices.reporter(reporter.source, reporter.source_id).recipient,
        template=Template.REJECTED,
        text_en=text.en,
        text_zh=text.zh,
        exercise=fact.exercise,
    )
    work.issue(notice, partition=partition)


def _line(fact: CaseRegistered, news: News) -> Line:
    return Line(
        type=fact.type, at=in_utc(fact.at), actor=Actor.INTAKE, party=INTAKE, data=news.data
    )
