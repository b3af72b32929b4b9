"""The models are what the revisions make, on both engines, and a difference is seen."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, inspect, text

from schemas.topics import SERVICES
from services.kit.sql.database import open_engine
from services.kit.sql.migrations import differences, upgrade
from services.kit.sql.revisions import VERSION_TABLE
from services.machine.services import REGISTRY
from services.router.migrations import HISTORY as ROUTER
from tests.support.databases import Place

_INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
UNCONDITIONAL = (
    "DROP INDEX ix_outbox_chunk_waiting; "
    "CREATE INDEX ix_outbox_chunk_waiting ON outbox_chunk (stage)"
)


def catalogue(conn: Connection) -> dict[str, Any]:
    """Return all the database itself knows of its tables."""
    inspector = inspect(conn)
    tables = sorted(set(inspector.get_table_names()) - {VERSION_TABLE})
    indexes = conn.execute(text(_INDEXES[conn.dialect.name])).all()
    return {
        "columns": {
            (table, c["name"]): (str(c["type"]), c["nullable"], c["default"])
            for table in tables
            for c in inspector.get_columns(table)
        },
        "keys": {t: inspector.get_pk_constraint(t)["constrained_columns"] for t in tables},
        "checks": {
            (table, c["name"]): c["sqltext"]
            for table in tables
            for c in inspector.get_check_constraints(table)
        },
        "indexes": {
            name: re.sub(r"\s+", " ", sql) for name, sql in indexes if VERSION_TABLE not in name
        },
    }


async def made_by_models(url: str, metadata: MetaData) -> dict[str, Any]:
    engine = open_engine(url)
    async with engine.begin() as conn:
        await conn.run_sync(metadata.create_all)
        found = await conn.run_sync(catalogue)
    await engine.dispose()
    return found


async def made_by_revisions(url: str) -> dict[str, Any]:
    engine = open_engine(url)
    async with engine.begin() as conn:
        found = await conn.run_sync(catalogue)
    await engine.dispose()
    return found


class TestModels:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_are_what_the_revisions_make(self, service: str, place: Place) -> None:
        history = REGISTRY[service].history
        migrated = place.owner_of(await place.url_of(history))
        assert await differences(history, migrated) == []
        models = await made_by_models(await place.empty(), history.metadata)
        assert await made_by_revisions(migrated) == models
        assert len(models["indexes"]) > 2
        assert all(table in models["keys"] for table in history.metadata.tables)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (
                "ALTER TABLE route_round ADD COLUMN extra TEXT",
                "drop_column('route_round', 'extra')",
            ),
            ("DROP INDEX ix_inbox_seen_at", "create_index"),
            ("DROP TABLE route_round", "create_table('route_round'"),
            (
                UNCONDITIONAL,
                "index ix_outbox_chunk_waiting needs a condition",
            ),
        ],
        ids=["column", "index", "table", "condition"],
    )
    async def test_that_differ_are_told_as_code(self, place: Place, change: str, told: str) -> None:
        url = await place.empty()
        await upgrade(ROUTER, url)
        engine = open_engine(url)
        async with engine.begin() as conn:
            for statement in change.split("; "):
                await conn.execute(text(statement))
        await engine.dispose()
        assert told in "\n".join(await differences(ROUTER, url))
