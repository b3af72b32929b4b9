"""Limits and durations: what the standards write and what it means."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.plan import ClosingRule, Limit, Limits, LimitUnit, Merging
from schemas.vocabulary import Urgency
from tests.unit.schemas.plan_texts import changed, findings_of, line_of, plan_of


class TestLimit:
    @given(amount=st.integers(1, 3650), unit=st.sampled_from(LimitUnit))
    def test_round_trips_through_its_text(self, amount: int, unit: LimitUnit) -> None:
        limit = Limit(amount=amount, unit=unit)
        assert Limit.parse(str(limit)) == limit
        assert Limit.model_validate(limit.model_dump()) == limit
        assert Limit.model_validate_json(limit.model_dump_json()) == limit

    @pytest.mark.parametrize(
        ("text", "time"),
        [
            ("30 min", timedelta(minutes=30)),
            ("2 UH", timedelta(hours=2)),
            ("4 WH", timedelta(hours=4)),
            ("5 WD", timedelta(days=5)),
            ("15 ND", timedelta(days=15)),
        ],
    )
    def test_runs_on_without_a_calendar(self, text: str, time: timedelta) -> None:
        assert Limit.parse(text).continuous() == time

    @pytest.mark.parametrize("text", ["", "2", "UH", "0 UH", "-1 UH", "2 uh", "1.5 WD", "2 weeks"])
    def test_refuses_anything_else(self, text: str) -> None:
        with pytest.raises(ValidationError):
            Limit.parse(text)


class TestLimits:
    def test_have_the_defaults_of_the_field(self) -> None:
        limits = Limits()
        assert limits.sign == {
            Urgency.EMERGENCY: timedelta(minutes=5),
            Urgency.URGENT: timedelta(minutes=15),
            Urgency.GENERAL: Limit.parse("2 WH"),
            Urgency.PROJECT: timedelta(hours=24),
        }
        assert limits.offer[Urgency.GENERAL] == timedelta(minutes=60)
        assert limits.reopen_within == timedelta(days=14)
        assert (limits.remind_at, limits.rework_floor) == (0.8, 0.5)
        assert limits.departments_before_fallback == 3

    @pytest.mark.parametrize(
        ("written", "wait"),
        [
            ("30 min", timedelta(minutes=30)),
            ("2 h", timedelta(hours=2)),
            ("2 WH", Limit.parse("2 WH")),
            ("1 ND", Limit.parse("1 ND")),
        ],
    )
    def test_wait_for_a_signature_on_and_on_or_in_working_time(
        self, written: str, wait: timedelta | Limit
    ) -> None:
        text = changed(end=f'\n[limits]\nsign = {{ G = "{written}" }}\n')
        assert plan_of(text).limits.sign[Urgency.GENERAL] == wait

    @pytest.mark.parametrize("written", ["0 s", "4000 d", "2 XX", "0 WH"])
    def test_refuse_a_wait_that_is_none(self, written: str) -> None:
        text = changed(end=f'\n[limits]\nsign = {{ G = "{written}" }}\n')
        [found] = findings_of(text)
        assert found.where.startswith("limits.sign.G")
        assert found.line == line_of(text, "sign")

    def test_keep_the_defaults_of_urgencies_the_file_does_not_name(self) -> None:
        text = changed(end='\n[limits]\nsign = { E = "3 min" }\nparked_for = "90 s"\n')
        limits = plan_of(text).limits
        assert limits.sign[Urgency.EMERGENCY] == timedelta(minutes=3)
        assert limits.sign[Urgency.URGENT] == timedelta(minutes=15)
        assert limits.parked_for == timedelta(seconds=90)

    @pytest.mark.parametrize("value", ["6", "5 weeks", 5, 1.5])
    def test_refuse_a_duration_without_a_unit(self, value: object) -> None:
        with pytest.raises(ValidationError):
            Limits.model_validate({"parked_for": value})

    @pytest.mark.parametrize("value", ["0 s", "0 d"])
    def test_refuse_a_clock_that_never_runs(self, value: str) -> None:
        with pytest.raises(ValidationError):
            Limits.model_validate({"parked_for": value})


class TestMerging:
    def test_is_off_at_zero(self) -> None:
        assert Merging().enabled
        assert not Merging(radius_m=0).enabled
        assert not Merging(within=timedelta()).enabled

    def test_of_a_category_replaces_the_plans(self) -> None:
        text = changed(('closing = "all"', 'closing = "all"\nmerge_radius_m = 200'))
        plan = plan_of(text)
        assert plan.merging_of(plan.category("P0402")) == Merging(radius_m=200)
        assert plan.merging_of(plan.category("E9999")) == plan.merging

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("merge_same_place_within", '"7 d"', Merging(same_place_within=timedelta(days=7))),
            ("merge_same_address", "true", Merging(same_address=True)),
            ("merge_likeness", "0.6", Merging(likeness=0.6)),
        ],
    )
    def test_of_a_category_may_ask_for_more(self, key: str, value: str, expected: Merging) -> None:
        plan = plan_of(changed(('closing = "all"', f'closing = "all"\n{key} = {value}')))
        assert plan.merging_of(plan.category("P0402")) == expected

    def test_is_not_for_a_service_unless_it_has_its_own(self) -> None:
        service = changed(('closing = "all"', 'closing = "all"\nflow = true'))
        own = changed(('closing = "all"', 'closing = "all"\nflow = true\nmerge_within = "1 h"'))
        for text, enabled in ((service, False), (own, True)):
            plan = plan_of(text)
            assert plan.merging_of(plan.category("P0402")).enabled is enabled


class TestClosingRule:
    @pytest.mark.parametrize("text", ["lead", "all", "2 of n", "10 of n"])
    def test_round_trips_through_its_text(self, text: str) -> None:
        assert str(ClosingRule.parse(text)) == text

    @pytest.mark.parametrize(
        ("text", "lead_done", "done", "met"),
        [
            ("lead", True, 1, True),
            ("lead", False, 2, False),
            ("all", True, 2, False),
            ("all", True, 3, True),
            ("2 of n", False, 1, False),
            ("2 of n", False, 2, True),
            ("5 of n", True, 3, True),
        ],
    )
    def test_counts_who_is_done(self, text: str, *, lead_done: bool, done: int, met: bool) -> None:
        rule = ClosingRule.parse(text)
        assert rule.is_met(lead_done=lead_done, done=done, parties=3) is met

    @pytest.mark.parametrize("value", ["some", "0 of n", {"kind": "lead", "quorum": 2}])
    def test_refuses_anything_else(self, value: object) -> None:
        with pytest.raises(ValidationError):
            ClosingRule.model_validate(value)
