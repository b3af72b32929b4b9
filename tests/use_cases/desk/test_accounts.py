"""One's own account: a one-time link, another password, a second factor."""

import asyncio
from datetime import timedelta

import pytest

from schemas.roles import ActingRole
from services.desk.bounds import LINK_LASTS
from services.desk.use_cases import accounts
from services.desk.use_cases.identity import NotLetIn, TooSoon, Unfit
from services.desk.use_cases.lasting import signed_in
from services.desk.use_cases.people import set_disabled
from services.desk.use_cases.sign_in import Given, sign_in
from tests.support.desk import BETTER, BROWSER, GOOD, Desk


async def first(desk: Desk, link: str, password: str = GOOD) -> str:
    return await accounts.first_password(link, password, BROWSER, identity=desk.identity)


class TestOneTimeLink:
    async def test_sets_a_password_and_signs_in(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        link = await desk.link("li")
        assert (await accounts.invited(link, identity=desk.identity)).id == "li"
        who = await desk.who(await first(desk, link))
        assert who.actor.id == "li"

    async def test_opens_once_of_many_at_once(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        link = await desk.link("li")

        async def tried() -> str:
            try:
                return await first(desk, link)
            except NotLetIn:
                return ""

        tokens = [one for one in await asyncio.gather(*(tried() for _ in range(8))) if one]
        assert len(tokens) == 1
        assert await signed_in(tokens[0], identity=desk.identity) is not None

    async def test_is_kept_when_the_password_is_not_taken(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        link = await desk.link("li")
        with pytest.raises(Unfit, match="short"):
            await first(desk, link, "short")
        await first(desk, link)

    async def test_has_an_end(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        link = await desk.link("li")
        desk.clock.pass_by(LINK_LASTS)
        with pytest.raises(NotLetIn):
            await first(desk, link)

    async def test_is_replaced_by_the_next_one(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        before = await desk.link("li")
        after = await desk.link("li")
        with pytest.raises(NotLetIn):
            await first(desk, before)
        await first(desk, after)

    async def test_opens_nothing_for_somebody_disabled(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        link = await desk.link("li")
        now = desk.clock()
        await set_disabled("li", disabled=True, database=desk.database, now=now)
        await set_disabled("li", disabled=False, database=desk.database, now=now)
        with pytest.raises(NotLetIn):
            await first(desk, link)

    async def test_that_nobody_made_opens_nothing(self, desk: Desk) -> None:
        for odd in ("", "x", "a" * 4_000):
            with pytest.raises(NotLetIn):
                await accounts.invited(odd, identity=desk.identity)

    async def test_ends_the_sessions_of_whoever_had_the_old_password(self, desk: Desk) -> None:
        before = await desk.let_in("li", ActingRole.HANDLER)
        await first(desk, await desk.link("li"), BETTER)
        assert await signed_in(before, identity=desk.identity) is None


class TestAnotherPassword:
    async def test_replaces_the_old_one_and_ends_every_other_session(self, desk: Desk) -> None:
        before = await desk.let_in("li", ActingRole.HANDLER)
        other = await sign_in(Given(person="li", password=GOOD), BROWSER, identity=desk.identity)
        who = await desk.who(before)
        after = await accounts.change_password(who, GOOD, BETTER, BROWSER, identity=desk.identity)
        assert (await desk.who(after)).actor.id == "li"
        for ended in (before, other):
            assert await signed_in(ended, identity=desk.identity) is None
        with pytest.raises(NotLetIn):
            await sign_in(Given(person="li", password=GOOD), BROWSER, identity=desk.identity)
        await sign_in(Given(person="li", password=BETTER), BROWSER, identity=desk.identity)

    async def test_asks_for_the_old_one(self, desk: Desk) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        with pytest.raises(NotLetIn):
            await accounts.change_password(who, BETTER, BETTER, BROWSER, identity=desk.identity)

    async def test_is_not_guessed_by_whoever_found_a_browser_open(self, desk: Desk) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        for _ in range(6):
            with pytest.raises(NotLetIn):
                await accounts.change_password(
                    who, "a guess", BETTER, BROWSER, identity=desk.identity
                )
        with pytest.raises(TooSoon):
            await accounts.change_password(who, GOOD, BETTER, BROWSER, identity=desk.identity)

    @pytest.mark.parametrize("bad", ["short", "Password12345", GOOD, "li by name and more"])
    async def test_is_as_good_as_a_first_one(self, desk: Desk, bad: str) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        with pytest.raises(Unfit):
            await accounts.change_password(who, GOOD, bad, BROWSER, identity=desk.identity)


class TestSecondFactor:
    async def test_brings_the_roles_that_decide(self, desk: Desk) -> None:
        before = await desk.let_in("li", ActingRole.SHIFT_LEAD, ActingRole.HANDLER)
        assert (await desk.who(before)).actor.roles == {ActingRole.HANDLER}
        after, _ = await desk.with_factor(before)
        assert (await desk.who(after)).actor.roles == {ActingRole.HANDLER, ActingRole.SHIFT_LEAD}
        assert await signed_in(before, identity=desk.identity) is None

    async def test_counts_only_once_a_code_has_confirmed_it(self, desk: Desk) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        secret = await accounts.begin_factor(who, GOOD, BROWSER, identity=desk.identity)
        account = await accounts.own_account(who, identity=desk.identity)
        assert account is not None
        assert accounts.pending_factor(account, identity=desk.identity) == secret
        with pytest.raises(Unfit):
            await accounts.confirm_factor(who, "000000", BROWSER, identity=desk.identity)
        await sign_in(Given(person="li", password=GOOD), BROWSER, identity=desk.identity)

    async def test_asks_for_the_password(self, desk: Desk) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        with pytest.raises(NotLetIn):
            await accounts.begin_factor(who, "a guess", BROWSER, identity=desk.identity)

    async def test_is_not_replaced_by_a_session_that_did_not_show_it(self, desk: Desk) -> None:
        weak = await desk.let_in("li", ActingRole.HANDLER)
        await desk.with_factor(weak)
        again = await first(desk, await desk.link("li"), GOOD)
        with pytest.raises(NotLetIn):
            await accounts.begin_factor(
                await desk.who(again), GOOD, BROWSER, identity=desk.identity
            )

    async def test_is_not_guessed_while_it_is_set_up(self, desk: Desk) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        await accounts.begin_factor(who, GOOD, BROWSER, identity=desk.identity)
        for _ in range(6):
            with pytest.raises(Unfit):
                await accounts.confirm_factor(who, "000000", BROWSER, identity=desk.identity)
        with pytest.raises(TooSoon):
            await accounts.confirm_factor(who, "000000", BROWSER, identity=desk.identity)

    async def test_without_a_pending_one_confirms_nothing(self, desk: Desk) -> None:
        who = await desk.who(await desk.let_in("li", ActingRole.HANDLER))
        with pytest.raises(Unfit):
            await accounts.confirm_factor(who, "000000", BROWSER, identity=desk.identity)

    async def test_is_taken_away_by_whoever_lets_people_in(self, desk: Desk) -> None:
        token, _ = await desk.with_factor(await desk.let_in("li", ActingRole.SHIFT_LEAD))
        async with desk.database.write() as conn:
            await accounts.take_factor_away(conn, "li", now=desk.clock())
        assert await signed_in(token, identity=desk.identity) is None
        desk.clock.pass_by(timedelta(minutes=1))
        weak = await sign_in(Given(person="li", password=GOOD), BROWSER, identity=desk.identity)
        assert (await desk.who(weak)).actor.roles == frozenset()
