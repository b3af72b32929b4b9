"""Random lives of two cases: whatever is said, in whatever order, at whatever time."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from typing_extensions import override

from services.kit.records import Record
from tests.model.alike import see_alike, see_story
from tests.model.bench import RememberingBench
from tests.model.drawing import (
    AGAIN,
    AHEAD,
    BOTH,
    CHOICES,
    COMMANDS,
    JOINING,
    REPORTED,
    SAID,
    SPANS,
    TERMS,
    Ahead,
)
from tests.model.merging import ITSELF, OTHER
from tests.model.minutes import DAY, NOON, instant
from tests.model.plans import Terms, take
from tests.model.playing import HOLDER, Choice, Played, Step
from tests.model.replanning import look
from tests.model.rights import (
    CLOSED,
    RIGHTS,
    ROLES,
    TIERS,
)
from tests.support.notifier import Told

REOPENED_DAYS: Final = 14
"""For so long a reporter may say that it is not solved."""
_WAYS: Final = {
    "assigned": ["accepted", "started", "done"],
    "accepted": ["started", "done"],
    "handling": ["done"],
    "rework": ["done"],
}
"""What the lead says on the way to the end, by the state of the case."""


class Notifier(RuleBasedStateMachine):
    """Two cases; the machine is the router, the departments, those in charge, and the clock."""

    runner: asyncio.Runner
    bench: RememberingBench
    numbers: Iterator[int]

    @initialize(
        first=REPORTED,
        second=REPORTED,
        start=st.sampled_from([0, 4 * 60 + 50, 4 * DAY + 5 * 60]),
        ahead=st.tuples(st.integers(1, 7), st.integers(0, 7)),
        choice=CHOICES,
    )
    def begin(
        self, first: str, second: str, start: int, ahead: tuple[int, int], choice: Choice
    ) -> None:
        """Begin on a Monday at noon or before its evening, or on a Friday evening.

        Each case is some steps ahead.
        """
        self.now = NOON + start
        self.bench.now = instant(self.now)
        self.runner.run(self.bench.forget_timers())
        self.are_days_the_same = True
        self.runner.run(self.bench.take_plan(take(Terms()), []))
        self.played = [
            Played(self.bench, str(next(self.numbers)), category) for category in (first, second)
        ]
        self.records: list[Record] = []
        for played, other in zip(self.played, reversed(self.played), strict=True):
            played.case.other = other.case
            played.others = {ITSELF: played.id, OTHER: other.id}
        self.is_alike = True
        for played, steps in zip(self.played, ahead, strict=True):
            for _ in range(steps):
                self._onward(played, choice, 1)

    # What both are told -------------------------------------------------------------------------

    def hear(self, *steps: Step) -> None:
        """Let notifier and paper hear these in one batch: news before all that is said."""
        waiting = [len(played.case.parked) for played in self.played]
        told = self.read(*(step.record for step in steps))
        self.records.extend(step.record for step in steps)
        for step in sorted(steps, key=lambda one: not one.is_news):
            step.happens()
        assert told.letters == []
        self.compare(told, in_order=True)
        if any(len(p.case.parked) > n for p, n in zip(self.played, waiting, strict=True)):
            # What waits is in the order of the instants of its batches.
            self.move_to(self.now + 1)

    def read(self, *records: Record) -> Told:
        """Let the notifier read these, and look at the cases that they are about."""
        about = {record.key for record in records}
        self.bench.watched[:] = [p.id for p in self.played if str(p.id).encode() in about]
        return self.runner.run(self.bench.read(*records))

    def compare(self, told: Told, *, in_order: bool) -> None:
        """See that both are alike."""
        self.is_alike = False
        for played in self.played:
            played.hear_told(told, in_order=in_order)
            if played.id in self.bench.watched:
                see_alike(played.case, self.bench.looked[played.id])
                played.watch.see(played.case, self.now)
        self.is_alike = True

    @override
    def teardown(self) -> None:
        """See at the end that the story of each case has no gap, and what it comes to."""
        if not self.is_alike:
            return
        for played in self.played:
            story = self.runner.run(self.bench.story(played.id))
            see_story(
                played.case, story, self.bench.plan, self.now, same_days=self.are_days_the_same
            )

    def fire(self) -> None:
        """Let notifier and paper do what is due, until nothing is."""
        is_due = True
        while is_due:
            self.bench.watched[:] = [p.id for p in self.played if p.case.state != "unknown"]
            told = self.runner.run(self.bench.pass_time())
            for played in self.played:
                played.fire(self.now)
            self.compare(told, in_order=False)
            is_due = any(p.is_due(self.now) for p in self.played)

    def move_to(self, minute: int) -> None:
        """Let time pass up to a minute."""
        self.now = minute
        self.bench.now = instant(minute)

    # Rules --------------------------------------------------------------------------------------

    @rule(which=BOTH, steps=st.integers(1, 3), choice=CHOICES)
    def goes_on(self, which: int, steps: int, choice: Choice) -> None:
        """Do what brings a case nearer to its end, once or several times."""
        played = self.played[which]
        for _ in range(1 + steps // 3):
            self._onward(played, choice, steps)

    def _onward(self, played: Played, choice: Choice, steps: int) -> None:
        """Say in one batch what comes next: the router's word, then the lead's."""
        case = played.case
        if case.state == "unknown":
            self.hear(played.register(self.now))
            return
        news = played.route(choice, self.now)
        state = case.state if news is None else "assigned"
        words = _WAYS.get(state, [])[:steps]
        said = [played.say_as_lead(word, self.now) for word in words if played.newest_lead]
        if state == "inspecting":
            kind = "check_failed" if choice.lead else "check_passed"
            said = [played.say("supervision", kind, aim=0, proofs=True, now=self.now)]
        elif state == "closed" and choice.same:
            said = [played.say("reporters", "reopen", aim=0, proofs=True, now=self.now)]
        if news is not None or said:
            self.hear(*([] if news is None else [news]), *said)

    def _ahead(self, ahead: Ahead) -> None:
        """Bring a case on before something else is done, or not."""
        which, steps, choice = ahead
        for _ in range(steps):
            self._onward(self.played[which], choice, steps)

    @rule(
        ahead=AHEAD,
        number=st.integers(0, 9),
        words=st.sampled_from([["accepted"], ["accepted", "done"], ["done"], ["declined"]]),
        waits=st.booleans(),
    )
    def helps(self, ahead: Ahead, number: int, words: list[str], *, waits: bool) -> None:
        """Let one of the co-handlers go on, for whom the lead perhaps waits."""
        self._ahead(ahead)
        played = self.played[ahead[0]]
        helpers = [p.department for p in played.case.parts.values() if not p.lead]
        if not helpers:
            return
        if number == 0:
            most = [p for p in helpers[1:] for _ in words]
            every = zip(most, words * len(helpers), strict=False)
            self.hear(*(played.say(p, w, aim=0, proofs=True, now=self.now) for p, w in every))
            return
        party, lead = helpers[number % len(helpers)], played.case.department
        said = [played.say(party, word, aim=0, proofs=True, now=self.now) for word in words]
        if waits and lead is not None:
            aim = [*TIERS].index(party)
            blocked = played.say(lead, "blocked", aim=0, proofs=True, now=self.now, waits_for=aim)
            said.insert(1, blocked)
        self.hear(*said)

    @rule(
        ahead=AHEAD,
        reports=st.lists(JOINING, min_size=1, max_size=2),
        choice=CHOICES,
        routed=st.booleans(),
        unsigned=st.booleans(),
    )
    def others_report(
        self, ahead: Ahead, reports: list[Any], choice: Choice, *, routed: bool, unsigned: bool
    ) -> None:
        """Let others report the same, perhaps with the router's word before or after.

        Or when nobody has signed for the case in time.
        """
        self._ahead(ahead)
        played = self.played[ahead[0]]
        if unsigned:
            self._onward(played, choice, 0)
            self.time_passes(max(0, (played.case.sign_due or 0) - self.now))
        steps = [played.join(urgency, danger, self.now) for urgency, danger in reports]
        news = played.route(choice, self.now) if routed else None
        if news is not None:
            steps.insert(0 if choice.same else len(steps), news)
        self.hear(*steps)

    def _said(self, which: int, said: Any) -> Step:  # noqa: ANN401 - answer or command
        played = self.played[which]
        if said[0] in RIGHTS:
            word, roles, fields = said
            return played.command(word, roles, fields, self.now)
        party, word, aim, proofs = said
        return played.say(party, word, aim=aim, proofs=proofs, now=self.now)

    @rule(ahead=AHEAD, command=COMMANDS)
    def each_office_commands(self, ahead: Ahead, command: Any) -> None:  # noqa: ANN401 - a command
        """Let somebody of each office command the same, all in one batch."""
        self._ahead(ahead)
        word, _, fields = command
        played = self.played[ahead[0]]
        offices = [frozenset({role}) for role in ROLES]
        self.hear(*(played.command(word, office, fields, self.now) for office in offices))

    @rule(
        ahead=AHEAD,
        what=st.sampled_from(["suspension", "suspension", "extension", "force_close", "appeal"]),
        decided=st.sampled_from(["case.approve", "case.approve", "case.refuse", "case.resume"]),
        until=st.sampled_from([20, 90, 600, 3 * DAY]),
    )
    def is_asked_for(self, ahead: Ahead, what: str, decided: str, until: int) -> None:
        """Let somebody ask for something, and another person decide it."""
        self._ahead(ahead)
        played = self.played[ahead[0]]
        fields = {"what": what, "department": HOLDER, "until": until, "reason": "it must wait"}
        asked = fields | {"legal_basis": "article 7", "person": "Zhao"}
        self.hear(played.command("case.request", frozenset({"handler"}), asked, self.now))
        told: dict[str, Any] = {"reason": "so it is", "person": "Wang"}
        told |= {} if decided == "case.resume" else {"request_id": -1}
        self.hear(played.command(decided, frozenset({"shift_lead"}), told, self.now))

    def comes_again(self, number: int) -> None:
        """Let a record be read that was read before: nothing happens."""
        told = self.read(self.records[-number % len(self.records)])
        assert told.messages == []
        self.compare(told, in_order=True)

    @rule(
        ahead=AHEAD,
        said=st.lists(st.tuples(BOTH, SAID), min_size=1, max_size=6),
        choice=CHOICES,
        routed=st.booleans(),
        again=AGAIN,
    )
    def is_said(
        self, ahead: Ahead, said: list[Any], choice: Choice, *, routed: bool, again: int
    ) -> None:
        """Let anything be said, perhaps with the router's word in the same batch, perhaps again."""
        self._ahead(ahead)
        steps = [self._said(which, one) for which, one in said]
        if routed:
            news = [played.route(choice, self.now) for played in self.played]
            steps.extend(step for step in news if step is not None)
        self.hear(*steps)
        if again:
            self.comes_again(again)

    @rule(ahead=AHEAD, times=st.integers(1, 3), offset=st.sampled_from([0, 0, -1, 1]))
    def nobody_moves(self, ahead: Ahead, times: int, offset: int) -> None:
        """Let time pass up to the next deadlines of a case, or just before or after."""
        self._ahead(ahead)
        for _ in range(times):
            at = self.played[ahead[0]].next_deadline()
            if at is not None and at + offset > self.now:
                self.time_passes(at + offset - self.now)

    @rule(which=BOTH, days=st.sampled_from([14, 29, 30]), offset=st.integers(-1, 1))
    def is_long_closed(self, which: int, days: int, offset: int) -> None:
        """Let a case be closed for long: it is archived, or its reporter finds it not solved."""
        played = self.played[which]
        closed = played.case.closed
        if played.case.state not in CLOSED or closed is None:
            return
        self.time_passes(max(0, closed + days * DAY + offset - self.now))
        if days == REOPENED_DAYS:
            self.hear(played.say("reporters", "reopen", aim=0, proofs=True, now=self.now))
            return
        self.runner.run(self.bench.wake(played.id, "archive"))
        played.case.archive_due = self.now
        self.fire()

    @rule(which=BOTH, choice=CHOICES)
    def reopening_is_refused(self, which: int, choice: Choice) -> None:
        """Let the supervision open a closed case, and the router assign it; it stays closed."""
        played = self.played[which]
        if played.case.state in CLOSED:
            self.hear(played.say("supervision", "reopen", aim=0, proofs=True, now=self.now))
            self._onward(played, choice, 0)
            word = "case.refuse_reopening"
            said = {"reason": "it is solved"}
            self.hear(played.command(word, frozenset({"shift_lead"}), said, self.now))

    @rule(ahead=AHEAD, terms=TERMS)
    def plan_changes(self, ahead: Ahead, terms: Terms) -> None:
        """Let departments leave or come back, days be off, and limits and words be others."""
        self._ahead(ahead)
        self.are_days_the_same &= not terms.days_off
        cases = [played.id for played in self.played]
        self.runner.run(self.bench.take_plan(take(terms), cases))
        for played in self.played:
            look(played.case, self.now)
        self.fire()

    @rule(minutes=SPANS)
    def time_passes(self, minutes: int) -> None:
        """Let time pass, each deadline being looked at when it comes."""
        end = self.now + minutes
        while True:
            nexts = [at for p in self.played if (at := p.next_deadline()) is not None and at <= end]
            if not nexts:
                break
            self.move_to(max(self.now, min(nexts)))
            self.fire()
        self.move_to(end)
        self.fire()

    @rule(minutes=st.sampled_from([1, 45, 130, 700]))
    def notifier_sleeps(self, minutes: int) -> None:
        """Let time pass, and no deadline be looked at: what is said next goes first."""
        self.move_to(self.now + minutes)
