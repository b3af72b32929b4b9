"""A person is found by what they left; erasing destroys that for good, and nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from schemas.events.incident import Contact
from services.intake.migrations import HISTORY
from services.intake.store.contacts import Kept
from services.intake.store.looks import Look, add_look
from services.intake.store.tables import ReporterContact
from services.intake.use_cases.contacts import opened_contact
from services.intake.use_cases.persons import Who, erase, held_of
from services.kit.sealing.envelope import Spoilt
from services.kit.sealing.keys import KeyFile, Ring
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of
from tests.support.databases import Place
from tests.support.intake import HERE, KEYS, NOON, RING, north_of, recorded, report, report_at

LI_LEI = {"name": "Li Lei", "phone": "138 0013 8000", "email": "Li.Lei@example.org"}
LATER = (NOON + timedelta(minutes=1)).isoformat()
FIRST = report(1, contact=LI_LEI)
SECOND = report_at(north_of(HERE, 900), 2, contact={"phone": "+86 13800138000"}, reported_at=LATER)
OTHERS = report_at(north_of(HERE, 1_800), 3, contact={"phone": "13900139000"})
PHONE = Who(phone="0086-13800138000")


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        await recorded(opened, [FIRST, SECOND, OTHERS])
        yield opened


async def kept_of(database: Database) -> Kept:
    contact = table_of(ReporterContact)
    async with database.read() as conn:
        query = select(contact).where(contact.c.case_id == FIRST.case_id)
        row = (await conn.execute(query)).one()
    return Kept(row.case_id, row.key_id, row.data_key, row.sealed)


async def everything_else(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table but contacts and erasures."""
    names = set(HISTORY.metadata.tables) - {"reporter_contact", "erasure"}
    async with database.read() as conn:
        return {
            name: [tuple(row) for row in await conn.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608 - our own names
            for name in sorted(names)
        }


async def ids(database: Database, who: Who, *, keys: KeyFile = KEYS) -> set[str]:
    return {one.report.source_id for one in await held_of(database, who, keys=keys)}


class TestPerson:
    async def test_is_found_by_number_address_and_report(self, database: Database) -> None:
        assert await ids(database, PHONE) == {"1", "2"}
        assert await ids(database, Who(mail="LI.LEI@EXAMPLE.ORG ")) == {"1"}
        assert await ids(database, Who(report=(OTHERS.source, OTHERS.id))) == {"3"}
        assert await ids(database, Who(phone="13700137000")) == set()
        assert await ids(database, Who(report=("nobody", "9"))) == set()

    async def test_is_found_whichever_key_was_in_use(self, database: Database) -> None:
        ring = Ring({**RING.keys, "second": bytes(32)})
        later = report_at(north_of(HERE, 2_700), 4, contact=LI_LEI)
        await recorded(database, [later], ring=ring)

        assert await ids(database, PHONE, keys=KeyFile(Path("none"), ring)) == {"1", "2", "4"}

    async def test_is_told_who_looked_at_their_contact(self, database: Database) -> None:
        async with database.write() as conn:
            for number, seen in enumerate((FIRST, OTHERS)):
                look = Look(
                    id=OTHERS.case_id if number else FIRST.case_id,
                    case_id=FIRST.case_id,
                    person="p1",
                    name="Zhang San",
                    role="handler",
                    departments="fire",
                    reason="call back",
                    seen=str(seen.case_id),
                    at=NOON,
                )
                await add_look(conn, look)

        first, _ = await held_of(database, PHONE, keys=KEYS)

        assert first.contact == Contact(**LI_LEI)
        assert [(one.person, one.reason) for one in first.looks] == [("p1", "call back")]


class TestErasedPerson:
    async def erased(self, database: Database) -> None:
        found = await held_of(database, PHONE, keys=KEYS)
        reports = [one.report.case_id for one in found]
        await erase(database, reports, reason="asked by mail", by="dpo", now=NOON)

    async def test_cannot_be_read_any_more_by_anybody(self, database: Database) -> None:
        before = await kept_of(database)
        await self.erased(database)

        assert tuple(await kept_of(database)) == (FIRST.case_id, "", None, None)
        gone = before._replace(data_key=b"")
        with pytest.raises(Spoilt):
            opened_contact(gone, ring=RING)
        if "sqlite" in database.url:
            file = Path(database.url.partition("///")[2])
            files = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
            assert before.data_key not in files
            assert before.sealed not in files

    async def test_is_found_by_the_report_alone_with_the_proof(self, database: Database) -> None:
        await self.erased(database)

        assert await ids(database, PHONE) == set()
        (held,) = await held_of(database, Who(report=(FIRST.source, FIRST.id)), keys=KEYS)
        assert (held.contact, held.sealed) == (None, False)
        assert [(one.by, one.reason, one.at) for one in held.erasures] == [
            ("dpo", "asked by mail", NOON)
        ]

    async def test_leaves_everything_else_as_it_was(self, database: Database) -> None:
        before = await everything_else(database)

        await self.erased(database)

        assert await everything_else(database) == before
        assert before["report"]
        assert await ids(database, Who(phone="13900139000")) == {"3"}

    async def test_does_not_come_back_with_the_same_report(self, database: Database) -> None:
        await self.erased(database)

        found, _ = await recorded(database, [FIRST])

        assert [one.outcome for one in found] == ["duplicate"]
        assert (await kept_of(database)).data_key is None

    async def test_does_not_come_back_with_a_refused_report_that_is_taken(
        self, database: Database
    ) -> None:
        early = report(9, reported_at=(NOON + timedelta(hours=1)).isoformat(), contact=LI_LEI)
        silent = early.model_copy(update={"contact": None})
        await recorded(database, [silent])
        await erase(database, [early.case_id], reason="asked", by="dpo", now=NOON)

        found, _ = await recorded(database, [early], now=NOON + timedelta(hours=1))

        assert [one.outcome for one in found] == ["merged"]
        assert await ids(database, Who(mail="li.lei@example.org")) == {"1"}

    async def test_may_report_again(self, database: Database) -> None:
        await self.erased(database)

        await recorded(database, [report_at(north_of(HERE, 2_700), 4, contact=LI_LEI)])

        assert await ids(database, PHONE) == {"4"}
