"""Who sees which case: each role, with each way to have to do with a case, and without one."""

from itertools import product

import pytest
from pydantic_core import from_json

from schemas.roles import ActingRole
from schemas.scopes import SEES_ALL
from services.access.actor import Actor
from services.desk.store import story
from services.desk.use_cases.looking import whole
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.shown import SUPERVISOR, DeskBench, key, person

LEAD, CO_HANDLER, OTHER = "urban-management", "police", "court"
SOURCE = "hotline-12345"


async def sees(desk: DeskBench, actor: Actor) -> bool:
    """Return whether somebody sees the case, in the list and by its id alike."""
    listed = {row["case_id"] for row in await desk.listed(actor)}
    async with desk.database.read() as conn:
        found = await story.case(conn, case_of(), actor=actor)
    assert (case_of() in listed) == (found is not None)
    return found is not None


@pytest.fixture
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with a case that one department leads and another helps with."""
    await bench.tell(registered(), assigned(LEAD, CO_HANDLER, person="wang"))
    return bench


@pytest.mark.usefixtures("known")
class TestSight:
    async def test_is_of_ones_own_or_of_all(self, desk: DeskBench) -> None:
        departments: tuple[list[str], ...] = ([LEAD], [CO_HANDLER], [OTHER], [])
        bound = [*product(ActingRole, departments, ([SOURCE], ["another"], []))]
        seen = [
            (role, of, sources)
            for role, of, sources in bound
            if await sees(desk, person(role, departments=of, sources=sources))
        ]
        assert seen == [
            (role, of, sources)
            for role, of, sources in bound
            if role in SEES_ALL or of in ([LEAD], [CO_HANDLER]) or sources == [SOURCE]
        ]

    async def test_is_of_what_somebody_is_bound_to(self, desk: DeskBench) -> None:
        expected = {
            key(departments=[LEAD]): True,
            key(departments=[OTHER]): False,
            key(sources=[SOURCE]): True,
            key(sources=[LEAD]): False,
            key(departments=[SOURCE]): False,
            key(): False,
            key(departments=[*(f"d{n}" for n in range(20)), CO_HANDLER]): True,
            person(ActingRole.HANDLER, id_="wang"): False,
        }
        assert {actor: await sees(desk, actor) for actor in expected} == expected

    async def test_ends_for_a_department_that_declined(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "declined")
        await known.tell(assigned(OTHER, CO_HANDLER, round_=2))
        handler = person(ActingRole.HANDLER, departments=[LEAD])
        assert not await sees(desk, handler)
        assert await sees(desk, person(ActingRole.HANDLER, departments=[OTHER]))

    async def test_stays_for_whom_only_the_end_of_the_case_released(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "accepted", "started", "done")
        assert await sees(desk, person(ActingRole.HANDLER, departments=[CO_HANDLER]))

    async def test_is_of_who_joined_too(self, known: FollowedBench, desk: DeskBench) -> None:
        joined = merged("9").model_copy(
            update={"reporter": registered().reporter.model_copy(update={"source": "parks"})}
        )
        await known.tell(joined)
        assert await sees(desk, key(sources=["parks"]))


class TestWords:
    """What a report says is shown to its source, and to whoever works on the case."""

    async def test_are_not_shown_to_another_source_that_joined(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        report = {"description": "井盖缺失，找王女士", "category": "P0101"}
        await known.tell(registered(report="2", **report), assigned(LEAD, report="2"))
        parks = registered().reporter.model_copy(update={"source": "parks"})
        theirs = merged("9", into="2", description="有人摔倒")
        await known.tell(theirs.model_copy(update={"reporter": parks}))
        for actor, own, shown in (
            (key(sources=[SOURCE]), True, ["井盖缺失，找王女士"]),
            (key(sources=["parks"]), False, ["有人摔倒"]),
            (key(sources=["parks"], departments=[LEAD]), True, ["井盖缺失，找王女士", "有人摔倒"]),
            (SUPERVISOR, True, ["井盖缺失，找王女士", "有人摔倒"]),
        ):
            async with desk.database.read() as conn:
                found = await whole(conn, case_of("2"), actor=actor)
            assert found is not None
            [listed] = [r for r in await desk.listed(actor) if r["case_id"] == case_of("2")]
            looked_for = await desk.listed(actor, text="王女士")
            said = [from_json(line["data"]).get("description") for line in found.lines]
            assert [one for one in said if one] == shown, actor
            assert {row["description"] != "" for row in (found.row, listed)} == {own}, actor
            assert bool(looked_for) is own, actor


class TestNarrowing:
    async def test_never_widens(self, known: FollowedBench, desk: DeskBench) -> None:
        await known.tell(registered(report="2"), assigned(OTHER, report="2"))
        court = person(ActingRole.HANDLER, departments=[OTHER])
        both = person(ActingRole.HANDLER, departments=[OTHER, LEAD])
        assert [r["case_id"] for r in await desk.listed(court, party=LEAD)] == []
        assert [r["case_id"] for r in await desk.listed(both, party=LEAD)] == [case_of()]
        assert len(await desk.listed(both)) == len(await desk.listed(SUPERVISOR)) == 2
