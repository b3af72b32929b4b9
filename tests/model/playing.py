"""A case in the notifier and on paper: what is said reaches both, and both must be alike."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from schemas.cloudevents import attributes, event_type
from schemas.events.assignment import CoHandlerOffered, Offer
from schemas.topics import CASES
from schemas.vocabulary import Role, Tier, Urgency, assignment_id_for, derived_id
from services.kit.records import Record
from tests.model.alike import Watch, left_in
from tests.model.bench import RememberingBench
from tests.model.case import Case
from tests.model.deadlines import due, fire, overdue
from tests.model.hearing import again, hear, waited_in_vain
from tests.model.joining import become_more_urgent, join, join_at_last
from tests.model.minutes import instant, minute_of
from tests.model.parts import Part, Round
from tests.model.requests import lapse
from tests.model.rights import OTHERS, TIERS, UNNAMED
from tests.model.said import Said
from tests.model.triage import ask
from tests.support.notifier import Told, assigned, case_of, merged, registered

NEEDS_THE_ROUTER: Final = {
    *("case.returned", "assignment.expired", "case.reassigned"),
    *("case.corrected", "case.reopened", "case.unmerged", "assignment.revoked"),
}
ON_CALL: Final = "N"
HOLDER: Final = "whoever has it"
"""Stands for the department that has the case when a command names one."""


@dataclass
class Step:
    """Something that is heard: its record, and what it does on paper."""

    record: Record
    happens: Callable[[], None]
    is_news: bool = False


@dataclass
class Owed:
    """What the router has to say next: a round, for the department if one was named, or a part.

    It `passes_on` a part whose person did not sign to the next one.
    """

    department: str | None = None
    part: str | None = None
    passes_on: bool = False


@dataclass
class Choice:
    """What the router chooses: numbers that stand for departments, limits and the rest.

    It is `late` where it has not heard yet that a report made the case more urgent.
    """

    lead: int = 0
    same: bool = True
    others: int = 0
    final: bool = False
    sign: int = 60
    limit: tuple[str, int] = ("UH", 240)
    late: bool = False


@dataclass
class Played:
    """One case, in the notifier and on paper."""

    bench: RememberingBench
    report: str
    category: str
    case: Case = field(init=False)
    owed: deque[Owed] = field(default_factory=deque)
    watch: Watch = field(default_factory=Watch)
    joined: int = 0
    newest_lead: tuple[str, str] | None = None
    others: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        urgency = UNNAMED.get(self.category, "")
        self.category = self.category.rstrip("?!")
        self.case = Case(self.category, urgency=urgency, unnamed=bool(urgency))

    @property
    def id(self) -> UUID:
        """The case's id."""
        return case_of(self.report)

    # Said ---------------------------------------------------------------------------------------

    def register(self, now: int) -> Step:
        """Return its registration."""
        case = self.case
        fact = registered(
            self.category,
            report=self.report,
            at=instant(now),
            urgency=Urgency(case.urgency),
            triage=case.unnamed,
        )

        def happens() -> None:
            case.register(now)
            if case.unnamed:
                ask(case, now)
            join_at_last(case, now)
            case.note_dispatch(now)
            self.owed.append(Owed())
            again(case, now)

        return Step(self.bench.news(fact), happens, is_news=True)

    def join(self, urgency: str | None, danger: str | None, now: int) -> Step:
        """Return that another report joins it, which says how urgent it is."""
        self.joined += 1
        fact = merged(
            f"{self.report}/{self.joined}",
            into=self.report,
            at=instant(now),
            urgency=None if urgency is None else Urgency(urgency),
            danger=danger,
            description="here, too",
        )
        record = self.bench.joining(fact)
        return Step(record, lambda: join(self.case, urgency, now), is_news=True)

    def say(
        self,
        party: str,
        word: str,
        *,
        aim: int,
        proofs: bool,
        now: int,
        waits_for: int | None = None,
    ) -> Step:
        """Return an answer; of a department to one of its parts, or to one that nobody knows."""
        fields: dict[str, Any] = {}
        if party not in OTHERS:
            fields["assignment_id"] = self._aimed_at(party, aim)
        body = fields if proofs or word != "done" else fields | {"evidence": []}
        blocker = [*TIERS][(aim if waits_for is None else waits_for) % len(TIERS)]
        body |= {"blocked_by": blocker} if word == "blocked" else {}
        body |= {"reason": "it is gone"} if word == "withdraw" else {}
        return self._answered(party, word, body, proofs=proofs, now=now)

    def say_as_lead(self, word: str, now: int) -> Step:
        """Return an answer of whoever was offered the case last, with all that it takes."""
        assert self.newest_lead is not None
        party, part = self.newest_lead
        return self._answered(party, word, {"assignment_id": part}, proofs=True, now=now)

    def _answered(
        self, party: str, word: str, body: dict[str, Any], *, proofs: bool, now: int
    ) -> Step:
        record = self.bench.answer(party, word, report=self.report, **body)
        given = {"before_photo", "after_photo", "report", "receipt"} if proofs else set()
        part = body.get("assignment_id")
        known = {} if part is None else body | {"part": part, "proofs": given}
        said = Said(json.loads(record.value or b"")["feedback_id"], party, word, known)
        return Step(record, lambda: hear(self.case, said, now))

    def _aimed_at(self, party: str, aim: int) -> str:
        own = [p.id for p in self.case.parts.values() if p.department == party]
        every = [*self.case.parts, str(assignment_id_for(self.id, 99, party))]
        return own[-1 - aim % len(own)] if own and aim < 3 else every[aim % len(every)]

    def command(self, word: str, roles: frozenset[str], fields: dict[str, Any], now: int) -> Step:
        """Return a command of somebody in these offices."""
        person = fields.get("person", "Li Wei")
        acting = {"person": person, "roles": sorted(roles), "door": "desk"}
        known = self._known(fields, now)
        body = {n: v for n, v in known.items() if n != "person"}
        if "into" in body:
            body["into"] = str(self.others.get(body["into"], derived_id("case", "unknown")))
        if "until" in body:
            body["until"] = instant(body["until"]).isoformat()
        record = self.bench.command(word, report=self.report, **body, acting=acting)
        id_ = json.loads(record.value or b"")["command_id"]
        known["request"] = str(derived_id("request", self.id, id_))
        said = Said(id_, person, word, known, roles)
        return Step(record, lambda: hear(self.case, said, now))

    def _known(self, fields: dict[str, Any], now: int) -> dict[str, Any]:
        """Return what is said, with what depends on the case: its lead, a request, the time."""
        lead = self.case.department or "police"
        known: dict[str, Any] = {n: v for n, v in fields.items() if v is not None}
        known |= {n: lead for n, v in known.items() if v == HOLDER}
        if "request_id" in known:
            waiting = [pending.id for pending in self.case.requests]
            unknown = str(derived_id("request", "unknown"))
            known["request_id"] = (
                waiting[known["request_id"] % len(waiting)] if waiting else unknown
            )
        if "until" in known:
            known["until"] += now
        return known

    # The router ---------------------------------------------------------------------------------

    def route(self, choice: Choice, now: int) -> Step | None:
        """Return the next thing that the router says, if it owes one."""
        while self.owed:
            owed = self.owed.popleft()
            if owed.part is None:
                return self._assigned(owed, choice, now)
            assert owed.department is not None
            if self._has_to_offer(owed):
                return self._offered(owed.department, owed.part, now, sign_by=now + choice.sign)
        return None

    def _has_to_offer(self, owed: Owed) -> bool:
        """Tell whether the router offers a part: a new one, or an old one to the next person."""
        if owed.passes_on:
            return owed.part in self.case.parts
        return owed.part not in self.case.parts and owed.department != self.case.department

    def _offer(self, department: str, *, lead: bool, id_: str, sign_by: int) -> Offer:
        tier = TIERS[department]
        return Offer(
            assignment_id=UUID(id_),
            department=department,
            tier=Tier(tier),
            role=Role.LEAD if lead else Role.CO_HANDLER,
            person="p" if lead and tier == ON_CALL else None,
            sign_by=None if lead else instant(sign_by),
        )

    def _part(self, offer: Offer, now: int) -> Part:
        return Part(
            id=str(offer.assignment_id),
            department=offer.department,
            lead=offer.role is Role.LEAD,
            tier=str(offer.tier),
            person=offer.person,
            offered=now,
            sign_by=round(minute_of(offer.sign_by) or 0),
        )

    def _assigned(self, owed: Owed, choice: Choice, now: int) -> Step:
        case, last = self.case, self._last_lead()
        lead = owed.department or (last if choice.same and last else None)
        lead = lead or [*TIERS][choice.lead % len(TIERS)]
        offers = self._offers(lead, choice, sign_by=now + choice.sign)
        resumes = (lead in case.had and choice.sign != 5) or (choice.same and lead == last)
        urgency = case.plain if choice.late else case.urgency
        round_ = Round(
            sign=choice.sign,
            limit=choice.limit,
            resumes=resumes,
            final=choice.final,
            urgency=urgency,
        )
        unit, minutes = choice.limit
        fact = assigned(
            lead,
            report=self.report,
            at=instant(now),
            round_=case.round + 1,
            urgency=Urgency(urgency),
            sign_seconds=choice.sign * 60,
            limit_seconds=minutes * 60,
            limit_text=f"{minutes // 60} {unit}",
            resumes=resumes,
            final=choice.final,
        ).model_copy(update={"lead": offers[0], "co_handlers": tuple(offers[1:])})

        def happens() -> None:
            overdue(case, now)
            first, *others = (self._part(offer, now) for offer in offers)
            case.assign(first, others, round_, now=now)
            become_more_urgent(case, now)
            lapse(case, now)
            case.note_dispatch(now)
            again(case, now)

        return Step(self.bench.news(fact), happens, is_news=True)

    def _offers(self, lead: str, choice: Choice, *, sign_by: int) -> list[Offer]:
        """Return the offers of the next round, the lead's first; others keep the part they have."""
        round_ = self.case.round + 1
        mine = str(assignment_id_for(self.id, round_, lead))
        self.newest_lead = lead, mine
        offers = [self._offer(lead, lead=True, id_=mine, sign_by=sign_by)]
        kept = {p.department: p.id for p in self.case.parts.values() if not p.lead}
        for number, code in enumerate(TIERS):
            if code != lead and choice.others >> number & 1:
                new = str(assignment_id_for(self.id, round_, code))
                id_ = kept.get(code, new)
                offers.append(self._offer(code, lead=False, id_=id_, sign_by=sign_by))
        return offers

    def _last_lead(self) -> str | None:
        leads = [part.department for part in self.case.parts.values() if part.lead]
        return leads[-1] if leads else None

    def _offered(self, department: str, id_: str, now: int, *, sign_by: int) -> Step:
        offer = self._offer(department, lead=False, id_=id_, sign_by=sign_by)
        round_ = assigned(report=self.report, at=instant(now), round_=max(1, self.case.round))
        fact = CoHandlerOffered(case_id=self.id, at=instant(now), offer=offer, assigned=round_)

        def happens() -> None:
            overdue(self.case, now)
            self.case.offer_help(self._part(offer, now))
            again(self.case, now)

        return Step(self.bench.news(fact), happens, is_news=True)

    # Time ---------------------------------------------------------------------------------------

    def next_deadline(self) -> int | None:
        """Return when the next deadline of the case is."""
        parked = [until for until, _ in self.case.parked]
        return min([*due(self.case).values(), *parked], default=None)

    def is_due(self, now: int) -> bool:
        """Tell whether a deadline has come that nobody looked at."""
        at = self.next_deadline()
        return at is not None and at <= now

    def fire(self, now: int) -> None:
        """Let what is due have its effect on paper."""
        fire(self.case, now)
        waited_in_vain(self.case, now)

    # Alike --------------------------------------------------------------------------------------

    def hear_told(self, told: Told, *, in_order: bool) -> None:
        """Compare what was told of the case with what should be, and note what the router owes."""
        own = [m for m in told.messages if m.key == str(self.id) and m.topic == CASES]
        kinds = [event_type(m.headers) for m in own]
        numbers = [int(attributes(m.headers)["sequence"]) for m in own]
        expected, self.case.told = self.case.told, []
        if in_order:
            assert kinds == expected, (kinds, expected)
        assert sorted(kinds) == sorted(expected), (kinds, expected)
        assert numbers == [*range(self.case.count - len(own) + 1, self.case.count + 1)]
        refused = [
            (getattr(r, "feedback_id", "") or getattr(r, "command_id", ""), r.reason, r.field)
            for r in told.refused  # a department that left the plan has nothing but its code
            if r.case_id == self.id
        ]
        expected_left, self.case.left = self.case.left, []
        assert sorted(left_in(own), key=str) == sorted(expected_left, key=str)
        expected_refusals, self.case.refused = self.case.refused, []
        assert sorted(refused) == sorted(expected_refusals), (refused, expected_refusals)
        for message in own:
            self._owe(event_type(message.headers), json.loads(message.value or b""))

    def _owe(self, kind: str, body: dict[str, Any]) -> None:
        if kind in NEEDS_THE_ROUTER:
            self.owed.append(Owed(department=body.get("to_department")))
        elif kind == "case.co_handler_wanted":
            self.owed.append(Owed(body["department"], body["assignment_id"]))
        elif kind == "part.asked_again" and TIERS[body["department"]] == ON_CALL:
            self.owed.append(Owed(body["department"], body["assignment_id"], passes_on=True))
