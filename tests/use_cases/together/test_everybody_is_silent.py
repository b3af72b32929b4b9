"""A case of which nobody says anything any more is always on somebody's list, with a name."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.plan import LimitUnit
from schemas.standing import Turn, whose_turn
from schemas.vocabulary import SUPERVISION, Urgency
from services.notifier.domain.case import Case
from services.notifier.migrations import HISTORY as NOTIFIERS
from services.notifier.store import reading
from services.notifier.store.rows import case_of as case_in
from services.router.migrations import HISTORY as ROUTERS
from tests.support.both import Both
from tests.support.databases import Place, opened
from tests.support.notifier import NotifierBench, case_of, registered, the_plan
from tests.support.router import RouterBench

FRIDAY_EVENING = datetime(2026, 5, 15, 17, 30, tzinfo=the_plan().timezone).astimezone(UTC)
WORKING = the_plan().counting(LimitUnit.WORK_DAY)

kinds = st.sampled_from(["E0112", "E0304", "E0502", "E0506", "S-SAFE", "E9999", "E9999!"])
so_far = st.sampled_from(
    [(), ("accepted",), ("accepted", "started"), (*("accepted", "started"), "done")]
)
spans = st.lists(st.sampled_from([4, 6, 31, 61, 300, 1_500, 4_400]), min_size=1, max_size=12)


@dataclass
class Silence:
    """A case of which nobody says anything from now on."""

    both: Both
    report: str
    turns: list[Turn] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)

    async def begin(self, kind: str, said: tuple[str, ...], after: int) -> None:
        """Report at an instant of the week; its lead says so much, and then nobody does."""
        bench = self.both.notifier
        bench.now = FRIDAY_EVENING + timedelta(minutes=after)
        changes: dict[str, Any] = {"report": self.report, "at": bench.now}
        if kind.startswith("E9999"):
            changes["triage"] = True
        if kind.endswith("!"):
            changes["urgency"] = Urgency.EMERGENCY
        await self.both.report(registered(kind.rstrip("!"), **changes))
        case = await self.case()
        for word in said:
            await self.both.say(case.department or "", word, report=self.report)
        await self.look()

    async def pass_time(self, minutes: int) -> None:
        await self.both.pass_time(minutes=minutes)
        await self.look()

    async def look(self) -> None:
        """Hold that somebody has the move, and that somebody will be told again."""
        case, now = await self.case(), self.both.notifier.now
        turn = whose_turn(case)
        due = [
            at
            for (of, _), at in (await self.both.notifier.all_timers()).items()
            if of == case.case_id
        ]
        if case.closed_at is not None:
            assert turn is None
            return
        assert turn is not None
        assert turn.who == SUPERVISION or turn.who in the_plan().departments
        assert turn.until is not None
        # What is handled too slowly goes up once more when three times its limit is used.
        if turn.is_late(now) and turn.clock != "handling":
            assert min(due) <= told_again_by(case, now)
        assert due
        self.turns.append(turn)
        self.levels.append(case.level)
        assert all(before <= after for before, after in pairwise(self.levels))

    async def case(self) -> Case:
        async with self.both.notifier.database.read() as conn:
            found = await reading.case(conn, case_of(self.report))
        assert found is not None
        return case_in(found)


def told_again_by(case: Case, now: datetime) -> datetime:
    """Return by when somebody is told again at the latest: within a day, of work where that counts.

    A limit of working time rests from Friday on; an emergency's never does.
    """
    natural = now + timedelta(days=1)
    if case.urgency is Urgency.EMERGENCY:
        return natural
    return max(natural, WORKING.after(now, WORKING.day))


World = tuple[asyncio.Runner, Both, Iterator[int]]


@pytest.fixture(scope="module")
def world(
    places: Callable[[str, Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Return both services for all examples, each of which has a case of its own."""
    place = places("sqlite", tmp_path_factory.mktemp("world"))
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begun() -> Both:
            routers = await stack.enter_async_context(opened(await place.url_of(ROUTERS)))
            notifiers = await stack.enter_async_context(opened(await place.url_of(NOTIFIERS)))
            return Both(RouterBench(routers), NotifierBench(notifiers))

        yield runner, runner.run(begun()), count(1)
        runner.run(stack.aclose())
        place.leave()


class TestSilence:
    @settings(max_examples=40)
    @given(kind=kinds, said=so_far, after=st.integers(0, 7 * 24 * 60), spans=spans)
    def test_leaves_no_case_without_somebody_who_is_told(
        self, world: World, kind: str, said: tuple[str, ...], after: int, spans: list[int]
    ) -> None:
        runner, both, numbers = world
        silence = Silence(both, report=str(next(numbers)))

        async def live() -> None:
            await both.notifier.forget_timers()
            await silence.begin(kind, said, after)
            for minutes in spans:
                await silence.pass_time(minutes)

        runner.run(live())
