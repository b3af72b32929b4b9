"""Tables that were put back from a backup tell no old right over a newer one, and are heard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, select

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.register import Register, Unproven
from services.access.tokens import new_token
from services.desk.domain.keys import Asked
from services.desk.migrations import HISTORY
from services.desk.store import people
from services.desk.store.identity_tables import IDENTITY_METADATA
from services.desk.store.key_table import KEY_METADATA
from services.desk.use_cases import keys
from services.desk.use_cases.lasting import signed_in
from services.desk.use_cases.people import set_disabled
from services.desk.use_cases.telling import ALL, Telling
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.desk import Desk, desk_on
from tests.support.keys import SECRET
from tests.support.published import Log

SECRET_BYTES = SECRET.encode()
DAY = timedelta(days=1)
_TABLES = (*IDENTITY_METADATA.sorted_tables, *KEY_METADATA.sorted_tables)
HANDLER, SUPERVISOR = ActingRole.HANDLER, ActingRole.SUPERVISOR

PutBack = Callable[[], Awaitable[None]]


class House:
    """A desk, the topic it tells on, and a backup of its tables."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.log = desk, Log()

    @property
    def database(self) -> Database:
        return self.desk.database

    async def key(self, name: str = "hotline") -> str:
        asked = Asked(name=name, scopes=frozenset({Scope.METRICS_READ}), everywhere=True)
        async with self.database.write() as conn:
            return await keys.create(conn, asked, secret=SECRET_BYTES, now=self.desk.clock())

    async def revoke(self, name: str = "hotline") -> None:
        async with self.database.write() as conn:
            await keys.revoke(conn, name, now=self.desk.clock())

    async def disable(self, id_: str, *, disabled: bool = True) -> None:
        now = self.desk.clock()
        await set_disabled(id_, disabled=disabled, database=self.database, now=now)

    async def backup(self) -> PutBack:
        """Copy the tables; returns what puts them back, a day later."""
        await self.told()
        async with self.database.read() as conn:
            kept = [(one, (await conn.execute(select(one))).mappings().all()) for one in _TABLES]
        self.desk.clock.pass_by(DAY)

        async def put_back() -> None:
            await self.told()
            self.desk.clock.pass_by(DAY)
            async with self.database.write() as conn:
                for table, rows in kept:
                    await conn.execute(delete(table))
                    if rows:
                        await conn.execute(table.insert(), [dict(row) for row in rows])

        return put_back

    async def told(self) -> Register:
        """Return what everybody knows while the desk goes on."""
        await Telling(self.database, self.log, ALL).tell()
        return self.heard()

    async def started(self) -> Register:
        """Return what everybody knows once the desk has started with the tables that are there."""
        await Telling(self.database, self.log, ALL).compare(self.heard())
        register = await self.told()
        assert await Telling(self.database, self.log, ALL).compare(register) == 0
        return register

    def heard(self) -> Register:
        register = Register([SECRET_BYTES])
        for message in self.log.messages:
            register.take(message.key_bytes, message.value)
        return register


@pytest.fixture
async def house(place: Place) -> AsyncIterator[House]:
    async with place.opened(HISTORY) as opened:
        yield House(desk_on(opened))


def roles_of(register: Register, id_: str) -> tuple[str, ...]:
    found = register.person(id_)
    assert found is not None
    return found.roles


def is_let_in(register: Register, id_: str) -> bool:
    found = register.person(id_)
    assert found is not None
    return not found.disabled


class TestKey:
    async def test_that_was_revoked_since_stays_revoked(self, house: House) -> None:
        token = await house.key()
        put_back = await house.backup()
        await house.revoke()
        await put_back()
        register = await house.started()
        assert register.actor_of(token, now=house.desk.clock()) is Unproven.REVOKED

    async def test_whose_token_was_replaced_since_does_not_get_its_old_end_back(
        self, house: House
    ) -> None:
        token = await house.key()
        put_back = await house.backup()
        async with house.database.write() as conn:
            now = house.desk.clock()
            await keys.rotate(conn, "hotline", overlap=DAY / 24, secret=SECRET_BYTES, now=now)
        await put_back()
        register = await house.started()
        assert register.actor_of(token, now=house.desk.clock()) is Unproven.EXPIRED

    async def test_that_is_revoked_before_the_desk_starts_is_so(self, house: House) -> None:
        token = await house.key()
        put_back = await house.backup()
        async with house.database.write() as conn:
            now = house.desk.clock()
            await keys.rotate(conn, "hotline", overlap=9 * DAY, secret=SECRET_BYTES, now=now)
        await put_back()
        await house.revoke()
        register = await house.started()
        assert register.actor_of(token, now=house.desk.clock()) is Unproven.REVOKED

    async def test_goes_on_where_nothing_was_said_since(self, house: House) -> None:
        token = await house.key()
        await (await house.backup())()
        register = await house.started()
        assert isinstance(register.actor_of(token, now=house.desk.clock()), Actor)

    async def test_first_of_a_house_stays_revoked_in_tables_that_begin_empty(
        self, house: House
    ) -> None:
        token = new_token()
        put_back = await house.backup()
        keep = partial(keys.keep_first, token=token, secret=SECRET_BYTES, now=house.desk.clock())
        async with house.database.write() as conn:
            await keep(conn)
        await house.told()
        await house.revoke(keys.FIRST)
        await put_back()
        async with house.database.write() as conn:
            await keep(conn)
        register = await house.started()
        assert register.actor_of(token, now=house.desk.clock()) is Unproven.REVOKED


class TestPerson:
    async def test_has_the_roles_that_were_given_and_taken_since(self, house: House) -> None:
        session = await house.desk.let_in("li", HANDLER, SUPERVISOR)
        await house.desk.add("wang", HANDLER)
        put_back = await house.backup()
        await house.desk.add("li", HANDLER, departments=["police"])
        await house.desk.add("wang", HANDLER, SUPERVISOR)
        await put_back()
        register = await house.started()
        assert roles_of(register, "li") == (HANDLER,)
        assert roles_of(register, "wang") == (HANDLER, SUPERVISOR)
        async with house.database.read() as conn:
            found = await people.person_of(conn, "li")
        assert found is not None
        assert found.described.roles == {HANDLER}
        assert [one.department for one in found.described.memberships] == ["police"]
        assert await signed_in(session, identity=house.desk.identity) is None

    async def test_who_was_disabled_since_stays_so_also_if_changed_before_the_desk_starts(
        self, house: House
    ) -> None:
        for id_ in ("li", "wang"):
            await house.desk.add(id_, HANDLER)
        put_back = await house.backup()
        for id_ in ("li", "wang"):
            await house.disable(id_)
        await put_back()
        await house.desk.add("wang", SUPERVISOR)
        register = await house.started()
        assert not is_let_in(register, "li")
        assert not is_let_in(register, "wang")
        assert roles_of(register, "wang") == (SUPERVISOR,)

    async def test_who_was_enabled_since_is_let_in(self, house: House) -> None:
        await house.desk.add("li", HANDLER)
        await house.disable("li")
        put_back = await house.backup()
        await house.disable("li", disabled=False)
        await put_back()
        assert is_let_in(await house.started(), "li")

    async def test_whose_change_comes_after_many_others_is_heard(self, house: House) -> None:
        await house.desk.add("li", HANDLER)
        put_back = await house.backup()
        for roles in ((SUPERVISOR,), (HANDLER, SUPERVISOR), (HANDLER,)):
            await house.desk.add("li", *roles)
            await house.told()
        await put_back()
        await house.started()
        await house.disable("li")
        assert not is_let_in(await house.told(), "li")
