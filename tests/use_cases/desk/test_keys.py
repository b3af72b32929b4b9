"""Keys of systems: made, rotated with an overlap, revoked; and told until everybody has heard."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from schemas.roles import ActingRole
from schemas.scopes import Scope
from schemas.topics import PEOPLE
from services.access.actor import Actor
from services.access.register import Register, Unproven
from services.access.tokens import is_sound, new_token
from services.desk.domain.keys import Asked, KeyRefused
from services.desk.migrations import HISTORY
from services.desk.store import keys as rows
from services.desk.use_cases import keys
from services.desk.use_cases.telling import KEYS, Telling
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.keys import SECRET
from tests.support.published import Log

SECRET_BYTES = SECRET.encode()
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


@pytest.fixture
def log() -> Log:
    return Log()


def asked(**changes: Any) -> Asked:
    fields: dict[str, Any] = {
        "name": "hotline",
        "scopes": frozenset({Scope.REPORTS_WRITE}),
        "sources": frozenset({"hotline-12345"}),
    }
    return Asked(**(fields | changes))


async def create(database: Database, *, now: datetime = NOW, **changes: Any) -> str:
    async with database.write() as conn:
        return await keys.create(conn, asked(**changes), secret=SECRET_BYTES, now=now)


async def rotate(
    database: Database, *, now: datetime, overlap: timedelta = DAY, name: str = "hotline"
) -> str:
    async with database.write() as conn:
        return await keys.rotate(conn, name, overlap=overlap, secret=SECRET_BYTES, now=now)


async def revoke(database: Database, *, now: datetime = NOW, name: str = "hotline") -> int:
    async with database.write() as conn:
        return await keys.revoke(conn, name, now=now)


async def told(database: Database, log: Log) -> Register:
    """Return what everybody knows once all is told."""
    await Telling(database, log, [KEYS]).tell()
    return heard(log)


def heard(log: Log) -> Register:
    register = Register([SECRET_BYTES])
    for message in log.messages:
        assert message.topic == PEOPLE
        register.take(message.key_bytes, message.value)
    return register


class TestKey:
    async def test_is_shown_once_and_kept_as_what_tells_nothing_of_it(
        self, database: Database, log: Log
    ) -> None:
        token = await create(database)
        assert is_sound(token)
        await told(database, log)
        kept = b"".join(message.value or b"" for message in log.messages)
        assert token.encode() not in kept
        async with database.read() as conn:
            (key,) = await rows.keys_after(conn, "", most=10)
        assert token not in repr(key)

    async def test_proves_what_it_was_made_for(self, database: Database, log: Log) -> None:
        token = await create(
            database,
            scopes=frozenset({Scope.ANSWERS_WRITE, Scope.COMMANDS_WRITE}),
            roles=frozenset({ActingRole.HANDLER}),
            sources=frozenset(),
            parties=frozenset({"police", "fire"}),
        )
        actor = (await told(database, log)).actor_of(token, now=NOW)
        assert isinstance(actor, Actor)
        assert actor.id == "key:hotline"
        assert actor.scopes == {Scope.ANSWERS_WRITE, Scope.COMMANDS_WRITE}
        assert actor.departments == {"police", "fire"}
        assert actor.roles == {ActingRole.HANDLER}

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"scopes": frozenset()}, "scope: name at least one"),
            ({"sources": frozenset()}, "source: reports.write needs one, or everywhere"),
            ({"scopes": frozenset({Scope.ANSWERS_WRITE})}, "party: answers.write needs one"),
            ({"everywhere": True}, "everywhere: is bound to nothing"),
            ({"scopes": frozenset({Scope.COMMANDS_WRITE})}, "role: commands.write needs one"),
            ({"name": "two words"}, "name: 'two words' is no code"),
            ({"name": "x" * 65}, "is no code"),
            ({"sources": frozenset({"a/b"})}, "source: 'a/b' is no code"),
            ({"expires_at": NOW}, "days: a key ends after 1 to 3660 days"),
            ({"expires_at": NOW + timedelta(days=4000)}, "days: a key ends"),
        ],
        ids=lambda value: "" if isinstance(value, dict) else value[:25],
    )
    async def test_that_cannot_be_so_is_refused_with_the_reason(
        self, database: Database, changes: dict[str, Any], told: str
    ) -> None:
        with pytest.raises(KeyRefused, match=told):
            await create(database, **changes)

    async def test_has_a_name_of_its_own(self, database: Database) -> None:
        await create(database)
        with pytest.raises(KeyRefused, match="there is a key hotline: rotate or revoke"):
            await create(database)
        await revoke(database)
        await create(database)

    async def test_is_made_once_by_many_who_want_it_at_once(self, database: Database) -> None:
        tried = await asyncio.gather(*(create(database) for _ in range(8)), return_exceptions=True)
        refused = [one for one in tried if isinstance(one, KeyRefused)]
        assert len(refused) == 7, tried
        assert {str(one) for one in refused} == {
            "name: there is a key hotline: rotate or revoke that one"
        }
        async with database.read() as conn:
            assert len(await rows.keys_after(conn, "", most=10)) == 1


class TestRotation:
    async def test_lets_both_tokens_in_for_as_long_as_it_says(
        self, database: Database, log: Log
    ) -> None:
        old = await create(database)
        new = await rotate(database, now=NOW + DAY, overlap=2 * DAY)
        register = await told(database, log)
        for token, at, known in (
            (old, NOW + 2 * DAY, True),
            (new, NOW + 2 * DAY, True),
            (old, NOW + 3 * DAY, False),
            (new, NOW + 300 * DAY, True),
        ):
            assert isinstance(register.actor_of(token, now=at), Actor) is known
        actors = [register.actor_of(token, now=NOW + 2 * DAY) for token in (old, new)]
        assert actors[0] == actors[1]

    async def test_makes_a_key_last_as_long_as_it_was_made_for(
        self, database: Database, log: Log
    ) -> None:
        await create(database, expires_at=NOW + 30 * DAY)
        new = await rotate(database, now=NOW + 20 * DAY)
        register = await told(database, log)
        assert isinstance(register.actor_of(new, now=NOW + 49 * DAY), Actor)
        assert register.actor_of(new, now=NOW + 50 * DAY) is Unproven.EXPIRED

    async def test_never_makes_an_old_token_last_longer(self, database: Database, log: Log) -> None:
        old = await create(database, expires_at=NOW + DAY)
        await rotate(database, now=NOW, overlap=30 * DAY)
        assert (await told(database, log)).actor_of(old, now=NOW + DAY) is Unproven.EXPIRED

    async def test_of_a_key_that_is_not_there_is_refused(self, database: Database) -> None:
        with pytest.raises(KeyRefused, match="there is no key hotline"):
            await rotate(database, now=NOW)

    async def test_with_an_overlap_without_end_is_refused(self, database: Database) -> None:
        await create(database)
        with pytest.raises(KeyRefused, match="overlap: 0 to 90 days"):
            await rotate(database, now=NOW, overlap=timedelta(days=91))


class TestRevoking:
    async def test_ends_every_token_of_a_key(self, database: Database, log: Log) -> None:
        tokens = [await create(database), await rotate(database, now=NOW)]
        assert await revoke(database) == 2
        register = await told(database, log)
        assert [register.actor_of(token, now=NOW) for token in tokens] == [Unproven.REVOKED] * 2

    async def test_of_a_key_that_is_not_there_is_refused(self, database: Database) -> None:
        with pytest.raises(KeyRefused, match="there is no key hotline"):
            await revoke(database)


class TestFirstKey:
    async def test_is_kept_once(self, database: Database) -> None:
        token = await create(database)
        for _ in range(2):
            async with database.write() as conn:
                await keys.keep_first(conn, token, secret=SECRET_BYTES, now=NOW)
        async with database.read() as conn:
            assert len(await rows.keys_after(conn, "", most=10)) == 1

    async def test_that_was_revoked_stays_revoked(self, database: Database, log: Log) -> None:
        token = new_token()
        for _ in range(2):
            async with database.write() as conn:
                await keys.keep_first(conn, token, secret=SECRET_BYTES, now=NOW)
            await told(database, log)
            async with database.write() as conn:
                if any(key.is_live(NOW) for key in await rows.named(conn, keys.FIRST)):
                    await keys.revoke(conn, keys.FIRST, now=NOW)
        assert (await told(database, log)).actor_of(token, now=NOW) is Unproven.REVOKED


class TestTelling:
    async def test_tells_each_state_once(self, database: Database, log: Log) -> None:
        await create(database)
        await told(database, log)
        await told(database, log)
        assert len(log.messages) == 1
        await revoke(database)
        await told(database, log)
        assert len(log.messages) == 2

    async def test_tells_again_what_the_log_did_not_take(self, database: Database) -> None:
        token = await create(database)
        with pytest.raises(KafkaConnectionError):
            await Telling(database, Log(is_down=True), [KEYS]).tell()
        assert isinstance((await told(database, Log())).actor_of(token, now=NOW), Actor)

    async def test_tells_more_keys_than_fit_into_one_transaction(
        self, database: Database, log: Log
    ) -> None:
        tokens = [await create(database, name=f"key-{number}") for number in range(205)]
        register = await told(database, log)
        assert all(isinstance(register.actor_of(token, now=NOW), Actor) for token in tokens)


class TestComparing:
    async def test_tells_again_what_a_lost_topic_lacks(self, database: Database, log: Log) -> None:
        token = await create(database)
        await told(database, log)
        log.messages.clear()
        telling = Telling(database, log, [KEYS])
        assert await telling.compare(heard(log)) == 1
        await telling.tell()
        assert isinstance(heard(log).actor_of(token, now=NOW), Actor)
        assert await telling.compare(heard(log)) == 0

    async def test_leaves_revoked_what_tables_of_a_backup_know_as_good(
        self, database: Database, log: Log
    ) -> None:
        token = await create(database)
        register = await told(database, log)
        known = register.state(next(iter(register.names())))
        assert known is not None
        later = known.model_copy(update={"version": 7, "revoked_at": NOW})
        register.note(later)
        telling = Telling(database, log, [KEYS])
        assert await telling.compare(register) == 1
        await telling.tell()
        for message in log.messages:
            register.take(message.key_bytes, message.value)
        assert register.actor_of(token, now=NOW) is Unproven.REVOKED
        newest = register.state(later.key)
        assert newest is not None
        assert newest.version == 8

    async def test_takes_off_what_no_table_knows(self, database: Database, log: Log) -> None:
        token = await create(database)
        register = await told(database, log)
        async with database.write() as conn:
            await conn.exec_driver_sql("DELETE FROM access_key")
        await Telling(database, log, [KEYS]).compare(register)
        assert heard(log).actor_of(token, now=NOW) is Unproven.UNKNOWN
