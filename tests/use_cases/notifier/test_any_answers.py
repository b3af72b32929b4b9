"""Whatever is said, in any order: the case stays sound, and a refusal leaves no trace.

Who has only its file and the events after it knows as much as the notifier at every step.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cloudevents import attributes, event_type
from schemas.events.clocks import RESIDENT, CaseDeadlineMoved, CaseUrgencyRaised
from schemas.lifecycle import CaseEvent, CaseState, led_to
from schemas.plan.calendar import due_by
from schemas.plan.limits import limit_of
from schemas.standing import whose_turn
from schemas.topics import CASES
from schemas.vocabulary import REPORTERS, SUPERVISION, RequestKind, Urgency
from services.kit.records import Message
from services.kit.sql.database import open_database
from services.kit.stage.timers import Deadline
from services.notifier.domain.case import Case
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.ledger import ledger_of
from services.notifier.domain.stages import Stretch
from services.notifier.http.clocks import lines_of
from services.notifier.migrations import HISTORY
from services.notifier.store import files, reading
from services.notifier.store.rows import case_of as case_in
from tests.support.adding_up import add_up
from tests.support.databases import Place
from tests.support.notifier import (
    DEPARTMENT_WORDS,
    NotifierBench,
    Told,
    assigned,
    case_of,
    merged,
    registered,
)
from tests.support.rebuilt import Rebuilt, standing
from tests.support.requesting import DISPATCHER, ask, decide

PARTIES = ("urban-management", "police", "water", "court", SUPERVISION, REPORTERS)
KINDS = (
    *("accepted", "declined", "started", "progress", "done", "blocked", "unblocked"),
    *("check_passed", "check_failed", "reopen"),
)
TURNS = ("urban-management", "police", "emergency-management")
UNTOUCHED = {"lines"}
"""What a refused answer may change: the story tells of it."""

answers = st.tuples(st.sampled_from(PARTIES), st.sampled_from(KINDS), st.integers(0, 1))
spans = st.sampled_from([1, 30, 130, 200, 800, 21 * 24 * 60])
ON = "on"
"""The step that brings the case nearer to its end."""
WORDS = ("ask", "approve", "refuse", "resume")
ASKS = st.tuples(st.sampled_from(WORDS), st.sampled_from(RequestKind))
"""What is asked for, what is decided, and that a suspension ends."""
END = "end"
ENDS = st.tuples(
    st.just(END),
    st.sampled_from(
        ["withdraw", "case.dismiss", "case.merge", "case.unmerge", "case.refuse_reopening"]
    ),
)
"""How a case ends that is not closed, and what takes that back."""
FILE = "file"
"""The step that asks for the file of the case."""
JOIN = "join"
"""The step in which somebody else reports the same thing, and that it is dangerous."""
steps = st.lists(st.sampled_from([ON, ON, FILE, JOIN]) | answers | ASKS | ENDS | spans, max_size=30)
ENDINGS = {
    *("case.closed", "case.force_closed", "check.passed", "check.waived"),
    *("case.merged_into", "reopen.refused"),
}
"""After which it may be nobody's move for a while."""
NEXT = {
    CaseState.ASSIGNED: "accepted",
    CaseState.ACCEPTED: "started",
    CaseState.HANDLING: "done",
    CaseState.REWORK: "done",
    CaseState.INSPECTING: "check_passed",
}


