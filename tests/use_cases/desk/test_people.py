"""Who people are: recorded, imported, let in no longer, and the first administrator."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from schemas.plan import load_plan
from schemas.roles import ActingRole
from services.desk.domain.audit import THIS_MACHINE
from services.desk.domain.people import ADMINISTRATOR_ID, Membership
from services.desk.store import people, versions
from services.desk.store.people import Known
from services.desk.use_cases.people import (
    Change,
    ChangedMeanwhile,
    LastAdministrator,
    UnknownPerson,
    administrator_without_a_way_in,
    change,
    people_of,
    record,
    record_all,
    recorded_of,
    set_disabled,
)
from services.desk.use_cases.people_file import FaultyFile
from tests.support.desk import Desk, described

PLAN_FILE = Path("deploy/plans/qingshanhu.toml")
PLAN = load_plan(PLAN_FILE)


async def known(desk: Desk, id_: str) -> Known:
    async with desk.database.read() as conn:
        found = await people.person_of(conn, id_)
    assert found is not None
    return found


class TestRecording:
    async def test_keeps_a_person_as_described_and_counts_versions(self, desk: Desk) -> None:
        one = replace(
            described("li", ActingRole.HANDLER, ActingRole.DEPARTMENT),
            memberships=frozenset(
                {Membership(department="police", area="e"), Membership(department="fire")}
            ),
        )
        async with desk.database.write() as conn:
            assert await record(conn, one, now=desk.clock()) is Change.ADDED
            assert await record(conn, one, now=desk.clock()) is Change.UNCHANGED
            other = replace(one, memberships=frozenset({Membership(shift="night")}))
            assert await record(conn, other, now=desk.clock()) is Change.CHANGED
        found = await known(desk, "li")
        assert (found.described, found.version) == (other, 2)

    async def test_of_many_tells_what_was_done(self, desk: Desk) -> None:
        await desk.add("p1", ActingRole.HANDLER)
        many = [described(f"p{n}", ActingRole.HANDLER) for n in range(1_200)]
        many[7] = replace(many[7], name="another name")
        now = desk.clock()
        done = await record_all(many, database=desk.database, now=now)
        assert done == {Change.ADDED: 1_199, Change.CHANGED: 0, Change.UNCHANGED: 1}
        async with desk.database.read() as conn:
            ids = [one.id for one in await people.persons_after(conn, "p1198", most=3)]
        assert ids == ["p1199", "p12", "p120"]

    async def test_of_new_ones_alone_leaves_the_others_as_they_are(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.DISPATCHER)
        again = [described("li", ActingRole.HANDLER), described("wang", ActingRole.HANDLER)]
        done = await record_all(again, database=desk.database, now=desk.clock(), only_new=True)
        assert done == {Change.ADDED: 1, Change.CHANGED: 0, Change.UNCHANGED: 1}
        assert (await known(desk, "li")).described.roles == {ActingRole.DISPATCHER}


class TestDisabling:
    async def test_is_kept_and_told_and_taken_back(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        set_to = partial(set_disabled, "li", database=desk.database, now=desk.clock())
        assert await set_to(disabled=True) is Change.CHANGED
        assert await set_to(disabled=True) is Change.UNCHANGED
        assert recorded_of(await known(desk, "li")).disabled
        assert await set_to(disabled=False) is Change.CHANGED
        assert not recorded_of(await known(desk, "li")).disabled

    async def test_of_nobody_says_so(self, desk: Desk) -> None:
        with pytest.raises(UnknownPerson, match="li"):
            await set_disabled("li", disabled=True, database=desk.database, now=desk.clock())


class TestTelling:
    async def test_is_due_for_what_changed_until_that_version_was_told(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        async with desk.database.write() as conn:
            (due,) = await people.untold(conn, most=10)
            await versions.told(conn, people.PERSON, [(due.id, due.version)])
            assert await people.untold(conn, most=10) == []
        await desk.add("li", ActingRole.DISPATCHER)
        async with desk.database.write() as conn:
            # Of the state before: the new one is still due.
            await versions.told(conn, people.PERSON, [("li", 1)])
            (due,) = await people.untold(conn, most=10)
        assert due.version == 2

    async def test_has_the_whole_state_and_nothing_that_opens(self, desk: Desk) -> None:
        one = replace(
            described("li", ActingRole.HANDLER),
            memberships=frozenset(
                {
                    Membership(department="police", area="e", shift="night"),
                    Membership(department="police", area="w", shift="night"),
                    Membership(area="n"),
                }
            ),
        )
        await desk.let_in("li", ActingRole.HANDLER)
        async with desk.database.write() as conn:
            await record(conn, one, now=desk.clock())
        told = recorded_of(await known(desk, "li")).model_dump(exclude_none=True)
        assert told == {
            "id": "li",
            "version": 2,
            "at": desk.clock(),
            "name": "li by name",
            "roles": ("handler",),
            "memberships": (
                {"areas": ("n",)},
                {"department": "police", "areas": ("e", "w"), "shift": "night"},
            ),
            "disabled": False,
        }


class TestFirstAdministrator:
    async def test_is_made_and_asked_for_until_one_can_sign_in(self, desk: Desk) -> None:
        for _ in range(2):
            async with desk.database.write() as conn:
                found = await administrator_without_a_way_in(conn, now=desk.clock())
            assert found == ADMINISTRATOR_ID
        await desk.let_in(ADMINISTRATOR_ID, ActingRole.ADMINISTRATOR)
        async with desk.database.write() as conn:
            assert await administrator_without_a_way_in(conn, now=desk.clock()) is None

    async def test_is_one_that_was_named_already(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.ADMINISTRATOR)
        async with desk.database.write() as conn:
            assert await administrator_without_a_way_in(conn, now=desk.clock()) == "li"

    async def test_is_nobody_who_was_disabled(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.ADMINISTRATOR)
        now = desk.clock()
        async with desk.database.write() as conn:
            await people.set_disabled(conn, await known(desk, "li"), now, now=now)
        async with desk.database.write() as conn:
            found = await administrator_without_a_way_in(conn, now=desk.clock())
        assert found == ADMINISTRATOR_ID


class TestAdding:
    async def test_at_once_adds_one_and_tells_the_others(self, desk: Desk) -> None:
        one = described("li", ActingRole.HANDLER)
        done = await asyncio.gather(
            *(
                change(one, seen=0, database=desk.database, now=desk.clock(), by=THIS_MACHINE)
                for _ in range(6)
            ),
            return_exceptions=True,
        )
        assert [one for one in done if not isinstance(one, ChangedMeanwhile)] == [Change.ADDED]

    async def test_by_two_files_at_once_adds_everybody(self, desk: Desk) -> None:
        many = [described(f"p{number}", ActingRole.HANDLER) for number in range(20)]
        now = desk.clock()
        done = await asyncio.gather(
            *(record_all(many, database=desk.database, now=now) for _ in range(2))
        )
        assert sorted(one[Change.ADDED] for one in done) == [0, 20]


class TestLastAdministrator:
    async def test_stays_whoever_takes_the_right_away_from_whom_at_once(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.ADMINISTRATOR)
        await desk.add("wang", ActingRole.ADMINISTRATOR)
        done = await asyncio.gather(
            *(
                set_disabled(one, disabled=True, database=desk.database, now=desk.clock())
                for one in ("li", "wang")
            ),
            return_exceptions=True,
        )
        assert sorted(map(type, done), key=str) == sorted([Change, LastAdministrator], key=str)

    async def test_stays_by_a_file_of_people(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.ADMINISTRATOR)
        again = [described("li", ActingRole.HANDLER)]
        with pytest.raises(LastAdministrator, match="li"):
            await record_all(again, database=desk.database, now=desk.clock())
        both = [*again, described("wang", ActingRole.ADMINISTRATOR)]
        done = await record_all(both, database=desk.database, now=desk.clock())
        assert (done[Change.ADDED], done[Change.CHANGED]) == (1, 1)


class TestPeopleOfPlan:
    async def test_are_its_heads_its_handlers_and_its_supervision(self, desk: Desk) -> None:
        found = {one.id: one for one in people_of(PLAN)}
        assert len(found) > 10
        for department in PLAN.departments.values():
            for person in department.people:
                assert Membership(department=department.code) in found[person.id].memberships
            if department.head is not None:
                assert ActingRole.DEPARTMENT in found[department.head.id].roles
        done = await record_all(found.values(), database=desk.database, now=desk.clock())
        assert done[Change.ADDED] == len(found)

    def test_are_none_whom_no_story_could_name(self, tmp_path: Path) -> None:
        text = PLAN_FILE.read_text(encoding="utf-8")
        odd = text.replace('"em-duty-1"', '".."').replace('"值班员2"', '"key：2"')
        file = tmp_path / "plan.toml"
        file.write_text(odd, encoding="utf-8")
        with pytest.raises(FaultyFile, match=r"(?s)'\.\.': id: .*'em-duty-2': name: "):
            people_of(load_plan(file))

    async def test_decide_only_where_the_supervision_does(self) -> None:
        for one in people_of(PLAN):
            deciding = ActingRole.SUPERVISOR in one.roles
            assert deciding <= (Membership(department="supervision") in one.memberships)
            assert ActingRole.ADMINISTRATOR not in one.roles


class TestTime:
    async def test_of_a_change_is_kept(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        desk.clock.pass_by(timedelta(hours=1))
        await desk.add("li", ActingRole.DISPATCHER)
        assert (await known(desk, "li")).changed_at == desk.clock()
