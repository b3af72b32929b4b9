"""The mappings and the plan that are shipped for New York City."""

import csv

import pytest

from schemas.plan import check_plan, load_plan
from schemas.vocabulary import Tier
from services.upstream.header import check_header, unknown_codes
from services.upstream.mapping import UpstreamMapping, load_mapping
from services.upstream.opening import read_rows
from services.upstream.outcomes import BadRow, Outcome, Row, Translated
from services.upstream.translate import translate
from tests.support.upstreams import DATA

DEPLOY = DATA.parents[1] / "deploy"
PLAN = DEPLOY / "plans/nyc.toml"


def mapping(name: str = "nyc-311") -> UpstreamMapping:
    return load_mapping(DEPLOY / f"upstreams/{name}.toml")


def outcomes(name: str, file: str) -> list[Outcome]:
    used = mapping(name)
    with (DATA / file).open("rb") as stream:
        rows = read_rows(stream, used.file, on_header=lambda _names: None)
        return [translate(row, used) if isinstance(row, Row) else row for row in rows]


def header(file: str) -> list[str]:
    with (DATA / file).open(newline="") as stream:
        return next(csv.reader(stream))


def departments(found: list[Outcome]) -> list[str]:
    plan = load_plan(PLAN)
    codes = [one.report.category or "E9999" for one in found if isinstance(one, Translated)]
    return [plan.category(code).lead for code in codes]


class TestPlan:
    def test_has_nothing_to_find_fault_with(self) -> None:
        assert check_plan(PLAN.read_bytes(), "nyc.toml") == []

    def test_is_1_3_n(self) -> None:
        tiers = [department.tier for department in load_plan(PLAN).departments.values()]
        assert [tiers.count(tier) for tier in Tier] == [1, 3, 8]


class TestMapping:
    @pytest.mark.parametrize("name", ["nyc-311", "nyc-311-export"])
    def test_names_only_codes_of_the_plan(self, name: str) -> None:
        assert list(unknown_codes(mapping(name), load_plan(PLAN))) == []

    @pytest.mark.parametrize("name", ["nyc-311", "nyc-311-export"])
    def test_never_reads_who_was_responsible(self, name: str) -> None:
        used = mapping(name)
        columns = {
            column.casefold()
            for _, pieces in used.columns.items()
            for piece in pieces
            for column in piece.columns
        }
        assert not any("agency" in column or "resolution" in column for column in columns)

    def test_keeps_the_case_that_tells_two_kinds_apart(self) -> None:
        table = mapping().category_table
        assert table.find("PLUMBING", "x") == "NYC-HOME-PLUMBING"
        assert table.find("Plumbing", "x") == "NYC-BUILDING-WORKS"


class TestSnakeCase:
    def test_csv_becomes_reports(self) -> None:
        found = outcomes("nyc-311", "requests-snake.csv")
        assert departments(found) == ["police", "housing", "urban-management", "police"]
        places = [one.report.place for one in found if isinstance(one, Translated)]
        assert [place.address for place in places] == [
            "12 EXAMPLE STREET, BRONX",
            "7 SAMPLE AVENUE, BROOKLYN",
            "1 PLACE and 2 PLACE, QUEENS",
            "place not given (service request 90000004)",
        ]
        assert [place.point.lat if place.point else None for place in places] == [
            40.85,
            40.65,
            40.7,
            None,
        ]

    def test_json_becomes_reports(self) -> None:
        first, second, third = outcomes("nyc-311", "requests-socrata.json")
        assert departments([first, second]) == ["housing", "health"]
        assert isinstance(first, Translated)
        assert first.report.place.point is not None
        assert first.report.place.point.lon == -73.97
        assert isinstance(third, BadRow)
        assert (third.line, set(third.reasons)) == (3, {"reported_at", "latitude", "longitude"})


class TestExport:
    def test_becomes_reports_of_the_same_source(self) -> None:
        first, second = outcomes("nyc-311-export", "requests-export.csv")
        assert departments([first, second]) == ["police", "urban-management"]
        assert isinstance(first, Translated)
        assert isinstance(second, Translated)
        assert first.report.source == "nyc-311"
        assert first.report.reported_at.isoformat() == "2022-05-01T04:00:03+00:00"
        assert second.report.place.point is not None
        assert second.report.place.point.lat == 40.72

    def test_has_every_column_of_its_mapping(self) -> None:
        assert check_header(header("requests-export.csv"), mapping("nyc-311-export")) == []