class Street:
    """One case, whoever answers, and a router that offers it to the next in turn."""

    def __init__(self, bench: NotifierBench, *, report: str) -> None:
        self.bench = bench
        self.report = report
        self.round = 0
        self.state: CaseState | None = CaseState.REGISTERED
        self.sequence = 0
        self.level = 0
        self.lead = ""
        self.limits: list[str] = []
        self.others = 0
        self.rebuilt = Rebuilt(bench.plan)

    async def open(self) -> None:
        fact = registered("E0506", report=self.report, at=self.bench.now, urgency=Urgency.URGENT)
        limit = limit_of("2 WH")
        until = due_by(limit, self.bench.now, self.bench.plan.counting(limit.unit))
        await self.bench.tell(fact.model_copy(update={"promise": str(limit), "promised_by": until}))
        await self.bench.tell(registered(report=self.primary, at=self.bench.now))
        await self.offer()

    @property
    def primary(self) -> str:
        """The report of a case of the same thing, which nobody leads yet."""
        return f"{self.report}-primary"

    async def offer(self) -> None:
        self.lead = TURNS[self.round % len(TURNS)]
        self.limits.append(self.lead)
        self.round += 1
        others = () if self.lead == "police" else ("police", "water")
        fact = assigned(
            self.lead,
            *others,
            report=self.report,
            round_=self.round,
            at=self.bench.now,
            category="E0506",
            urgency=Urgency.URGENT,
            limit_text="4 UH" if self.round % 2 else "2 WH",
            person="p" if self.lead == TURNS[2] else None,
        )
        self.state = led_to(self.state, CaseEvent.ASSIGNED)
        record = self.bench.news(fact)
        self.rebuilt.read(record.topic, record.headers, record.value)
        told = await self.bench.read(record)
        assert told.letters == []
        await self.look(told)

    async def take(self, step: Any) -> None:  # noqa: ANN401 - an answer or minutes
        if isinstance(step, int):
            await self.look(await self.bench.pass_time(minutes=step))
            return
        if step == JOIN:
            await self.join()
            return
        if step == FILE:
            at = self.bench.now
            wanted = Deadline(
                subject=case_of(self.report), kind=TimerKind.FILE, partition=0, due_at=at
            )
            await self.look(await self.bench.fire(wanted))
            return
        before = await self.row()
        told = await self.say(step)
        if told.kinds == []:
            after = await self.row()
            assert {k: v for k, v in before.items() if k not in UNTOUCHED} == {
                k: v for k, v in after.items() if k not in UNTOUCHED
            }
        else:
            assert told.refusals == []
        await self.look(told)

    async def say(self, step: Any) -> Told:  # noqa: ANN401 - whatever can be said
        """Say what a step has somebody say."""
        if step[0] in WORDS:
            return await self.request(*step)
        if step[0] == END:
            return await self.end(step[1])
        party, kind, back = self.onward() if step == ON else step
        fields = {"round_": max(1, self.round - back)} if kind in DEPARTMENT_WORDS else {}
        return await self.bench.say(party, kind, report=self.report, **fields)

    async def join(self) -> None:
        """Have another report of it, which says that somebody is hurt."""
        self.others += 1
        one = merged(
            f"{self.report}-{self.others}",
            into=self.report,
            at=self.bench.now,
            description="somebody is hurt",
            urgency=Urgency.EMERGENCY,
            danger="is hurt",
        )
        told = await self.bench.tell(one)
        assert len(told.notices("joined")) == 1
        await self.look(told)

    async def request(self, word: str, what: RequestKind) -> Told:
        """Ask for something, decide the first such request that waits, or end a suspension."""
        if word == "ask":
            acting = DISPATCHER | {"roles": ["dispatcher", "handler"]}
            lead = case_in(await self.row()).department
            return await ask(self.bench, what, report=self.report, department=lead, acting=acting)
        if word == "resume":
            command = self.bench.command(
                "case.resume", report=self.report, acting=DISPATCHER, reason="it is there"
            )
            return await self.bench.read(command)
        waiting = case_in(await self.row()).requests
        ids = [one.request_id for one in waiting if one.what is what]
        return await decide(
            self.bench, ids[0] if ids else case_of(), f"case.{word}", report=self.report
        )

    async def end(self, kind: str) -> Told:
        """End the case, or take that back."""
        said: dict[str, Any] = {"report": self.report, "reason": "nothing is there"}
        if kind == "withdraw":
            return await self.bench.say(REPORTERS, kind, **said)
        acting = DISPATCHER | {"roles": ["acceptor", "supervisor"]}
        if kind == "case.merge":
            said["into"] = str(case_of(self.primary))
        return await self.bench.read(self.bench.command(kind, acting=acting, **said))

    def onward(self) -> tuple[str, str, int]:
        """Return what brings the case on: of its lead, then the supervision, then its reporter."""
        kind = "reopen" if self.state is None else NEXT.get(self.state, "reopen")
        whose = {"check_passed": SUPERVISION, "reopen": REPORTERS}
        return whose.get(kind, self.lead), kind, 0

    async def look(self, told: Told) -> None:
        """Follow what was told by the table alone, and compare."""
        self.follow(told)
        self.look_at_followers(told)
        row = await self.row()
        assert row["state"] == self.state
        assert row["own_seq"] == self.sequence
        assert row["department"] in {None, self.lead}
        case = case_in(row)
        await self.look_at_rebuilt()
        await self.look_at_ledger(case)
        self.look_at_turn(case)
        if case.closed_at is not None or case.department is None:
            assert await self.timers() == (["request"] if case.requests else [])
        returned = self.state in {CaseState.RETURNED, CaseState.REOPENED}
        expired = self.state is CaseState.ASSIGNED and case.sign_by is None
        if returned or expired:
            await self.offer()

    def look_at_turn(self, case: Case) -> None:
        """Hold that an open case is up to one party, and that no level falls."""
        turn = whose_turn(case)
        assert (turn is None) == (case.closed_at is not None)
        assert turn is None or turn.who
        assert case.level >= self.level
        self.level = case.level

    def follow(self, told: Told) -> None:
        """Go where the table leads with each event."""
        for message in told.messages:
            if message.key == str(case_of(self.report)):
                self.rebuilt.read(message.topic, message.headers, message.value)
            self.limits += [self.lead] * self.begins_limit(message)
            if message.topic == CASES and message.key == str(case_of(self.report)):
                kind = event_type(message.headers)
                self.sequence += 1
                assert int(attributes(message.headers)["sequence"]) == self.sequence
                if kind in set(CaseEvent):
                    self.state = led_to(self.state, CaseEvent(kind))
                    assert self.state is not None

    async def look_at_ledger(self, case: Case) -> None:
        """Compare with what the story comes to: somebody's move at each instant, the same clock."""
        async with self.bench.database.read() as conn:
            story = await reading.story(conn, case.case_id)
        ledger = ledger_of(lines_of(story), plan=self.bench.plan)
        for move, following in pairwise(ledger.moves):
            assert move.ended is not None
            had_ended = story[move.ended - 1]["type"] in ENDINGS
            assert move.until == following.since or had_ended
        assert ledger.moves[0].since == case.registered_at
        open_moves = [move.turn for move in ledger.moves if move.until is None]
        turn = whose_turn(case)
        assert open_moves == ([] if turn is None else [turn])
        assert [account.department for account in ledger.accounts] == self.limits
        account = ledger.accounts[-1]
        assert (account.clock, account.due_by) == (case.clock, case.due_by)
        for one in ledger.accounts:
            stretches: list[Stretch] = [*one.runs, *one.rests]
            stretches.sort(key=lambda stretch: (stretch.since, stretch.began))
            for before, after in pairwise(stretches):
                assert before.until == after.since
                assert type(before) is not type(after)
        runs = [run for one in ledger.accounts for run in one.runs]
        is_running = case.clock is not None and case.clock.since is not None
        assert [run.until is None for run in runs] == [False] * (len(runs) - is_running) + [
            True
        ] * is_running
        add_up(ledger, case, now=self.bench.now, plan=self.bench.plan)

    def look_at_followers(self, told: Told) -> None:
        """See that whoever joined hears once of each end, each reopening and each moved date."""
        if told.notices("joined"):
            return
        moved = [fact for fact in told.facts(CaseDeadlineMoved) if fact.clock == RESIDENT]
        times = {
            "closed": told.kinds.count("case.closed"),
            "reopened": told.kinds.count("case.reopened"),
            "promise_moved": len(moved),
        }
        others = [f"report:hotline-12345/{self.report}-{n + 1}" for n in range(self.others)]
        for template, count_ in times.items():
            heard = [n.recipient for n in told.notices(template) if n.audience == "follower"]
            assert sorted(heard) == sorted(others * count_)

    @staticmethod
    def begins_limit(message: Message) -> bool:
        """Tell whether a case has another limit since it became more urgent."""
        if event_type(message.headers) != CaseUrgencyRaised.type:
            return False
        raised = CaseUrgencyRaised.model_validate_json(message.value or b"")
        return raised.limit_text is not None

    async def look_at_rebuilt(self) -> None:
        """Compare with what a reader makes of the file and the events after it."""
        async with self.bench.database.read() as conn:
            held = await files.file_of(conn, case_of(self.report))
        assert held is not None
        if self.rebuilt.file is not None:
            assert standing(self.rebuilt.file) == standing(held)
        assert held.case.closed_at is None or self.rebuilt.file is not None

    async def row(self) -> dict[str, Any]:
        async with self.bench.database.read() as conn:
            found = await reading.case(conn, case_of(self.report))
        assert found is not None
        return dict(found)

    async def timers(self) -> list[str]:
        own = case_of(self.report)
        return [kind for subject, kind in await self.bench.all_timers() if subject == own]


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def world(
    request: pytest.FixtureRequest,
    places: Callable[[str, Path], Place],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[asyncio.Runner, NotifierBench, Iterator[int]]]:
    """Return one bench for all examples, each of which has a case of its own."""
    place = places(request.param, tmp_path_factory.mktemp("world"))
    with asyncio.Runner() as runner:
        database = open_database(runner.run(place.url_of(HISTORY)))
        yield runner, NotifierBench(database), count(1)
        runner.run(database.close())
        place.leave()


class TestAnyAnswers:
    @settings(max_examples=60)
    @given(steps=steps)
    def test_keep_the_case_sound(
        self, world: tuple[asyncio.Runner, NotifierBench, Iterator[int]], steps: list[Any]
    ) -> None:
        runner, bench, numbers = world
        street = Street(bench, report=str(next(numbers)))

        async def live() -> None:
            await bench.forget_timers()
            await street.open()
            for step in steps:
                await street.take(step)

        runner.run(live())
