"""Whatever a text is looked for by, it finds what looking at every case would, in order."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import insert, select, update

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.desk.domain.spans import Span, spans_of
from services.desk.domain.terms import terms_of, wanted_in
from services.desk.migrations import HISTORY
from services.desk.store import search
from services.desk.store.lists import VIEW
from services.desk.store.tables import CaseParty, CaseTerms
from services.kit.sql.cursors import Cursor
from services.kit.sql.database import open_database
from services.kit.sql.declaring import table_of
from services.kit.sql.migrations import upgrade
from tests.support.databases import Place
from tests.support.followed import FollowedBench
from tests.support.notifier import NOON, assigned, case_of, registered
from tests.support.older_releases import desk_before
from tests.support.shown import SUPERVISOR, DeskBench, person

LED_BY = {0: "police", 5: "water"}
"""Who leads a case, by the remainder of its number by ten."""
STORM = range(20, 32)
"""Of one hour, more than what is looked at in a step."""
WINTER = range(40, 60)
ENDED = range(10, 70)
NUMBERS = range(70)
TEXTS = (
    *("报告", "消防通道", "报告 消防", "积雪", "雪", "积", "hydrant", "hydr", "消防 hydrant"),
    *("飞碟", "彗星", "暴雨", "暴雨 消防"),
)
READERS = {
    "all": SUPERVISOR,
    "police": person(ActingRole.HANDLER, departments=["police"]),
    "police and water": person(ActingRole.HANDLER, departments=["police", "water"]),
}


class Made(NamedTuple):
    """A case as it was made: but for the storm, the newest first by its number."""

    number: int

    @property
    def report(self) -> str:
        return f"{self.number:02}"

    @property
    def at(self) -> datetime:
        if self.number in STORM:
            return NOON - timedelta(days=400, minutes=self.number)
        return NOON - timedelta(days=20 * self.number)

    @property
    def lead(self) -> str | None:
        return LED_BY.get(self.number % 10)

    @property
    def text(self) -> str:
        words = {
            "报告": True,
            "消防通道": self.number % 2 == 0,
            "hydrant": self.number % 6 == 3,
            "积雪": self.number in WINTER and self.number % 4 > 0,
            "暴雨": self.number in STORM,
            "飞碟": self.number == 55,
        }
        return " ".join(word for word, is_said in words.items() if is_said)

    def has(self, text: str) -> bool:
        terms = terms_of([self.text]).split()
        return all(
            any(
                term.startswith(one.text) if one.is_beginning else term == one.text
                for term in terms
            )
            for one in wanted_in(text)
        )


MADE = [Made(number) for number in NUMBERS]


@pytest.fixture
async def known(
    bench: FollowedBench, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> DeskBench:
    """Return a desk of cases of four years, which looks at three at once."""
    monkeypatch.setattr(search, "LOOKED_AT_ONCE", 3)
    for one in MADE:
        said = [registered(report=one.report, at=one.at, description=one.text)]
        await bench.tell(
            *said, *([assigned(one.lead, report=one.report, at=one.at)] if one.lead else [])
        )
    ended = [case_of(one.report) for one in MADE if one.number in ENDED]
    async with desk.database.write() as conn:
        for table in (VIEW, table_of(CaseParty)):
            query = update(table).where(table.c.case_id.in_(ended)).values(closed_at=NOON)
            await conn.execute(query)
    return desk


async def walked(desk: DeskBench, actor: Actor, **wanted: Any) -> list[Any]:
    """Return the cases of all pages of a list."""
    met: list[Any] = []
    after = None
    while page := await desk.listed(actor, after=after, **wanted):
        met += [row["case_id"] for row in page]
        after = Cursor(page[-1]["registered_at"], page[-1]["case_id"])
    return met


async def test_finds_what_looking_at_every_case_would(known: DeskBench) -> None:
    newest = sorted(MADE, key=lambda one: one.at, reverse=True)
    for text in TEXTS:
        for name, reader in READERS.items():
            for is_open in (None, True):
                expected = [
                    case_of(one.report)
                    for one in newest
                    if one.has(text)
                    and (reader is SUPERVISOR or one.lead in reader.departments)
                    and is_open in (None, one.number not in ENDED)
                ]
                found = await walked(known, reader, text=text, open=is_open, limit=7)
                assert found == expected, (text, name, is_open)


async def test_finds_them_within_a_list(known: DeskBench) -> None:
    lists: tuple[tuple[dict[str, Any], list[int]], ...] = (
        ({"since": MADE[30].at, "until": MADE[22].at}, [24, 26, 28, 30]),
        ({"category": "E0112", "since": MADE[4].at}, [0, 2, 4]),
        ({"category": "E0506"}, []),
        ({"triage": True}, []),
        ({"party": "police", "since": MADE[11].at}, [0, 10]),
    )
    for wanted, expected in lists:
        found = await walked(known, SUPERVISOR, text="消防", limit=2, **wanted)
        assert found == [case_of(MADE[number].report) for number in expected], wanted


async def test_finds_by_time_what_was_there_before(place: Place, tmp_path: Path) -> None:
    url = await desk_before("r1_07", place, tmp_path)  # finds words by time
    rows = [
        {"case_id": case_of(str(number)), "registered_at": at, "terms": "lane 消防"}
        for number, at in enumerate((NOON, NOON - timedelta(days=999), Span.of(NOON, 3).begins))
    ]
    database = open_database(url)
    async with database.write() as conn:
        await conn.execute(insert(table_of(CaseTerms)), rows)
    await upgrade(HISTORY, url)
    async with database.read() as conn:
        found = (await conn.execute(select(table_of(CaseTerms)))).mappings().all()
    await database.close()
    for row in found:
        spans = {span.term for span in spans_of(row["registered_at"])}
        terms = {term.strip("'") for term in row["terms"].split()}
        assert terms == {"lane", "消防"} | (spans if place.engine == "postgresql" else set())
