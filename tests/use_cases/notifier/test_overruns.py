"""A limit that ran out is told once, whatever happens before anybody looks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cloudevents import attributes, event_type
from schemas.events.case import CaseEscalated
from schemas.vocabulary import EscalationTrigger, Urgency
from services.kit.sql.database import open_database
from services.notifier.domain.ledger import ledger_of
from services.notifier.http.clocks import lines_of
from services.notifier.migrations import HISTORY
from services.notifier.store import reading
from tests.support.databases import Place
from tests.support.notifier import NotifierBench, Told, assigned, case_of, merged, registered
from tests.support.requesting import (
    DISPATCHER,
    HANDLER,
    LEAD,
    LEADER,
    SHIFT_LEAD,
    ask,
    being_handled,
    decide,
    id_of,
)

HELP: Final = "police"
OVER: Final = timedelta(hours=4, seconds=1)
"""After the limit of a case, before anybody looked at its timers."""


def overruns(told: Told) -> list[CaseEscalated]:
    return [f for f in told.facts(CaseEscalated) if f.trigger is EscalationTrigger.OVERDUE]


async def suspend(bench: NotifierBench) -> Told:
    asked = await ask(bench, "suspension")
    allowed = await decide(bench, asked)
    return Told(asked.messages + allowed.messages, [])


async def correct(bench: NotifierBench) -> Told:
    command = bench.command("case.correct", urgency="U", reason="children", acting=DISPATCHER)
    return await bench.read(command)


async def end(bench: NotifierBench, kind: str) -> Told:
    return await bench.read(bench.command(kind, reason="it is nothing", acting=SHIFT_LEAD))


async def join(bench: NotifierBench) -> Told:
    return await bench.tell(
        merged("2", urgency=Urgency.EMERGENCY, danger="smoke", description="smoke")
    )


STOPS: Final[dict[str, Callable[[NotifierBench], Awaitable[Told]]]] = {
    "suspension.approved": suspend,
    "case.blocked": lambda bench: bench.say(LEAD, "blocked"),
    "case.corrected": correct,
    "case.reassigned": lambda bench: bench.read(
        bench.command("case.reassign", department="fire", reason="theirs", acting=DISPATCHER)
    ),
    "feedback.submitted": lambda bench: bench.say(LEAD, "done"),
    "case.dismissed": lambda bench: end(bench, "case.dismiss"),
    "case.urgency_raised": join,
}
"""What stops, moves or ends a clock, by what is told of it."""


class TestLimitThatRanOutUnseen:
    @pytest.mark.parametrize("stop", STOPS)
    async def test_is_told_before_its_clock_stands(self, bench: NotifierBench, stop: str) -> None:
        await bench.tell(registered(), assigned(LEAD, HELP))
        await bench.say(LEAD, "accepted", "started")
        await bench.say(HELP, "accepted")
        due_by = (await bench.case())["due_by"]
        bench.now += OVER
        told = await STOPS[stop](bench)
        assert told.kinds.index("case.escalated") < told.kinds.index(stop)
        [late] = overruns(told)
        assert late.due_by == due_by
        assert (await bench.case())["overdue_at"] == due_by
        [notice] = told.notices("overdue")
        assert notice.recipient == f"department:{LEAD}"
        assert not overruns(await bench.pass_time(hours=1))

    async def test_is_told_once_more_when_it_ran_out_again_after_a_failed_check(
        self, bench: NotifierBench
    ) -> None:
        """The floor of a failed check gave time again, which is over as well."""
        await bench.tell(registered("E0505"), assigned(LEAD, category="E0505"))
        await bench.say(LEAD, "accepted", "started")
        assert len(overruns(await bench.pass_time(hours=4))) == 1
        await bench.say(LEAD, "done")
        await bench.say("supervision", "check_failed")
        bench.now += timedelta(hours=2, seconds=1)
        told = await correct(bench)
        assert told.kinds == ["case.escalated", "case.corrected"]
        late = assigned(LEAD, category="E0505", at=bench.now, round_=2, resumes=True)
        assert overruns(await bench.tell(late)) == []
        assert overruns(await bench.pass_time(minutes=1)) == []

    async def test_is_caused_by_itself_and_not_by_what_was_heard(
        self, bench: NotifierBench
    ) -> None:
        """Whoever reads causes would take it for the effect of an answer that was refused."""
        await being_handled(bench)
        bench.now += OVER
        told = await bench.say(LEAD, "accepted")
        assert (told.kinds, told.reasons) == (["case.escalated"], ["wrong_state"])
        [message] = [m for m in told.messages if event_type(m.headers) == CaseEscalated.type]
        assert attributes(message.headers)["causationid"].startswith("timer/overdue/")

    async def test_needs_no_reminder_any_more(self, bench: NotifierBench) -> None:
        await being_handled(bench)
        told = await bench.pass_time(hours=4)
        assert (len(overruns(told)), told.notices("reminder")) == (1, [])


@pytest.fixture(scope="module")
def world(
    places: Callable[[str, Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[asyncio.Runner, NotifierBench, Iterator[int]]]:
    """Return one bench for all lives, each of which has a case of its own."""
    place = places("sqlite", tmp_path_factory.mktemp("overruns"))
    with asyncio.Runner() as runner:
        database = open_database(runner.run(place.url_of(HISTORY)))
        yield runner, NotifierBench(database), count(1)
        runner.run(database.close())


SPANS: Final = st.sampled_from([10, 55, 130])
"""Minutes: five of them stay below three times the limit, where the case rises once more."""
COMMANDS: Final[dict[str, dict[str, Any]]] = {
    "resume": {},
    "reassign": {"department": "fire"},
    "correct": {"urgency": "U"},
}
WORDS: Final = {
    "block": (LEAD, "blocked"),
    "unblock": (LEAD, "unblocked"),
    "help": (HELP, "done"),
    "decline": (LEAD, "declined"),
    "done": (LEAD, "done"),
    "fail": ("supervision", "check_failed"),
}
MOVES: Final = ["look", "suspend", *COMMANDS, *WORDS]
LIVES: Final = st.lists(st.tuples(st.sampled_from(MOVES), SPANS), min_size=1, max_size=5)


class Life:
    """A case about which anything is said; nobody looks at timers but in a `look`."""

    def __init__(self, bench: NotifierBench, report: str) -> None:
        self.bench, self.report, self.round = bench, report, 1
        self.told: list[CaseEscalated] = []

    async def begin(self) -> None:
        at = self.bench.now
        await self.bench.tell(
            registered("E0505", report=self.report, at=at),
            assigned(LEAD, HELP, report=self.report, category="E0505", at=at, limit_text="4 UH"),
        )
        await self.work()

    async def work(self) -> None:
        self.hear(await self.say(LEAD, "accepted", "started"))
        self.hear(await self.say(HELP, "accepted"))

    async def say(self, party: str, *words: str) -> Told:
        of_round = {} if party == "supervision" else {"round_": self.round}
        return await self.bench.say(party, *words, report=self.report, **of_round)

    async def command(self, kind: str, **fields: Any) -> Told:
        fields = {"reason": "so it is", "acting": DISPATCHER} | fields
        return await self.bench.read(self.bench.command(kind, report=self.report, **fields))

    def hear(self, told: Told) -> None:
        self.told += overruns(told)

    async def take(self, move: str) -> None:
        """Say it; whoever has the case no more gets it again, with the clock as it was."""
        if move == "look":
            told = await self.bench.pass_time()
        elif move == "suspend":
            told = await self.suspend()
        elif move in COMMANDS:
            told = await self.command(f"case.{move}", **COMMANDS[move])
        else:
            told = await self.say(*WORDS[move])
        self.hear(told)
        if {"case.returned", "case.reassigned", "case.corrected"} & {*told.kinds}:
            self.round += 1
            again = assigned(
                LEAD,
                HELP,
                report=self.report,
                round_=self.round,
                category="E0505",
                at=self.bench.now,
                limit_text="4 UH",
                resumes=True,
            )
            self.hear(await self.bench.tell(again))
            await self.work()

    async def suspend(self) -> Told:
        until = self.bench.now + timedelta(minutes=30)
        fields = {"what": "suspension", "department": LEAD, "until": until.isoformat()}
        asked = await self.command("case.request", **fields, acting=HANDLER)
        if "request.submitted" not in asked.kinds:
            return asked
        self.hear(asked)
        return await decide(self.bench, id_of(asked), acting=LEADER, report=self.report)

    async def crossings(self) -> int:
        """Return how often the ledger says that a limit ran out while a clock ran."""
        async with self.bench.database.read() as conn:
            story = await reading.story(conn, case_of(self.report))
        found = 0
        for account in ledger_of(lines_of(story), plan=self.bench.plan).accounts:
            for run in account.runs:
                used = run.used_after
                after = account.used(self.bench.now) if used is None else used
                found += run.used_before < account.clock.whole <= after
        return found


class TestAnyLife:
    @settings(max_examples=60)
    @given(moves=LIVES)
    def test_tells_an_overrun_that_is_a_fact_once(
        self,
        world: tuple[asyncio.Runner, NotifierBench, Iterator[int]],
        moves: list[tuple[str, int]],
    ) -> None:
        runner, bench, numbers = world
        life = Life(bench, report=str(next(numbers)))

        async def live() -> None:
            await bench.forget_timers()
            await life.begin()
            for move, minutes in moves:
                bench.now += timedelta(minutes=minutes)
                await life.take(move)
            life.hear(await bench.pass_time())
            assert len(life.told) == await life.crossings()

        runner.run(live())
