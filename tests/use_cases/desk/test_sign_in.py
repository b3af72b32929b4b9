"""Sign in with a password: who is let in, who waits, and that nobody learns who is there."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from schemas.roles import ActingRole
from services.desk.store import accounts, people
from services.desk.use_cases.hashing import Hashing
from services.desk.use_cases.identity import Browser, NotLetIn, TooSoon
from services.desk.use_cases.lasting import sign_out, signed_in
from services.desk.use_cases.people import set_disabled
from services.desk.use_cases.sign_in import Given, sign_in
from tests.support.desk import BROWSER, GOOD, SECRET, Desk, desk_on

WRONG = "wrong password"


def given(person: str = "li", password: str = GOOD, code: str = "") -> Given:
    return Given(person=person, password=password, code=code)


async def tried(desk: Desk, what: Given, browser: Browser = BROWSER) -> str:
    """Return how a try ended, in a word."""
    try:
        await sign_in(what, browser, identity=desk.identity)
    except (NotLetIn, TooSoon) as refused:
        return type(refused).__name__
    return "in"


async def hash_kept(desk: Desk) -> str:
    async with desk.database.read() as conn:
        account = await accounts.account_of(conn, "li")
    assert account is not None
    return account.password_hash


class TestPassword:
    async def test_lets_in_who_says_it(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        token = await sign_in(given(), BROWSER, identity=desk.identity)
        who = await desk.who(token)
        assert (who.actor.id, [*who.actor.roles]) == ("li", [ActingRole.HANDLER])

    async def test_is_asked_of_nobody_who_has_none(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        assert await tried(desk, given()) == "NotLetIn"
        assert await tried(desk, given(password="")) == "NotLetIn"

    async def test_of_somebody_disabled_lets_nobody_in(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        now = desk.clock()
        await set_disabled("li", disabled=True, database=desk.database, now=now)
        assert await tried(desk, given()) == "NotLetIn"
        await set_disabled("li", disabled=False, database=desk.database, now=now)
        assert await tried(desk, given()) == "in"

    async def test_gives_a_session_of_a_new_id_and_ends_the_one_before(self, desk: Desk) -> None:
        before = await desk.let_in("li", ActingRole.HANDLER)
        browser = replace(BROWSER, token=before)
        after = await sign_in(given(), browser, identity=desk.identity)
        assert after != before
        assert await signed_in(before, identity=desk.identity) is None

    async def test_is_hashed_anew_when_hashes_are_made_otherwise(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        before = await hash_kept(desk)
        dearer = Hashing(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        identity = replace(desk.identity, hashing=dearer)
        assert await tried(Desk(identity, desk.clock), given()) == "in"
        after = await hash_kept(desk)
        assert ("t=1" in before, "t=2" in after) == (True, True)
        assert await tried(Desk(identity, desk.clock), given()) == "in"
        assert await hash_kept(desk) == after


class TestSomebodyUnknown:
    async def test_gets_the_same_answer_after_the_same_work(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        hashed: list[str] = []
        fits = desk.identity.hashing._verified

        def seen(password_hash: str, password: str) -> bool:
            hashed.append(password_hash)
            return fits(password_hash, password)

        desk.identity.hashing._verified = seen  # type: ignore[method-assign] # counts the work
        answers = [await tried(desk, given(one, WRONG)) for one in ("li", "nobody")]
        assert answers == ["NotLetIn", "NotLetIn"]
        assert len(hashed) == 2
        assert next(one.split("$")[:4] for one in hashed) == hashed[1].split("$")[:4]

    async def test_waits_as_long_as_somebody_known(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        told = {
            name: [await tried(desk, given(name, WRONG)) for _ in range(8)]
            for name in ("li", "nobody")
        }
        assert told["li"] == told["nobody"] == ["NotLetIn"] * 6 + ["TooSoon"] * 2


class TestLockOut:
    async def test_takes_the_right_password_no_sooner(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        for _ in range(6):
            await tried(desk, given("li", WRONG))
        assert await tried(desk, given()) == "TooSoon"
        desk.clock.pass_by(timedelta(seconds=6))
        assert await tried(desk, given()) == "in"

    async def test_grows_and_outlasts_a_restart(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        waited = []
        for _ in range(6):
            await tried(desk, given("li", WRONG))
        for _ in range(4):
            again = desk_on(desk.database)  # a process that knows nothing but the database
            again.clock.now = desk.clock.now
            with pytest.raises(TooSoon) as early:
                await sign_in(given(), BROWSER, identity=again.identity)
            waited.append(early.value.seconds)
            desk.clock.pass_by(timedelta(seconds=early.value.seconds))
            assert await tried(desk, given("li", WRONG)) == "NotLetIn"
        assert waited == [5, 10, 20, 40]

    async def test_of_one_name_holds_up_no_other(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        await desk.let_in("wang", ActingRole.HANDLER)
        for _ in range(10):
            await tried(desk, given("li", WRONG))
        assert await tried(desk, given("wang")) == "in"

    async def test_of_an_address_holds_up_every_name_from_there(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        for number in range(31):
            await tried(desk, given(f"guess-{number}", WRONG))
        assert await tried(desk, given()) == "TooSoon"
        assert await tried(desk, given(), replace(BROWSER, address="192.0.2.2")) == "in"

    async def test_is_not_begun_by_an_office_that_signs_in_in_the_morning(self, desk: Desk) -> None:
        for number in range(40):
            await desk.let_in(f"p{number}", ActingRole.HANDLER)
        assert {await tried(desk, given(f"p{n}")) for n in range(40)} == {"in"}

    async def test_counts_each_of_many_tries_at_once(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        wrong = given("li", WRONG)
        outcomes = await asyncio.gather(*(tried(desk, wrong) for _ in range(40)))
        assert outcomes.count("NotLetIn") <= 6
        assert outcomes.count("TooSoon") >= 34


class TestSecondFactor:
    async def test_is_asked_for_once_it_is_set_up(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.SHIFT_LEAD)
        _, secret = await desk.with_factor(token)
        desk.clock.pass_by(timedelta(minutes=1))
        assert await tried(desk, given()) == "NotLetIn"
        assert await tried(desk, given(code="000000")) == "NotLetIn"
        assert await tried(desk, given(code=desk.code_of(secret))) == "in"

    async def test_takes_no_code_twice(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.SHIFT_LEAD)
        _, secret = await desk.with_factor(token)
        assert await tried(desk, given(code=desk.code_of(secret))) == "NotLetIn"  # set up with it
        desk.clock.pass_by(timedelta(minutes=1))
        code = desk.code_of(secret)
        outcomes = await asyncio.gather(*(tried(desk, given(code=code)) for _ in range(4)))
        assert sorted(outcomes) == ["NotLetIn"] * 3 + ["in"]

    async def test_that_nobody_can_read_any_more_lets_nobody_in(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.SHIFT_LEAD)
        _, secret = await desk.with_factor(token)
        elsewhere = desk_on(desk.database, secrets="another secret of somebody else's")
        elsewhere.clock.now = desk.clock.now + timedelta(minutes=1)
        code = elsewhere.code_of(secret)
        assert await tried(elsewhere, given(code=code)) == "NotLetIn"

    async def test_is_read_while_one_secret_replaces_the_other(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.SHIFT_LEAD)
        _, secret = await desk.with_factor(token)
        later = desk_on(desk.database, secrets=f"the-new-one {SECRET}")
        later.clock.now = desk.clock.now + timedelta(minutes=1)
        assert await tried(later, given(code=later.code_of(secret))) == "in"


class TestSigningOut:
    async def test_ends_the_session(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        await sign_out(token, identity=desk.identity)
        assert await signed_in(token, identity=desk.identity) is None


class TestDatabase:
    async def test_keeps_neither_token_nor_password_nor_name_typed(self, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        await tried(desk, given("my password typed as a name", WRONG))
        async with desk.database.read() as conn:
            found = []
            for table in ("desk_session", "local_account", "sign_in_failure", "one_time_link"):
                found += list(await conn.exec_driver_sql(f"SELECT * FROM {table}"))  # noqa: S608 - ours
            person = await people.person_of(conn, "li")
        text = str(found)
        assert person is not None
        assert [one for one in (token, GOOD, "typed as a name") if one in text] == []
