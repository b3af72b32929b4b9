"""An error's way into the log: what failed is told, and not what it carried."""

import json
import logging

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kit.process.logging import JsonFormatter
from services.kit.sql.database import open_database
from services.kit.sql.faults import cause_of
from services.kit.traces import told
from tests.support.databases import Place

CANARY = "13912345678"


def logged(error: BaseException) -> str:
    """Return the log's line of an error that asyncio or a service reports."""
    record = logging.makeLogRecord(
        {"name": "asyncio", "msg": f"never retrieved\nfuture: {error!r}"}
        | {"exc_info": (type(error), error, error.__traceback__)}
    )
    return JsonFormatter("intake").format(record)


class TestFailedStatement:
    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO reporter VALUES (1, :phone)",
            "INSERT INTO reporter VALUES (2, NULL), (3, :phone)",
            "INSERT INTO nowhere VALUES (:phone)",
            "SELECT CAST(:phone AS TEXT), CAST('x' || :phone AS INTEGER), nothing FROM reporter",
        ],
        ids=["key taken", "row refused", "no table", "no column"],
    )
    async def test_is_told_without_its_values(self, place: Place, statement: str) -> None:
        database = open_database(await place.empty())
        async with database.write() as conn:
            table = "CREATE TABLE reporter (id INTEGER PRIMARY KEY, phone VARCHAR(20) NOT NULL)"
            await conn.execute(text(table))
            await conn.execute(text("INSERT INTO reporter VALUES (1, 'x')"))
        with pytest.raises(DBAPIError) as failed:
            async with database.write() as conn:
                await conn.execute(text(statement), {"phone": CANARY})
        await database.close()
        line = logged(failed.value)
        assert CANARY not in line + cause_of(failed.value)
        assert "reporter" in line or "nowhere" in line
        assert "test_traces.py" in line

    async def test_is_told_without_a_value_of_the_wrong_type(self, postgres_place: Place) -> None:
        database = open_database(await postgres_place.empty())
        for statement in (f"SELECT 'x{CANARY}'::INTEGER", "SELECT 1 WHERE 1 = :phone"):
            with pytest.raises(DBAPIError) as failed:
                async with database.write() as conn:
                    await conn.execute(text(statement), {"phone": CANARY})
            errors = logged(failed.value).replace(statement, "")
            assert CANARY not in errors + cause_of(failed.value)
        await database.close()


class TestError:
    def test_is_told_with_its_causes_and_frames(self) -> None:
        with pytest.raises(LookupError) as failed:
            self._fail()
        first, second = told(failed.value).split("The above exception was the direct cause")
        assert first.startswith("Traceback (most recent call last):\n  File ")
        assert "KeyError: 'missing'" in first
        assert second.endswith("LookupError: no such case")
        assert "in _fail" in second

    def _fail(self) -> None:
        try:
            dict[str, str]()["missing"]
        except KeyError as cause:
            raise LookupError("no such case") from cause

    def test_of_a_group_is_told_with_each_of_it(self) -> None:
        group = ExceptionGroup("two", [ValueError("one"), TypeError("other")])
        assert "ValueError: one" in told(group)
        assert told(group).endswith("TypeError: other")

    def test_of_a_model_names_the_field_and_not_the_input(self) -> None:
        class Reporter(BaseModel):
            phone: int

        with pytest.raises(ValidationError) as refused:
            Reporter.model_validate({"phone": f"tel {CANARY}"})
        assert json.loads(logged(refused.value))["exception"].endswith("phone: int_parsing")
        assert CANARY not in logged(refused.value)
