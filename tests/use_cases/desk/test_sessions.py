"""How long a session lasts, and what ends it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.roles import ActingRole
from schemas.vocabulary import Door
from services.desk.domain.lasting import IDLE, LONGEST
from services.desk.domain.people import Described, Membership
from services.desk.use_cases.lasting import (
    end_others,
    end_own,
    forget_what_is_over,
    own_sessions,
    signed_in,
)
from services.desk.use_cases.people import record, set_disabled
from services.desk.use_cases.sign_in import Given, sign_in
from tests.support.desk import BROWSER, GOOD, Desk, described

MOMENT = timedelta(seconds=1)


async def lasts(desk: Desk, token: str) -> bool:
    return await signed_in(token, identity=desk.identity) is not None


async def again(desk: Desk, device: str = "another browser") -> str:
    browser = replace(BROWSER, device=device)
    return await sign_in(Given(person="li", password=GOOD), browser, identity=desk.identity)


class TestSession:
    async def test_proves_nobody_who_would_be_named_as_a_machine(self, desk: Desk) -> None:
        assert not await lasts(desk, await desk.let_in("key:hotline", ActingRole.HANDLER))

    async def test_ends_when_nobody_used_it_for_half_an_hour(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        desk.clock.pass_by(IDLE - MOMENT)
        assert await lasts(desk, token)
        desk.clock.pass_by(IDLE - MOMENT)
        assert await lasts(desk, token)
        desk.clock.pass_by(IDLE)
        assert not await lasts(desk, token)

    async def test_ends_after_twelve_hours_however_busy(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        began, step = desk.clock.now, timedelta(minutes=20)
        while await lasts(desk, token):
            desk.clock.pass_by(step)
        assert desk.clock.now - began == LONGEST

    @pytest.mark.parametrize("odd", ["", "x", "a" * 5_000, "ключ"])
    async def test_is_none_for_a_token_that_nobody_was_given(self, desk: Desk, odd: str) -> None:
        assert not await lasts(desk, odd)

    async def test_makes_an_actor_of_the_person_as_they_are_now(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        one = Described(
            id="li",
            name="Li Wei",
            roles=frozenset({ActingRole.HANDLER}),
            memberships=frozenset({Membership(department="police", area="east", shift="night")}),
        )
        async with desk.database.write() as conn:
            await record(conn, one, now=desk.clock())
        actor = (await desk.who(await again(desk))).actor
        assert not await lasts(desk, token)
        assert (actor.id, actor.name, actor.door) == ("li", "Li Wei", Door.DESK)
        assert ([*actor.departments], [*actor.areas]) == (["police"], ["east"])
        assert actor.acting.roles == ("handler",)


class TestEnd:
    async def test_comes_with_other_roles(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        await desk.add("li", ActingRole.DISPATCHER)
        assert not await lasts(desk, token)

    async def test_comes_with_another_department(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        await desk.add("li", ActingRole.HANDLER, departments=["police"])
        assert not await lasts(desk, token)

    async def test_does_not_come_with_another_name(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        async with desk.database.write() as conn:
            renamed = replace(described("li", ActingRole.HANDLER), name="Li")
            await record(conn, renamed, now=desk.clock())
        assert (await desk.who(token)).actor.name == "Li"

    async def test_comes_when_the_person_is_let_in_no_longer(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        await set_disabled("li", disabled=True, database=desk.database, now=desk.clock())
        assert not await lasts(desk, token)
        await set_disabled("li", disabled=False, database=desk.database, now=desk.clock())
        assert not await lasts(desk, token)


class TestOwnSessions:
    async def test_are_listed_and_ended_one_by_one(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        desk.clock.pass_by(MOMENT)
        other = await again(desk)
        who = await desk.who(token)
        found = await own_sessions(who, identity=desk.identity)
        assert [one.device for one in found] == ["another browser", "a browser"]
        await end_own(who, found[0].token_hash, identity=desk.identity)
        assert (await lasts(desk, token), await lasts(desk, other)) == (True, False)

    async def test_of_others_are_not_touched(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        others = await desk.let_in("wang", ActingRole.HANDLER)
        theirs = (await desk.who(others)).session.token_hash
        await end_own(await desk.who(token), theirs, identity=desk.identity)
        assert await lasts(desk, others)

    async def test_are_ended_all_but_one(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        others = [await again(desk) for _ in range(3)]
        await end_others(await desk.who(token), identity=desk.identity)
        assert [await lasts(desk, one) for one in (token, *others)] == [True, False, False, False]


class TestForgetting:
    async def test_takes_what_is_over_and_leaves_what_lasts(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        await desk.link("li")
        desk.clock.pass_by(LONGEST + MOMENT)
        token = await again(desk)
        desk.clock.pass_by(MOMENT)
        await forget_what_is_over(desk.database, now=desk.clock())
        async with desk.database.read() as conn:
            kept = await conn.exec_driver_sql("SELECT count(*) FROM desk_session")
            assert kept.scalar() == 1
        assert await lasts(desk, token)
        desk.clock.pass_by(timedelta(hours=48))
        await forget_what_is_over(desk.database, now=desk.clock())
        async with desk.database.read() as conn:
            for table in ("desk_session", "one_time_link", "sign_in_failure"):
                found = await conn.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
                assert (table, found.scalar()) == (table, 0)
