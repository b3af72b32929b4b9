"""What a plan answers."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.plan import UnknownCategory, UnknownDepartment, load_plan
from schemas.vocabulary import Channel, Urgency
from tests.unit.schemas.plan_texts import SMALL, changed, findings_of, plan_of


class TestPlan:
    def test_has_the_hash_of_its_bytes_as_version(self, tmp_path: Path) -> None:
        file = tmp_path / "plan.toml"
        file.write_text(SMALL, encoding="utf-8", newline="\n")
        assert load_plan(file).version == hashlib.sha256(SMALL.encode()).hexdigest()[:12]
        assert plan_of(SMALL + "# seen\n").version != plan_of().version

    def test_finds_categories_departments_and_grids_by_code(self) -> None:
        plan = plan_of()
        assert plan.category("P0402").class_ == "P04"
        assert plan.department("fire").code == "fire"
        grid = plan.grid("g1")
        assert grid is not None
        assert grid.title("zh") == "第1网格"
        assert grid.title("en") == "grid 1"
        assert plan.grid("g9") is None

    def test_says_which_code_it_does_not_know(self) -> None:
        with pytest.raises(UnknownCategory, match="E0000"):
            plan_of().category("E0000")
        with pytest.raises(UnknownDepartment, match="army"):
            plan_of().department("army")

    def test_lists_everyone_with_a_feedback_topic(self) -> None:
        assert plan_of().feedback_parties() == (
            "emergency-management",
            "fire",
            "reporters",
            "supervision",
            "urban-management",
        )

    def test_asks_the_person_on_duty_in_its_own_time_zone(self) -> None:
        plan = plan_of()
        found = plan.department("emergency-management").on_duty(
            datetime(2026, 3, 2, tzinfo=UTC), plan.timezone
        )
        assert [person.title("zh") for person in found] == ["值班员1", "负责人"]

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            plan_of().version = "x"  # type: ignore[misc]  # the point

    def test_refuses_a_code_that_is_not_the_tables_name(self) -> None:
        text = changed(("[departments.fire]", '[departments.fire]\ncode = "water"'))
        (found,) = findings_of(text)
        assert "remove its `code`" in found.message


class TestCheckBeforeClosing:
    @pytest.mark.parametrize(
        ("check", "urgency", "channel", "needed"),
        [
            ("always", Urgency.PROJECT, Channel.SENSOR, True),
            ("never", Urgency.EMERGENCY, Channel.PHONE, False),
            ("by_rule", Urgency.URGENT, Channel.GRID_MEMBER, True),
            ("by_rule", Urgency.GENERAL, Channel.RESIDENT, True),
            ("by_rule", Urgency.GENERAL, Channel.GRID_MEMBER, False),
        ],
    )
    def test_is_needed_by_category_urgency_or_channel(
        self, check: str, urgency: Urgency, channel: Channel, *, needed: bool
    ) -> None:
        plan = plan_of(changed(('closing = "all"', f'check = "{check}"')))
        category = plan.category("P0402")
        assert plan.must_check(category, urgency=urgency, channel=channel) is needed

    def test_can_be_left_out_for_the_public(self) -> None:
        settings = "\n[supervision]\ncheck_urgencies = []\ncheck_public = false\n"
        plan = plan_of(changed(end=settings))
        category = plan.category("P0402")
        assert not plan.must_check(category, urgency=Urgency.EMERGENCY, channel=Channel.PHONE)
