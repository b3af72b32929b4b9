"""What `tongxin demo` refuses before anything is started."""

from pathlib import Path

import pytest

import services.commands.demo
from tests.support.command import tongxin

PLAN = "deploy/plans/qingshanhu.toml"


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test, not the machine, should the day be played."""

    def play(*_: object) -> None:
        pytest.fail("the day was played")

    monkeypatch.setattr(services.commands.demo, "_play", play)


def names_in(folder: Path) -> list[str]:
    """Return what a folder holds."""
    return [one.name for one in folder.iterdir()]


async def test_a_folder_that_holds_a_house_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "intake.sqlite").touch()

    said = await tongxin("demo", "--data", str(tmp_path), "--plan", PLAN)

    assert said.code == 1
    assert f"{tmp_path} is not empty; the demo needs a new or empty folder (--data)." in said.text
    assert names_in(tmp_path) == ["intake.sqlite"]


async def test_a_plan_without_what_the_day_needs_is_told(tmp_path: Path) -> None:
    said = await tongxin("demo", "--plan", "deploy/plans/nyc.toml", "--data", str(tmp_path / "new"))

    assert said.code == 1
    assert "The demo's day needs what this plan lacks: category " in said.text
    assert "a grid with an outline" in said.text
    assert names_in(tmp_path) == []


async def test_a_department_that_the_plan_has_not_is_told(tmp_path: Path) -> None:
    said = await tongxin(
        "demo", "--people", "water\nworks", "--plan", PLAN, "--data", str(tmp_path)
    )

    assert said.code == 1
    assert "The plan has no department 'water\\nworks' (--people): urban-management, " in said.text
