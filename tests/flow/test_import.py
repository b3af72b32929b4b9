"""`tongxin import` against a running house: every row ends somewhere, and only once."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from schemas.vocabulary import case_id_for
from services.demo.ledger import Ledger
from services.machine.house import House
from tests.support.asking import asking
from tests.support.command import Said, ledger_of, tongxin, until
from tests.support.databases import ENGINES
from tests.support.town import shifted_house
from tests.support.upstreams import DATA

pytestmark = pytest.mark.kafka

_PLAN = Path("deploy/plans/nyc.toml")
_SNAKE = Path("deploy/upstreams/nyc-311.toml")
_EXPORT = Path("deploy/upstreams/nyc-311-export.toml")
_GOOD_ROWS = 8


@pytest.fixture(scope="module", params=ENGINES)
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    with shifted_house(plan=_PLAN, engine=request.param) as (running, _):
        yield running


async def _imported(house: House, file: str, mapping: Path, stdin: bytes = b"") -> Said:
    arguments = ("import", file, "--upstream", str(mapping), "--plan", str(_PLAN))
    return await tongxin(*arguments, "--kafka", house.kafka, stdin=stdin)


async def _all_files(house: House) -> list[Said]:
    piped = (DATA / "requests-export.csv").read_bytes()
    return [
        await _imported(house, str(DATA / "requests-snake.csv"), _SNAKE),
        await _imported(house, str(DATA / "requests-socrata.json"), _SNAKE),
        await _imported(house, "-", _EXPORT, stdin=piped),
    ]


async def _accounted(house: House, *, reports: int) -> Ledger:
    """Return the observer's book when it accounts for so many reports."""

    async def found() -> list[Ledger]:
        ledger = await ledger_of(house.kafka)
        done = len(ledger.reports) == reports and ledger.missing() == 0
        return [ledger] if done else []

    return (await until(found, told=f"{reports} reports accounted for"))[0]


def _processed(house: House) -> int:
    """Return how many reports intake has been through, repeats included."""
    text = httpx.get(f"{house.url('intake')}/metrics", trust_env=False).text
    pattern = r'tongxin_stage_events_total\{[^}]*stage="intake.reports"[^}]*\} (\S+)'
    return sum(int(float(count)) for count in re.findall(pattern, text))


async def _followed(house: House, *, refused: int) -> dict[str, int]:
    """Return the desk's totals when it shows what came of all good rows but `refused` ones."""

    async def found() -> dict[str, int]:
        async with asking(timeout=5) as http:
            summary = (await http.get(f"{house.url('desk')}/cases/summary")).json()
        totals = {name: summary[name] for name in ("registered", "merged")}
        return totals if sum(totals.values()) == _GOOD_ROWS - refused else {}

    return await until(found, told="what came of every report shown")


class TestImportedFiles:
    async def test_end_row_by_row_as_case_merge_or_refusal_and_only_once(
        self, house: House
    ) -> None:
        said = await _all_files(house)
        assert [s.code for s in said] == [0, 0, 0]
        assert [_count(s, "rows read") for s in said] == [4, 3, 2]
        assert [_count(s, "published") for s in said] == [4, 2, 2]
        assert [_count(s, "refused") for s in said] == [0, 1, 0]
        first = await _accounted(house, reports=_GOOD_ROWS)
        assert first.holds()
        assert len(first.cases) + len(first.merged) + first.refused == _GOOD_ROWS
        assert str(case_id_for("nyc-311", "90000001")) in first.cases
        before = await _followed(house, refused=first.refused)
        processed = _processed(house)
        again = await _all_files(house)
        assert [_count(s, "published") for s in again] == [4, 2, 2]
        assert all("/cases/summary" in s.text for s in again)

        async def read() -> bool:
            return _processed(house) == processed + _GOOD_ROWS

        await until(read, told="the repeats read")
        second = await _accounted(house, reports=_GOOD_ROWS)
        assert second.records == 2 * _GOOD_ROWS
        assert second.violations == []
        assert second.cases.keys() == first.cases.keys()
        assert (second.merged, second.rejected) == (first.merged, first.rejected)
        assert await _followed(house, refused=second.refused) == before


class TestBadRow:
    async def test_is_told_with_its_line_and_reasons(self, house: House, tmp_path: Path) -> None:
        rejects = tmp_path / "bad.jsonl"
        file = str(DATA / "requests-socrata.json")
        arguments = ("--upstream", str(_SNAKE), "--kafka", house.kafka, "--rejects", str(rejects))
        said = await tongxin("import", file, *arguments)
        assert said.code == 0
        assert re.search(r"line 3: .*reported_at", said.text)
        (entry,) = [json.loads(line) for line in rejects.read_text().splitlines()]
        assert entry["line"] == 3
        assert "reported_at" in entry["fields"]
        assert entry["row"]["unique_key"] == "90000013"

    async def test_is_all_that_a_file_without_rows_may_lack(self, house: House) -> None:
        header = (DATA / "requests-export.csv").read_bytes().splitlines()[0]
        said = await _imported(house, "-", _EXPORT, stdin=header + b"\n")
        assert (said.code, _count(said, "rows read")) == (0, 0)


class TestBrokerThatIsNotThere:
    async def test_is_told_with_what_to_do(self) -> None:
        file = str(DATA / "requests-snake.csv")
        said = await tongxin("import", file, "--upstream", str(_SNAKE), "--kafka", "127.0.0.1:9")
        assert said.code == 1
        assert "Run the same command again" in said.text


def _count(said: Said, what: str) -> int:
    found = re.search(rf"(\d+) {what}$", said.text, re.MULTILINE)
    assert found is not None, said.text
    return int(found[1])
