"""`tongxin plan check` and `tongxin plan show`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.commands.plan import app
from tests.unit.schemas.plan_texts import SMALL, changed, line_of

BROKEN = changed(('lead = "fire"', 'lead = "fires"'))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path / "good.toml", SMALL)


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
        code, output = run("check", good)
        assert code == 0
        assert "0 errors, 0 warnings, version " in output

    def test_passes_a_plan_with_warnings_only(self, tmp_path: Path) -> None:
        code, output = run("check", written(tmp_path / "plan.toml", changed(("400", "40"))))
        assert code == 0
        assert "0 errors, 1 warning, version" in output

    def test_fails_when_one_of_several_plans_has_an_error(self, good: Path, bad: Path) -> None:
        code, output = run("check", bad, good)
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


class TestShow:
    def test_prints_departments_categories_and_rules(self, good: Path) -> None:
        code, output = run("show", good)
        assert code == 0
        assert all(part in output for part in ("测试区", "倒树", "1 WD", "night-tree"))

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
        new.write_text(kept)
        code, output = run("check", new, "--against", old)
        assert code == 0
        assert "'fire' is not in departments any more: its open cases go to who" in output
        assert "0 errors, 1 warning" in output
