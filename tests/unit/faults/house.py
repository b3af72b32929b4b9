"""A make-believe house: it writes the history that a sound house would leave behind.

Each method does what a service or an actor does, with records, outbox messages and rows that fit
together. Tests then bend one thing.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from schemas.topics import CASES, FEEDBACK_REFUSALS, INCIDENT_REPORTS, NOTICES
from schemas.vocabulary import case_id_for, derived_id
from tests.faults.history import (
    Fault,
    History,
    IntakeReport,
    Meta,
    NotifierCase,
    OutboxMessage,
    PendingTimer,
    RouterCase,
    Sample,
    Seen,
    Sent,
    StateRow,
)
from tests.unit.faults.house_case import HouseCase

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
SERVICES = ("intake", "router", "notifier")
PARTITIONS = 4

_ROUNDS_A_SECOND = 10
_LOOKS = 10
_OVER = {"closed", "force_closed", "withdrawn", "merged"}


class House:
    """The whole town: its clock, its topics, its databases, its actors."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.now = START
        self.records: list[Seen] = []
        self.sent: list[Sent] = []
        self.cases: dict[str, HouseCase] = {}
        self.reports: dict[str, IntakeReport] = {}
        self.outbox: dict[str, list[OutboxMessage]] = {service: [] for service in SERVICES}
        self.numbers: Counter[tuple[str, str]] = Counter()
        self.extra: dict[str, list[StateRow]] = {service: [] for service in SERVICES}
        self.faults: list[Fault] = []
        self.timeline: list[Sample] = []
        self.rounds = 0
        self._offsets: Counter[tuple[str, int]] = Counter()

    def wait(self, seconds: float) -> None:
        """Let time pass in which the house is awake and looks for what is due."""
        if seconds < 1:
            self.now += timedelta(seconds=seconds)
        else:
            self.look_on(seconds, rounds=int(_ROUNDS_A_SECOND * seconds))

    def look_on(
        self, seconds: float, *, rounds: int, lag: int = 0, starved: Sequence[str] = ()
    ) -> None:
        """Let time pass and look at the notifier meanwhile, which makes so many idle rounds.

        It has `lag` records unread. Those of its processes that are starved make no rounds.
        """
        for number in range(1, _LOOKS + 1):
            self.now += timedelta(seconds=seconds) / _LOOKS
            made = {
                "notifier": self.rounds + rounds * number // _LOOKS,
                **dict.fromkeys(starved, 0),
            }
            self.timeline += [
                Sample(at=self.now, service="router"),
                Sample(at=self.now, service="notifier", lag=lag, idle_rounds=made),
            ]
        self.rounds += rounds

    # Topics -----------------------------------------------------------------------------------

    def put(self, topic: str, key: str, **fields: Any) -> Seen:
        """Put a record on a topic."""
        self.wait(0.01)
        partition = sum(key.encode()) % PARTITIONS
        told = sha256(repr((topic, sorted(fields.items()))).encode()).hexdigest()
        return self._append(
            Seen(
                topic=topic,
                partition=partition,
                offset=0,
                key=key,
                seen_at=self.now,
                **{"sha256": told, **fields},
            )
        )

    def repeat(self, seen: Seen) -> Seen:
        """Publish the same bytes once more, as the next owner of a lane does."""
        self.wait(0.01)
        return self._append(seen)

    def _append(self, seen: Seen) -> Seen:
        place = (seen.topic, seen.partition)
        there = seen.model_copy(update={"offset": self._offsets[place], "seen_at": self.now})
        self._offsets[place] += 1
        self.records.append(there)
        return there

    def tell(self, service: str, topic: str, case_id: str, type_: str, **fields: Any) -> Seen:
        """Let a service publish what its outbox has: on `cases.v1` numbered, unless told not to."""
        sequence = fields.pop("sequence", None)
        if topic == CASES and sequence is None:
            self.numbers[service, case_id] += 1
            sequence = self.numbers[service, case_id]
        id_ = derived_id("x", service, topic, case_id, type_, sequence, len(self.records))
        event = {
            "ce_id": str(id_),
            "ce_type": type_,
            "ce_source": f"/tongxin/{service}",
            "sequence": sequence or 0,
            "case_id": case_id,
            "at": self.now,
        }
        seen = self.put(topic, case_id, **(event | fields))
        self.keep(service, seen)
        return seen

    def keep(self, service: str, seen: Seen, *, published: bool = True) -> None:
        """Keep a message in a service's outbox."""
        number = len(self.outbox[service])
        self.outbox[service].append(
            OutboxMessage(
                topic=seen.topic,
                position=f"{service}/{seen.partition}/{number}",
                published=published,
                sha256=seen.sha256,
                ce_id=seen.ce_id,
                ce_type=seen.ce_type,
                key=seen.letter_of or seen.key or "",
                sequence=seen.sequence,
                case_id=seen.case_id,
            )
        )

    def dead_letter(self, service: str, position: str) -> Seen:
        """Let a service put a record aside."""
        seen = self.put(f"{service}.dead-letters.v1", position, letter_of=position)
        self.keep(service, seen)
        return seen

    # Reports ----------------------------------------------------------------------------------

    def attempt(self, op: str, *, outcome: str = "ok", **fields: Any) -> Sent:
        """Let a client try to say something."""
        told = {"attempt": len(self.sent), "op": op, "outcome": outcome, "begun_at": self.now}
        sent = Sent.model_validate(told | fields)
        self.sent.append(sent)
        return sent

    def report(self, id_: str, **fields: Any) -> Seen:
        """Let somebody report, acknowledged: the record stands on the topic."""
        case_id = str(case_id_for("hotline", id_))
        record = self.put(INCIDENT_REPORTS, f"hotline/{id_}", source="hotline", id=id_)
        where = {"position": record.position} if fields.get("via") != "http" else {}
        self.attempt("report", source="hotline", id=id_, case_id=case_id, **where, **fields)
        return record

    def register(self, id_: str, *, urgency: str = "G") -> HouseCase:
        """Let intake open a case for a report."""
        case_id = str(case_id_for("hotline", id_))
        told = {"source": "hotline", "id": id_, "urgency": urgency, "cause": case_id}
        self.tell("intake", CASES, case_id, "case.registered", **told)
        self.reports[case_id] = IntakeReport(
            case_id=case_id, source="hotline", id=id_, outcome="registered"
        )
        case = HouseCase(self, case_id, id_, level=1 if urgency == "E" else 0)
        self.cases[case_id] = case
        case.notice("registered", case.reporter, cause=self.records[-1].ce_id)
        return case

    def case(self, id_: str, *, urgency: str = "G") -> HouseCase:
        """Report something that becomes a case."""
        self.report(id_)
        return self.register(id_, urgency=urgency)

    def merge(self, id_: str, into: HouseCase, *, urgency: str = "") -> Seen:
        """Let a report join a case."""
        self.report(id_)
        merged = str(case_id_for("hotline", id_))
        event = self.tell(
            "intake",
            CASES,
            into.case_id,
            "case.merged",
            sequence=0,
            merged_id=merged,
            urgency=urgency,
            source="hotline",
            id=id_,
            cause=merged,
        )
        self.reports[merged] = IntakeReport(
            case_id=merged, source="hotline", id=id_, outcome="merged", primary_id=into.case_id
        )
        into.followers.append(f"report:hotline/{id_}")
        into.notice("joined", into.followers[-1], cause=event.ce_id)
        return event

    def reject(self, id_: str, **fields: Any) -> Seen:
        """Report something the plan does not accept."""
        self.report(id_, expected="invalid", **fields)
        case_id = str(case_id_for("hotline", id_))
        event = self.tell(
            "intake", CASES, case_id, "case.rejected", source="hotline", id=id_, cause=case_id
        )
        self.reports[case_id] = IntakeReport(
            case_id=case_id, source="hotline", id=id_, outcome="rejected"
        )
        told = {"template": "rejected", "recipient": f"report:hotline/{id_}", "cause": event.ce_id}
        self.tell("notifier", NOTICES, case_id, "notice.issued", **told)
        return event

    def refuse(self, party: str, id_: str, case_id: str) -> Seen:
        """Let the notifier refuse an answer."""
        cause = str(derived_id("feedback", party, id_))
        told = {"party": party, "id": id_, "cause": cause}
        return self.tell("notifier", FEEDBACK_REFUSALS, case_id, "feedback.refused", **told)

    # The end ----------------------------------------------------------------------------------

    def break_for(self, seconds: float, *, kind: str = "kill", target: str = "router") -> None:
        """Break something for a while; time passes."""
        begun = self.now
        self.now += timedelta(seconds=seconds)
        self.faults.append(Fault(kind=kind, target=target, begun_at=begun, ended_at=self.now))

    def timer(self, subject: str, kind: str, *, due_in: float) -> None:
        """Leave a timer in the notifier's database."""
        due_at = self.now + timedelta(seconds=due_in)
        self.extra["notifier"].append(PendingTimer(subject=subject, kind=kind, due_at=due_at))

    def history(self) -> History:
        """Return what the run leaves behind; one observer saw all of it as it came."""
        self.wait(1)
        meta = Meta(seed=1, row="R-01", began_at=START, healed_at=self.now, drained_at=self.now)
        return History(
            meta=meta,
            sent=[*self.sent],
            observed={"first": [*self.records]},
            final=[*self.records],
            state={s: [*self.outbox[s], *self._rows(s), *self.extra[s]] for s in SERVICES},
            faults=[*self.faults],
            timeline=[*self.timeline, *(Sample(at=self.now, service=s) for s in SERVICES)],
        )

    def _rows(self, service: str) -> list[StateRow]:
        if service == "intake":
            ended = {id_ for id_, case in self.cases.items() if case.state in _OVER}
            return [
                r.model_copy(update={"closed": r.case_id in ended}) for r in self.reports.values()
            ]
        rows: list[StateRow] = []
        for case in self.cases.values():
            if service == "notifier":
                rows.append(self._followed(case))
            elif case.lead:
                rows.append(self._routed(case))
        return rows

    def _routed(self, case: HouseCase) -> RouterCase:
        return RouterCase(
            case_id=case.case_id,
            round=case.round,
            lead=case.lead,
            assignment_id=case.assignment(case.lead),
            sequence=self.numbers["router", case.case_id],
        )

    def _followed(self, case: HouseCase) -> NotifierCase:
        held = case.state not in {"registered", "returned", "reopened"}
        return NotifierCase(
            case_id=case.case_id,
            state=case.state,
            level=case.level,
            round=case.round,
            own_seq=self.numbers["notifier", case.case_id],
            intake_seq=1,
            router_seq=self.numbers["router", case.case_id],
            department=case.lead if held else None,
            assignment_id=case.assignment(case.lead) if held else None,
            closed_at=self.now if case.state == "closed" else None,
        )
