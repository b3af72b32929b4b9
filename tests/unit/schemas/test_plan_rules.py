"""What a rule asks about a case."""

from datetime import timedelta

import pytest

from schemas.plan import RoutingFacts, Rule
from schemas.vocabulary import Channel, Urgency
from tests.unit.schemas.plan_texts import plan_of


def facts(**different: object) -> RoutingFacts:
    values: dict[str, object] = {
        "category": "P0402",
        "class_": "P04",
        "urgency": Urgency.URGENT,
        "grid": "g1",
        "local_time": timedelta(hours=12),
        "text": "A Tree fell 树倒了",
        "source": "hotline",
        "channel": Channel.PHONE,
    }
    return RoutingFacts(**(values | different))  # type: ignore[arg-type]  # checked by the test


def rule(**when: object) -> Rule:
    return Rule.model_validate(
        {"id": "r", "when": when, "lead": "fire", "reason_en": "x", "reason_zh": "x"}
    )


class TestRule:
    @pytest.mark.parametrize(
        "when",
        [
            {},
            {"category": ["E1", "P0402"]},
            {"class": ["P04"]},
            {"urgency": ["U"]},
            {"grid": ["g1", "g2"]},
            {"between": "11:00-13:00"},
            {"between": "22:00-12:01"},
            {"text": ["bush", "TREE"]},
            {"text": ["树倒"]},
            {"source": ["hotline"]},
            {"channel": ["phone"]},
            {"category": ["P0402"], "grid": ["g1"], "text": ["fell"], "channel": ["phone"]},
        ],
    )
    def test_matches_when_every_condition_holds(self, when: dict[str, object]) -> None:
        assert rule(**when).matches(facts())

    @pytest.mark.parametrize(
        "when",
        [
            {"category": ["P0401"]},
            {"class": ["E04"]},
            {"urgency": ["E", "G"]},
            {"grid": ["g2"]},
            {"between": "12:01-13:00"},
            {"between": "11:00-12:00"},
            {"between": "22:00-06:00"},
            {"text": ["bush"]},
            {"source": ["sensor"]},
            {"channel": ["app"]},
            {"category": ["P0402"], "text": ["bush"]},
        ],
    )
    def test_does_not_match_when_one_fails(self, when: dict[str, object]) -> None:
        assert not rule(**when).matches(facts())

    def test_about_a_grid_does_not_match_a_case_outside_all_grids(self) -> None:
        assert not rule(grid=["g1"]).matches(facts(grid=None))

    @pytest.mark.parametrize(
        ("hours", "inside"), [(22, True), (0, True), (5.99, True), (6, False), (21.99, False)]
    )
    def test_at_night_matches_past_midnight(self, hours: float, *, inside: bool) -> None:
        night = facts(local_time=timedelta(hours=hours))
        assert rule(between="22:00-06:00").matches(night) is inside

    def test_is_read_from_the_plan_in_order(self) -> None:
        (found,) = plan_of().rules
        assert (found.id, found.lead, found.co_handlers, found.limit) == (
            "night-tree",
            "fire",
            None,
            None,
        )
        assert str(found.when.between) == "22:00-06:00"
