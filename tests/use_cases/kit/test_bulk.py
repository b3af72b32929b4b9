"""Many rows in one statement: the same calls mean the same on SQLite and on PostgreSQL."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    Executable,
    LargeBinary,
    MetaData,
    Text,
    delete,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field

from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows, update_rows
from services.kit.sql.database import Database, open_database, open_engine
from services.kit.sql.declaring import Named, table_of
from services.kit.sql.faults import Rule, broken_rule
from services.kit.sql.waiting import send_waiting, waiting_on
from tests.support.databases import Place
from tests.support.explained import explained

Change = Callable[..., Awaitable[None]]
METADATA = MetaData()
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


class Sample(Named, table=True):
    """A column of every kind that the services' tables have."""

    metadata = METADATA

    id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int = 0
    share: float | None = None
    done: bool = False
    at: datetime | None = None
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    told: list[Any] = Field(sa_type=JSON)
    text: str = Field(default="-", sa_type=Text)


class Other(Named, table=True):
    """A second table, written in the same transactions."""

    metadata = METADATA

    id: UUID = Field(primary_key=True)
    sample: UUID


SAMPLE, OTHER = table_of(Sample), table_of(Other)


def row(id_: UUID, **changes: Any) -> dict[str, Any]:
    return {"id": id_, "kind": "k", "count": 1, "told": ["井", {"a": 1}]} | changes


async def _tables(url: str) -> None:
    engine = open_engine(url)
    async with engine.begin() as conn:
        await conn.run_sync(METADATA.create_all)
    await engine.dispose()


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    opened = open_database(await place.filled("samples", _tables))
    try:
        yield opened
    finally:
        await opened.close()


async def counts(database: Database) -> dict[UUID, int]:
    async with database.read() as conn:
        rows = await conn.execute(select(SAMPLE.c.id, SAMPLE.c.count))
        return {id_: count for id_, count in rows}  # noqa: C416 - rows are not tuples


class TestInsert:
    async def test_keeps_every_kind_of_value_and_the_models_defaults(
        self, database: Database
    ) -> None:
        given = row(ONE, share=0.5, done=True, at=NOON, body=b"\x00\xff")
        async with database.write() as conn:
            await insert_rows(conn, Sample, [given])
            await insert_rows(conn, Sample, [row(TWO)])
        async with database.read() as conn:
            first, second = (await conn.execute(select(SAMPLE).order_by(SAMPLE.c.id))).mappings()
        assert {name: first[name] for name in given} == given
        left_out = [second[name] for name in ("share", "done", "at", "text")]
        assert left_out == [None, False, None, "-"]

    async def test_tells_which_rows_are_new_when_known_ones_are_skipped(
        self, database: Database
    ) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE)])
            new = await insert_rows(
                conn, Sample, [row(ONE, count=9), row(TWO)], skip_known=True, returning="id"
            )
        assert new == [TWO]
        assert await counts(database) == {ONE: 1, TWO: 1}

    async def test_replaces_or_adds_to_what_is_there(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE), row(TWO)])
            await insert_rows(conn, Sample, [row(ONE, count=5)], replace=("count",))
            await insert_rows(conn, Sample, [row(TWO, count=5), row(THREE)], add=("count",))
        assert await counts(database) == {ONE: 5, TWO: 6, THREE: 1}

    async def test_of_nothing_asks_nothing(self, database: Database) -> None:
        async with database.write() as conn:
            assert await insert_rows(conn, Sample, [], returning="id") == []


class TestUpdate:
    async def test_changes_the_rows_of_the_keys_only(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE), row(TWO)])
            await update_rows(conn, Sample, [{"id": ONE, "kind": "k", "count": 7, "told": []}])
        assert await counts(database) == {ONE: 7, TWO: 1}

    async def test_leaves_what_is_as_new_already(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE, count=3), row(TWO, count=3)])
            changes = [
                {"id": ONE, "kind": "k", "count": 3, "text": "again"},
                {"id": TWO, "kind": "k", "count": 4, "text": "newer"},
            ]
            await update_rows(conn, Sample, changes, newer_by="count")
            found = await conn.execute(select(SAMPLE.c.text).order_by(SAMPLE.c.id))
        assert [*found.scalars()] == ["-", "newer"]

    async def test_of_rows_that_must_be_the_same_fails_whole_when_one_is_not(
        self, database: Database
    ) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE), row(TWO)])
        changes = [{"id": id_, "kind": "k", "count": 1, "text": "new"} for id_ in (ONE, TWO)]
        async with database.write() as conn:
            await update_rows(conn, Sample, changes, while_same="count")
        changes[1]["count"] = 2
        with pytest.raises(IntegrityError) as failed:
            await _update_while_same(database, [row | {"text": "newer"} for row in changes])
        assert broken_rule(failed.value) == (Rule.NEVER_NULL, "sample")
        async with database.read() as conn:
            assert {*await conn.scalars(select(SAMPLE.c.text))} == {"new"}


