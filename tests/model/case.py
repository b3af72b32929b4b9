"""A case as a person would keep it on paper: state, holder, parts, clocks, and what is told of it.

Written from the pages and the domain handbook. Time is in whole minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.model.clock import Clock
from tests.model.minutes import DAY, DISPATCH
from tests.model.parts import COUNTED, GOING_ON, Part, Pending, Round
from tests.model.plans import check_within, knows
from tests.model.rights import (
    CATEGORIES,
    CHECKED,
    CLOSED,
    FIRST_LEVEL,
    HELD,
    MERGED,
    TERMINAL,
    TOP,
)

PARKED_FOR: Final = 10
REOPEN_WITHIN: Final = 14 * DAY
FAILURES_THAT_RAISE: Final = 3


@dataclass
class Case:
    """One case. `told` are the events since somebody last looked, `refused` what was refused.

    `parked` is what waits: until when, and what it is. `parts_due` is None while nobody looks for
    signatures of co-handlers. `over` are the times between an end and a reopening; `before` is when
    a case that is open again was closed, since when it was overdue then, and when it was opened.
    `plain` is how urgent it is without what joined; `followers` counts the reports that joined,
    `early` is how urgent those are that came before the case, `pressing` the most urgent of all.
    `unnamed` is what nobody could categorise. `left` is what the router was told of clocks since
    somebody last looked.
    """

    category: str
    registered: int = -1
    urgency: str = ""
    plain: str = ""
    state: str = "unknown"
    level: int = 0
    holder: str | None = None
    clock: Clock | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    round: int = 0
    final: bool = False
    terms: tuple[str, tuple[str, ...], bool] = ("lead", (), True)
    assigned: int = 0
    sign_by: int | None = None
    sign_due: int | None = None
    parts_due: int | None = None
    check_by: int | None = None
    check_due: int | None = None
    overdue: int | None = None
    failures: int = 0
    closed: int | None = None
    rated_at: int | None = None
    ended: int | None = None
    before: tuple[int, int | None, int] | None = None
    over: list[tuple[int, int]] = field(default_factory=list)
    other: "Case | None" = field(default=None, repr=False)
    took_in: bool = False
    unnamed: bool = False
    triage_by: int | None = None
    triage_due: int | None = None
    followers: int = 0
    early: list[str | None] = field(default_factory=list)
    pressing: str | None = None
    dispatch_by: int | None = None
    left: list[tuple[str, float | None]] = field(default_factory=list)
    left_due: int | None = None
    recount_due: int | None = None
    look_due: int | None = None
    archive_due: int | None = None
    wanted_by: str | None = None
    rests_until: int | None = None
    waits_for: Part | None = None
    requests: list[Pending] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    fresh_clocks: int = 0
    had: dict[str, tuple[Clock, int | None]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    refused: list[tuple[str, str, str | None]] = field(default_factory=list)
    parked: list[tuple[int, Any]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.urgency = self.urgency or CATEGORIES[self.category].urgency
        self.plain = self.urgency
        self.level = FIRST_LEVEL[self.urgency]

    def register(self, now: int) -> None:
        """Be known from now on."""
        self.registered, self.state = now, "registered"

    # Looking ------------------------------------------------------------------------------------

    @property
    def lead(self) -> Part | None:
        """The part of whoever has the case."""
        return None if self.holder is None else self.parts[self.holder]

    @property
    def department(self) -> str | None:
        """Who has the case."""
        return None if self.lead is None else self.lead.department

    @property
    def awaits_the_router(self) -> bool:
        """Whether the router is about to say who is next."""
        gone = self.lead is not None and self.lead.status == "expired"
        return gone or self.state in {"registered", "returned", "reopened"}

    @property
    def joined(self) -> int:
        """How many reports and cases joined."""
        return self.followers + self.took_in

    def live_part(self, department: str) -> Part | None:
        """Return the part that a department has now, the lead's first."""
        own = [p for p in self.parts.values() if p.department == department]
        own = [p for p in own if p.status in COUNTED]
        return max(own, key=lambda p: (p.lead, p.offered), default=None)

    @property
    def turn(self) -> tuple[str, str, int | None] | None:
        """Whose move it is, by which clock, until when; None when it is nobody's."""
        turn: tuple[str, str, int | None] | None = ("router", "dispatch", self.dispatch_by)
        signs = self.state == "assigned" and self.sign_by is not None
        if self.state in CLOSED | TERMINAL | MERGED:
            turn = None
        elif signs or self.state in HELD - {"assigned"}:
            turn = self._turn_while_held
        elif self.state in {"feedback", "inspecting", "pending_closure"}:
            turn = ("supervision", "check", self.check_by)
        elif self.state == "suspended":
            turn = ("notifier", "suspension", self.rests_until)
        return turn

    @property
    def _turn_while_held(self) -> tuple[str, str, int | None]:
        if self.triage_by is not None:
            return "supervision", "triage", self.triage_by
        if self.state == "assigned":
            return self.department or "", "sign", self.sign_by
        if self.waits_for is not None:
            return self.waits_for.department, "part", self.waits_for.due
        assert self.clock is not None
        return self.department or "", "handling", self.clock.due

    # Telling ------------------------------------------------------------------------------------

    def tell(self, *events: str) -> None:
        """Tell events, each with the next number."""
        self.told.extend(events)
        self.count += len(events)

    def tell_left(self, event: str, now: int) -> None:
        """Tell that the case is taken from its lead, with what is left of its clock."""
        self.tell(event)
        clock = self.clock
        self.left.append((event, None if clock is None else clock.whole - clock.used_by(now)))

    def note_dispatch(self, now: int) -> None:
        """Give the router its time once it is to say who is next, until it has."""
        if not self.awaits_the_router:
            self.dispatch_by = None
        elif self.dispatch_by is None:
            self.dispatch_by = now + DISPATCH

    def raise_to(self, level: int) -> None:
        """Go up to a level, the top staying the top."""
        self.level = min(level, TOP)
        self.tell("case.escalated")
        self.left.append(("case.escalated", None if self.clock is None else self.clock.due))
        if self.clock is not None and self.level == TOP:
            self.clock.told.add("overdue_far")

    # Clocks and holders -------------------------------------------------------------------------

    def run_clock(self, now: int) -> None:
        """Let the handling clock go on, unless the lead waits for a part."""
        assert self.clock is not None
        if self.waits_for is None:
            self.clock.run(now)

    def stop_clock(self, now: int) -> None:
        """Let the handling clock stand."""
        if self.clock is not None and self.clock.since is not None:
            self.clock.stop(now)

    def note_overrun(self, now: int) -> None:
        """Keep since when the limit is over."""
        assert self.clock is not None
        due = self.clock.due
        if due is not None and due <= now:
            self.overdue = due if self.overdue is None else self.overdue
            self.clock.told.add("overdue")

    def take_away(self, status: str, now: int, *, state: str = "returned") -> None:
        """Take the case from its lead; the router names the next."""
        assert self.lead is not None
        self.lead.status = status
        self.state = state
        self.put_aside(now)
        self.held_by_nobody()

    def put_aside(self, now: int) -> None:
        """Keep the clock of whoever has the case, as it stands, for when it comes back."""
        assert self.department is not None
        self.stop_clock(now)
        if self.clock is not None:
            self.had[self.department] = self.clock, self.overdue

    def held_by_nobody(self) -> None:
        """Wait for the router."""
        self.holder = self.sign_by = self.sign_due = self.check_by = self.check_due = None
        self.parts_due = self.waits_for = self.left_due = None

    def look_for_signatures(self) -> None:
        """Look when the next co-handler should have signed."""
        unsigned = [part.asked_until for part in self.unsigned()]
        if unsigned and self.closed is None:
            self.parts_due = min(unsigned)

    def unsigned(self) -> Iterator[Part]:
        """Yield the parts of co-handlers that nobody has signed for."""
        yield from (p for p in self.parts.values() if not p.lead and p.status == "offered")

    def leavers(self) -> list[Part]:
        """Return the parts that somebody is at whom the plan lacks."""
        going = (part for part in self.parts.values() if part.status in GOING_ON)
        return [part for part in going if not knows(part.department)]

    def look_for_leavers(self, now: int) -> None:
        """Look soon whether somebody whom the plan lacks is only new there."""
        if self.leavers():
            self.left_due = now + 1

    # Done ---------------------------------------------------------------------------------------

    def is_done(self, besides: Part | None = None) -> bool:
        """Tell whether enough is done by the case's closing rule; a part `besides` counts."""
        counted = [p for p in self.parts.values() if p.status in COUNTED]
        done = [p for p in counted if p.status == "done" or p is besides]
        if self.state not in {"handling", "rework"}:
            return False
        if self.failures and self.lead not in done:
            return False
        rule = self.terms[0]
        if rule == "lead":
            return self.lead in done
        asked = len(counted) if rule == "all" else min(int(rule.split()[0]), len(counted))
        return len(done) >= asked

    def complete(self, last: Part, now: int) -> None:
        """Submit the work if it is done now that a part of it has ended."""
        if self.is_done():
            lead = self.lead
            self.submit(lead if lead is not None and lead.status == "done" else last, now)

    def submit(self, part: Part, now: int) -> None:
        """Say that the work is done; somebody looks, or it is closed at once."""
        self.tell("feedback.submitted")
        self.state, part.status, self.waits_for = "feedback", "done", None
        self.stop_clock(now)
        if self.terms[2]:
            self.tell("check.requested")
            self.state = "inspecting"
            self.check_by = self.check_due = now + check_within()
        else:
            self.tell("check.waived")
            self.close(now)

    def close(self, now: int) -> None:
        """Close the case; who is still at a part need not go on."""
        self.tell("case.closed")
        self.end("closed", now)

    def end(self, state: str, now: int) -> None:
        """Let the case be over."""
        self.stop_clock(now)
        self.state, self.closed, self.rests_until, self.waits_for = state, now, None, None
        self.ended, self.before = now, None
        self.sign_by = self.sign_due = self.check_by = self.check_due = self.parts_due = None
        self.triage_by = self.triage_due = self.left_due = None
        for part in self.parts.values():
            if part.status in GOING_ON:
                part.status = "revoked"

    def open_again(self, state: str, now: int) -> None:
        """Let the case go on after an end; the router says with whom."""
        assert self.ended is not None
        self.over.append((self.ended, now))
        self.state, self.closed = state, None
        self.held_by_nobody()

    def stay_closed(self, now: int) -> None:
        """Let a case that was opened again be as it was closed."""
        assert self.before is not None
        closed, overdue, _ = self.before
        self.end("closed", now)
        self.closed, self.overdue = closed, overdue

    # What the router says -----------------------------------------------------------------------

    def assign(
        self,
        lead: Part,
        others: list[Part],
        round_: Round,
        *,
        now: int,
    ) -> None:
        """Begin the next round: these parts stand, all others are over.

        Who had the case before may go on with its own clock.
        """
        if self.department not in {None, lead.department}:
            self.put_aside(now)
        named = {part.id for part in (lead, *others)}
        for part in self.parts.values():
            if part.id not in named and part.status in COUNTED:
                part.status = "revoked"
        for part in (lead, *others):
            self.parts.setdefault(part.id, part)
        self.state, self.holder, self.final = "assigned", lead.id, round_.final
        self.round += 1
        self.urgency = round_.urgency
        self.level = max(self.level, FIRST_LEVEL[self.urgency])
        self.assigned, self.sign_by, self.sign_due = now, now + round_.sign, now + round_.sign
        self._begin_clock(lead.department, round_)
        self.run_clock(now)
        known = CATEGORIES[self.category]
        self.terms = (known.closing, known.proofs, self.urgency in CHECKED)
        self.look_for_signatures()
        self.look_for_leavers(now)

    def _begin_clock(self, department: str, round_: Round) -> None:
        own = self.had.pop(department, None)
        if own is not None and round_.resumes:
            self.clock, self.overdue = own
        elif self.clock is None or not round_.resumes:
            self.clock = Clock(limit=round_.limit[1], unit=round_.limit[0])
            self.overdue = None
            self.fresh_clocks += 1
        if self.level == TOP:
            self.clock.told.add("overdue_far")

    def offer_help(self, part: Part) -> None:
        """Add a part that the router offers, or pass it on; of an ended case it is over at once."""
        known = self.parts.get(part.id)
        if known is None:
            if self.state in CLOSED | TERMINAL | MERGED:
                part.status = "revoked"
            self.parts[part.id] = part
        elif known.status == "offered" and known.asked_again is not None:
            known.person, known.offered, known.asked_again = part.person, part.offered, None
            known.sign_by = part.sign_by
        self.look_for_signatures()
