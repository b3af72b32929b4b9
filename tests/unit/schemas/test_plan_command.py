"""`tongxin plan check` and `tongxin plan show`."""

import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.commands.plan import app
from tests.unit.schemas.plan_texts import SMALL, changed, line_of

SEED, NEW_YORK = Path("deploy/plans/qingshanhu.toml"), Path("deploy/plans/nyc.toml")
YEAR = '\n[calendar.cn-2026]\nstatus = "official"\nsource = "a notice"\n'
AS_IN_MAY = ("check", "--on", "2026-05-01")
BROKEN = changed(('lead = "fire"', 'lead = "fires"'), end=YEAR)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path / "good.toml", SMALL + YEAR)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return written(tmp_path / "bad.toml", BROKEN)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


class TestCheck:
    def test_passes_a_clean_plan_and_names_its_version(self, good: Path) -> None:
        code, output = run(*AS_IN_MAY, good)
        assert code == 0
        assert "0 errors, 0 warnings, version " in output

    def test_passes_a_plan_with_warnings_only(self, tmp_path: Path) -> None:
        text = changed(("400", "40"), end=YEAR)
        code, output = run(*AS_IN_MAY, written(tmp_path / "plan.toml", text))
        assert code == 0
        assert "0 errors, 1 warning, version" in output

    def test_fails_when_one_of_several_plans_has_an_error(self, good: Path, bad: Path) -> None:
        code, output = run(*AS_IN_MAY, bad, good)
        assert code == 1
        line = line_of(BROKEN, 'lead = "fires"')
        assert f"error: {bad}:{line}: unknown department 'fires'" in output
        assert f"{bad}: 1 error, 0 warnings" in output
        assert f"{good}: 0 errors" in output

    def test_tells_where_toml_ends_being_toml_and_why(self, tmp_path: Path) -> None:
        file = written(tmp_path / "plan.toml", SMALL + "\nlead = fire\n")
        code, output = run("check", file)
        assert code == 1
        line = SMALL.count("\n") + 2
        assert f"error: {file}:{line}: not TOML, column 8: Invalid value" in output


class TestCheckOfYears:
    def test_warns_from_october_on_of_a_next_year_without_table(self) -> None:
        code, output = run("check", SEED, "--on", "2027-10-01")
        assert code == 0
        assert "2028 has no calendar: no holidays, its working days are assumed" in output

    def test_has_nothing_to_say_of_the_seed_plan_before(self) -> None:
        code, output = run("check", SEED, NEW_YORK, "--on", "2026-09-30")
        assert (code, output.count("0 errors, 0 warnings")) == (0, 2)

    def test_reminds_of_the_make_up_days_that_are_not_told_yet(self) -> None:
        _, output = run("check", SEED, "--on", "2026-10-01")
        assert "the calendar of 2027 has statutory days only, no make-up days" in output


class TestCalendar:
    @pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
    @pytest.mark.parametrize(
        ("file", "place"), [(SEED, ()), (NEW_YORK, ("--country", "us", "--subdivision", "ny"))]
    )
    def test_prints_what_the_plans_have(
        self, file: Path, place: tuple[str, ...], year: int
    ) -> None:
        code, output = run("calendar", year, *place)
        assert code == 0
        [(name, printed)] = tomllib.loads(output)["calendar"].items()
        kept = tomllib.loads(file.read_text(encoding="utf-8"))["calendar"][name]
        assert {**kept, "source": ""} == {**printed, "source": ""}

    def test_tells_statutory_from_official_years(self) -> None:
        assert 'status = "official"' in run("calendar", 2026)[1]
        assert 'status = "statutory"' in run("calendar", 2027)[1]

    def test_prints_a_table_that_a_plan_takes(self, tmp_path: Path) -> None:
        plan = written(tmp_path / "plan.toml", SMALL + run("calendar", 2026)[1])
        code, output = run("check", plan, "--on", "2026-05-01")
        assert (code, "0 errors, 0 warnings" in output) == (0, True)

    def test_refuses_a_place_nobody_knows(self) -> None:
        code, output = run("calendar", 2026, "--country", "XX")
        assert code == 2
        assert "Country XX not available" in output

    def test_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "holidays", None)
        code, output = run("calendar", 2026)
        assert code == 1
        assert "pip install 'tongxin[calendar]'" in output


class TestShow:
    def test_prints_departments_categories_and_rules(self, good: Path) -> None:
        code, output = run("show", good)
        assert code == 0
        assert all(part in output for part in ("测试区", "倒树", "1 WD", "night-tree"))

    def test_tells_when_people_work_and_which_years_are_known(self, good: Path) -> None:
        _, output = run("show", good)
        told = " ".join(output.split())
        assert "works weekdays 08:00-12:00, 14:00-18:00; holidays of 2026 official" in told

    def test_shows_the_errors_of_a_broken_plan_instead(self, bad: Path) -> None:
        code, output = run("show", bad)
        assert code == 1
        assert "unknown department 'fires'" in output


class TestCheckAgainstThePlanInForce:
    def test_names_what_would_be_taken_away(self, tmp_path: Path) -> None:
        old, new = tmp_path / "old.toml", tmp_path / "new.toml"
        old.write_text(SMALL)
        fire = SMALL[SMALL.index("[departments.fire]") : SMALL.index("[departments.emergency")]
        rule = SMALL[SMALL.index("[[rules]]") :]
        kept = SMALL.replace(fire, "").replace(rule, "").replace('co_handlers = ["fire"]\n', "")
        new.write_text(kept + YEAR)
        code, output = run(*AS_IN_MAY, new, "--against", old)
        assert code == 0
        assert "'fire' is not in departments any more: its open cases go to who" in output
        assert "0 errors, 1 warning" in output