async def _update_while_same(database: Database, changes: list[dict[str, Any]]) -> None:
    async with database.write() as conn:
        await update_rows(conn, Sample, changes, while_same="count")


class TestDelete:
    async def test_drops_the_rows_of_the_keys_and_minds_no_missing_one(
        self, database: Database
    ) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE), row(TWO)])
            await delete_rows(conn, Sample, [{"id": i, "kind": "k"} for i in (ONE, THREE)])
        assert await counts(database) == {TWO: 1}


@pytest.fixture
async def analyzed_empty(postgres_place: Place) -> AsyncIterator[Database]:
    """Yield a database whose planner takes the table to be empty."""
    url = await postgres_place.filled("samples", _tables)
    owner, opened = open_database(postgres_place.owner_of(url)), open_database(url)
    try:
        async with owner.write() as conn:
            await conn.execute(text("ANALYZE sample"))
        yield opened
    finally:
        await owner.close()
        await opened.close()


class TestPlan:
    """A plan is kept while its table grows, so it must be right for a full one from the start."""

    @pytest.mark.parametrize("change", [delete_rows, update_rows])
    async def test_made_while_the_table_was_empty_looks_only_the_given_rows_up(
        self, analyzed_empty: Database, change: Change
    ) -> None:
        rows = [row(UUID(int=n)) for n in range(3_000)]
        keys = [{"id": r["id"], "kind": r["kind"]} for r in rows[:50]]
        changes = keys if change is delete_rows else [key | {"count": 2} for key in keys]
        for _ in range(8):  # from the sixth on it is the plan for any values
            async with analyzed_empty.write() as conn:
                await change(conn, Sample, changes[:1])
        async with analyzed_empty.write() as conn:
            await insert_rows(conn, Sample, rows)
        before = await entries_read(analyzed_empty)
        async with analyzed_empty.write() as conn:
            await change(conn, Sample, changes)
        read = await entries_read(analyzed_empty) - before
        # A scan reads 3,000; a plan made anew, after an analysis, reads the ends of an index.
        assert len(changes) <= read < 2 * len(changes)


async def entries_read(database: Database) -> int:
    asked = "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'sample'"
    async with database.read() as conn:
        await conn.execute(text("SELECT pg_stat_force_next_flush()"))
    async with database.read() as conn:
        return int((await conn.execute(text(asked))).scalar_one())


class TestAmong:
    async def test_finds_the_rows_of_many_values(self, database: Database) -> None:
        many = [UUID(int=n) for n in range(2, 40_000)]
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE), row(TWO), row(THREE)])
            by_id = select(SAMPLE.c.id).where(among(SAMPLE.c.id, "ids"))
            by_kind = select(SAMPLE.c.id).where(among(SAMPLE.c.kind, "kinds"))
            found = await conn.scalars(by_id, {"ids": many})
            of_kind = await conn.scalars(by_kind, {"kinds": ["k", "none"]})
            nothing = await conn.scalars(by_id, {"ids": []})
        assert set(found) == {TWO, THREE}
        assert set(of_kind) == {ONE, TWO, THREE}
        assert [*nothing] == []

    async def test_is_looked_up_beside_other_conditions(self, database: Database) -> None:
        query = select(SAMPLE.c.count).where(among(SAMPLE.c.id, "ids"), SAMPLE.c.kind == "k")
        async with database.read() as conn:
            plan = await explained(conn, lambda conn: conn.execute(query, {"ids": [ONE, TWO]}))
        assert re.search(r"SEARCH sample .*id=\? AND kind=\?|Index Cond: \(\(id = ANY .*kind", plan)

    async def test_is_not_beside_other_conditions(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE), row(TWO), row(THREE)])
            query = select(SAMPLE.c.id).where(~among(SAMPLE.c.id, "ids"), SAMPLE.c.kind == "k")
            found = await conn.scalars(query, {"ids": [ONE]})
        assert set(found) == {TWO, THREE}


async def _both(database: Database) -> None:
    async with database.write() as conn:
        await insert_rows(conn, Other, [{"id": TWO, "sample": ONE}])
        await insert_rows(conn, Sample, [row(TWO), row(ONE)])


