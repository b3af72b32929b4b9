"""How reporters can be reached is kept sealed, whatever release wrote it, and found by marks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select, update

from schemas.events.incident import Contact, IncidentReport
from services.intake.metrics import IntakeMetrics
from services.intake.migrations import HISTORY
from services.intake.store import contacts as store
from services.intake.store.tables import ReporterContact
from services.intake.sweeps import sealing
from services.intake.use_cases.contacts import SPOILT, opened_contact, seal_all, unreadable_keys
from services.kit.sealing.envelope import Spoilt
from services.kit.sealing.keys import KeyFile, Ring
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of
from tests.support.databases import Place
from tests.support.intake import HERE, KEYS, NOON, RING, north_of, recorded, report, report_at

CONTACT = table_of(ReporterContact)
LI_LEI = {"name": "Li Lei", "phone": "138 0013 8000", "email": "Li.Lei@example.org"}
OTHER = Ring({**RING.keys, "second": bytes(range(32, 64))})


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


async def rows(database: Database) -> dict[UUID, ReporterContact]:
    async with database.read() as conn:
        found = (await conn.execute(select(CONTACT))).all()
    return {row.case_id: ReporterContact(**row._asdict()) for row in found}


def kept(row: ReporterContact) -> store.Kept:
    assert row.key_id is not None
    assert row.data_key is not None
    assert row.sealed is not None
    return store.Kept(row.case_id, row.key_id, row.data_key, row.sealed)


async def written_before(database: Database, reports: list[IncidentReport]) -> None:
    """Have contacts as the release before this one wrote them."""
    await recorded(database, [one.model_copy(update={"contact": None}) for one in reports])
    left = [(one.case_id, one.contact) for one in reports]
    async with database.write() as conn:
        await conn.execute(
            insert(CONTACT),
            [
                {"case_id": id_, "name": c.name, "phone": c.phone, "email": c.email}
                for id_, c in left
                if c is not None
            ],
        )


class TestContactOfAReport:
    async def test_is_kept_sealed_and_bound_to_it(self, database: Database) -> None:
        first, second = report(1, contact=LI_LEI), report(2, contact={"phone": "1"})
        await recorded(database, [first, second])

        found = await rows(database)

        row = found[first.case_id]
        assert (row.name, row.phone, row.email) == (None, None, None)
        assert opened_contact(kept(row), ring=RING) == Contact(**LI_LEI)
        swapped = kept(row)._replace(case_id=second.case_id)
        with pytest.raises(Spoilt):
            opened_contact(swapped, ring=RING)

    async def test_is_found_by_number_and_address_however_they_are_written(
        self, database: Database
    ) -> None:
        given = report(1, contact=LI_LEI)
        await recorded(database, [given])

        row = (await rows(database))[given.case_id]

        assert row.phone_mark == RING.mark("13800138000", kind="phone")
        assert row.mail_mark == RING.mark("li.lei@example.org", kind="mail")

    async def test_goes_with_the_case_that_it_is_part_of(self, database: Database) -> None:
        first, joins = report(1), report_at(north_of(HERE, 5), 2, contact=LI_LEI)
        early = (NOON + timedelta(hours=1)).isoformat()
        refused = report(3, reported_at=early, contact=LI_LEI)
        await recorded(database, [first, joins, refused])

        found = await rows(database)

        assert found[joins.case_id].belongs_to == first.case_id
        assert found[refused.case_id].belongs_to == refused.case_id

    async def test_of_one_that_was_refused_is_needed_again_when_it_is_taken(
        self, database: Database
    ) -> None:
        early = report(1, reported_at=(NOON + timedelta(hours=1)).isoformat(), contact=LI_LEI)
        await recorded(database, [early])

        await recorded(database, [early], now=NOON + timedelta(hours=1))

        row = (await rows(database))[early.case_id]
        assert row.kept_from == NOON + timedelta(hours=1)
        assert opened_contact(kept(row), ring=RING) == Contact(**LI_LEI)


class TestContactsOfTheReleaseBefore:
    async def test_are_sealed_in_portions(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.intake.use_cases.contacts.SEALED_AT_ONCE", 2)
        monkeypatch.setattr(store, "SEALED_AT_ONCE", 2)
        reports = [
            report_at(north_of(HERE, 5 * n), n, contact={"phone": f"1380013800{n}"})
            for n in range(1, 6)
        ]
        await written_before(database, reports)

        count = await seal_all(database, keys=KEYS)

        found = await rows(database)
        assert count == len(found) == len(reports)
        for one in reports:
            row = found[one.case_id]
            assert row.phone is None
            assert opened_contact(kept(row), ring=RING) == one.contact
            assert (row.belongs_to, row.kept_from) == (reports[0].case_id, NOON)
        assert await seal_all(database, keys=KEYS) == 0

    async def test_leave_no_byte_in_the_files(self, database: Database) -> None:
        if "sqlite" not in database.url:
            pytest.skip("PostgreSQL's VACUUM takes old rows away")
        await written_before(database, [report(1, contact=LI_LEI)])

        await seal_all(database, keys=KEYS)

        file = Path(database.url.partition("///")[2])
        text = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
        assert b"SQLite format" in text
        assert not [word for word in LI_LEI.values() if word.encode() in text]


class TestAnotherMasterKey:
    async def test_takes_over_what_is_sealed_and_its_marks(self, database: Database) -> None:
        reports = [report_at(north_of(HERE, 100 * n), n, contact=LI_LEI) for n in (1, 2, 3)]
        await recorded(database, reports)
        before = await rows(database)

        count = await seal_all(database, keys=KeyFile(Path("none"), OTHER))

        assert count == len(reports)
        only = Ring({"second": OTHER.keys["second"]})
        for id_, row in (await rows(database)).items():
            assert row.sealed == before[id_].sealed
            assert row.phone_mark == only.mark("13800138000", kind="phone")
            assert opened_contact(kept(row), ring=only) == Contact(**LI_LEI)
        assert await unreadable_keys(database, ring=only) == []

    async def test_that_lacks_in_the_file_is_shown(self, database: Database) -> None:
        await recorded(database, [report(1, contact=LI_LEI)])
        lacking = KeyFile(Path("none"), Ring({"second": OTHER.keys["second"]}))
        registry = CollectorRegistry()

        await sealing(database, keys=lacking, metrics=IntakeMetrics(registry))()

        assert registry.get_sample_value("tongxin_contact_keys_missing") == 1

    async def test_passes_by_a_row_that_somebody_changed(self, database: Database) -> None:
        whole, changed = (report(n, contact=LI_LEI, category=None) for n in (1, 2))
        await recorded(database, [whole, changed])
        async with database.write() as conn:
            await conn.execute(
                update(CONTACT)
                .where(CONTACT.c.case_id == changed.case_id)
                .values(sealed=b"another one's")
            )

        assert await seal_all(database, keys=KeyFile(Path("none"), OTHER)) == 2

        found = await rows(database)
        assert found[whole.case_id].key_id == "second"
        assert found[changed.case_id].key_id == f"{SPOILT}first"