class TestWritesThatWait:
    """On PostgreSQL writes to different tables travel together; nobody who reads notices."""

    async def test_a_read_in_the_same_transaction_sees_them(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE)])
            await insert_rows(conn, Other, [{"id": TWO, "sample": ONE}])
            joined = select(SAMPLE.c.id).join(OTHER, OTHER.c.sample == SAMPLE.c.id)
            assert (await conn.scalars(joined)).all() == [ONE]

    async def test_writes_to_one_table_keep_their_order(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE)])
            await insert_rows(conn, Other, [{"id": TWO, "sample": ONE}])
            await update_rows(conn, Sample, [row(ONE, count=2)])
            await delete_rows(conn, Other, [{"id": TWO}])
            await insert_rows(conn, Other, [{"id": TWO, "sample": THREE}])
            await update_rows(conn, Sample, [row(ONE, count=3)])
        async with database.read() as conn:
            assert (await conn.scalars(select(SAMPLE.c["count"]))).all() == [3]
            assert (await conn.scalars(select(OTHER.c.sample))).all() == [THREE]

    async def test_what_was_written_is_gone_with_the_transaction(self, database: Database) -> None:
        with suppress(LookupError):
            async with database.write() as conn:
                await insert_rows(conn, Sample, [row(ONE)])
                raise LookupError
        async with database.write() as conn:
            await insert_rows(conn, Other, [{"id": TWO, "sample": ONE}])
        async with database.read() as conn:
            assert (await conn.scalars(select(SAMPLE.c.id))).all() == []
            assert (await conn.scalars(select(OTHER.c.id))).all() == [TWO]

    async def test_what_the_database_refuses_ends_the_transaction(self, database: Database) -> None:
        async with database.write() as conn:
            await insert_rows(conn, Sample, [row(ONE)])
        with pytest.raises(IntegrityError):
            await _both(database)
        async with database.read() as conn:
            assert (await conn.scalars(select(SAMPLE.c.id))).all() == [ONE]
            assert (await conn.scalars(select(OTHER.c.id))).all() == []

    async def test_so_many_rows_of_two_tables_are_one_message(self, database: Database) -> None:
        async with database.write() as conn:
            if conn.dialect.name != "postgresql":
                return
            waiting = waiting_on(conn)
            await insert_rows(conn, Sample, [row(ONE), row(TWO)])
            await insert_rows(conn, Other, [{"id": TWO, "sample": ONE}])
            assert waiting is not None
            assert waiting.has("sample")
            assert waiting.has("other")
            await send_waiting(conn)
            assert waiting.taken() is None


class TestTransaction:
    """On PostgreSQL the server hears of a transaction when one statement is not enough."""

    async def test_of_reads_and_one_write_is_that_write(self, database: Database) -> None:
        async with database.write() as conn:
            assert (await conn.scalars(select(SAMPLE.c.id))).all() == []
            await insert_rows(conn, Sample, [row(ONE)])
            await insert_rows(conn, Other, [{"id": TWO, "sample": ONE}])
            assert await _is_begun(conn) is (conn.dialect.name == "sqlite")
        assert await counts(database) == {ONE: 1}

    @pytest.mark.parametrize(
        "statement",
        [select(SAMPLE.c.id).with_for_update(), delete(SAMPLE), text("SELECT 1")],
        ids=["lock", "write", "somebody's own words"],
    )
    async def test_begins_with_what_locks_or_writes(
        self, database: Database, statement: Executable
    ) -> None:
        async with database.write() as conn:
            await conn.execute(statement)
            assert await _is_begun(conn)

    async def test_begins_before_a_write_that_is_read_and_goes_with_it(
        self, database: Database
    ) -> None:
        with suppress(LookupError):
            async with database.write() as conn:
                await insert_rows(conn, Sample, [row(ONE)])
                assert (await conn.scalars(select(SAMPLE.c.id))).all() == [ONE]
                raise LookupError
        assert await counts(database) == {}

    async def test_is_the_next_ones_too_whatever_the_connection_did_before(
        self, database: Database
    ) -> None:
        for _ in range(2):
            async with database.write() as conn:
                await conn.execute(delete(SAMPLE))
            with suppress(LookupError):
                async with database.write() as conn:
                    await conn.execute(insert(SAMPLE), [row(ONE)])
                    raise LookupError
        assert await counts(database) == {}


async def _is_begun(conn: AsyncConnection) -> bool:
    driver = (await conn.get_raw_connection()).driver_connection
    if driver is None:
        return False
    if conn.dialect.name == "postgresql":
        return bool(driver.is_in_transaction())
    return bool(driver.in_transaction)
