"""Plans that nobody means to write: each gets its line and advice, none an exception."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.plan import Plan, check_plan, half_of
from tests.support.bounds import unbounded
from tests.unit.schemas.plan_texts import SMALL, changed, findings_of, line_of, plan_of

HOSTILE = {
    "brackets 3,000 deep": (SMALL + "x = " + "[" * 3000, "x = [", "16 deep"),
    "tables 3,000 deep": (SMALL + "x = " + "{a=" * 3000, "x = {", "16 deep"),
    "dots 3,000 deep": (SMALL + "[departments." + "a." * 3000 + "b]", "a.a.a", "16 deep"),
    "a number of 5,000 digits": (changed(("400", "9" * 5000)), "999", "not TOML"),
    "a number of 400 digits": (changed(("400", "9" * 400)), "999", "1000000"),
    "a number as a text": (changed(("400", '"400"')), "households", "valid integer"),
    "a truth as a number": (SMALL + "[merging]\nradius_m = true\n", "radius_m", "valid number"),
    "a radius without end": (SMALL + "[merging]\nradius_m = inf\n", "radius_m", "1000"),
    "a radius that is none": (SMALL + "[merging]\nradius_m = nan\n", "radius_m", "1000"),
    "a radius of a city": (SMALL + "[merging]\nradius_m = 20000\n", "radius_m", "1000"),
    "a radius of one category": (
        changed(('closing = "all"', 'closing = "all"\nmerge_radius_m = 1e9')),
        "merge_radius_m",
        "1000",
    ),
    "a likeness above one": (SMALL + "[merging]\nlikeness = 2\n", "likeness", "equal to 1"),
    "a likeness of one category": (
        changed(('closing = "all"', 'closing = "all"\nmerge_likeness = -1')),
        "merge_likeness",
        "equal to 0",
    ),
    "a yes for a truth": (
        SMALL + '[merging]\nsame_address = "yes"\n',
        "same_address",
        "valid boolean",
    ),
    "a week for a duration": (
        SMALL + '[merging]\nsame_place_within = "1 week"\n',
        "same_place_within",
        "is no duration",
    ),
    "a level above the ladder": (
        changed(('head = "fire-head"', 'heads = { 4 = "fire-head" }')),
        "heads",
        "'4' is no level to which a case rises; write 1 to 3",
    ),
    "a level of nobody": (
        changed(('head = "fire-head"', 'heads = { 1 = "fire-heads" }')),
        "heads",
        "unknown person 'fire-heads'",
    ),
    "a pause of a moment": (
        SMALL + '[limits]\nasked_every = "1 s"\n',
        "asked_every",
        "equal to 1 hour",
    ),
    "a patience of nobody": (
        SMALL + "[limits]\nco_handler_patience = 0\n",
        "co_handler_patience",
        "equal to 1",
    ),
    "a wait of twice the limit": (SMALL + "[limits]\nblocked = 2\n", "blocked", "equal to 1"),
    "a list of nobody": (SMALL + '[merging]\nlists = ["fax"]\n', "lists", "'grid_member'"),
    "a time without end": (SMALL + '[merging]\nwithin = "9999999 d"\n', "within", "366 days"),
    "a limit of 27 years": (changed(('"1 WD"', '"9999 WD"')), "9999 WD", "ten years"),
    "digits of another script": (changed(('"1 WD"', '"٣ WD"')), "٣ WD", "is no limit"),
    "a promise of nothing": (
        SMALL + '[limits]\npromise = { E = "0 UH" }\n',
        "promise",
        "is no limit",
    ),
    "a promise of 27 years": (
        changed(('limit = "1 WD"', 'limit = "1 WD"\npromise = "9999 WD"')),
        "9999 WD",
        "ten years",
    ),
    "a share above one": (SMALL + "[limits]\nremind_at = 1.5\n", "remind_at", "equal to 1"),
    "NUL in a title": (
        changed(('title_en = "Fire"', r'title_en = "Fi\u0000re"')),
        "u0000",
        "contr",
    ),
    "an escape in a title": (changed(('"Fire"', r'"\u001b[2J"')), "u001b", "control character"),
    "a title of a book": (changed(('"Fire"', f'"{"x" * 5000}"')), "xxx", "4000 characters"),
    "a grid that no event can carry": (
        changed(('code = "g1"', 'code = "网格"')),
        "网格",
        "pattern",
    ),
    "a class that no event can carry": (changed(('"P04"', '"P 04"')), "P 04", "pattern"),
}


class TestHostilePlan:
    @pytest.mark.parametrize("case", HOSTILE)
    def test_is_refused_with_line_and_advice(self, case: str) -> None:
        text, part, message = HOSTILE[case]
        (found,) = [one for one in findings_of(text) if message in one.message]
        assert found.line == line_of(text, part)
        assert found.advice
        assert len(found.message) < 400

    def test_is_too_large_before_it_is_read(self) -> None:
        (found,) = check_plan(b"#" * 50_000_000, "plan.toml")
        assert "larger than 4 MiB" in found.message

    def test_tells_no_more_than_a_person_reads(self) -> None:
        many = "".join(f'[[grids]]\ncode = "x{n}"\n' for n in range(200))
        with pytest.raises(ValueError, match=r"and \d+ more"):
            plan_of(SMALL + many)

    @given(data=st.binary(max_size=300))
    def test_may_be_any_bytes(self, data: bytes) -> None:
        assert check_plan(data, "x")
        half_of(SMALL.encode(), data)

    @given(
        at=st.integers(0, len(SMALL)),
        put=st.text("[]{}\"'.,=#\n\\ 0e-9Tinfa", max_size=12),
        gone=st.integers(0, 40),
    )
    def test_may_be_a_plan_with_other_characters_in_it(self, at: int, put: str, gone: int) -> None:
        text = SMALL[:at] + put + SMALL[at + gone :]
        assert all(found.line >= 1 and found.advice for found in findings_of(text))
        half_of(SMALL.encode(), text.encode())

    @given(
        number=st.one_of(st.integers(), st.floats(), st.just(10**400)),
        key=st.sampled_from(
            ["[merging]\nradius_m", "[limits]\nremind_at", "[limits]\ndepartments_before_fallback"]
        ),
    )
    def test_may_have_any_number(self, number: float, key: str) -> None:
        findings_of(f"{SMALL}\n{key} = {number}\n")


def models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def all_models(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    if model not in seen:
        seen.add(model)
        for field in model.model_fields.values():
            for inner in models_in(field.annotation):
                all_models(inner, seen)
    return seen


class TestEveryNumberOfThePlan:
    def test_has_a_floor_and_a_ceiling(self) -> None:
        models = all_models(Plan, set())
        assert len(models) > 10
        assert [found for m in models for found in unbounded(m.__pydantic_core_schema__)] == []

    def test_would_be_found_without(self) -> None:
        class Open(BaseModel):
            many: dict[str, int]

        assert len(unbounded(Open.__pydantic_core_schema__)) == 1


class TestReferences:
    def test_are_checked_beside_what_the_schema_refuses(self) -> None:
        text = changed(('limit = "1 WD"', 'limit = "1 XX"'), ('["fire"]', '["fires"]'))
        told = " ".join(found.message for found in findings_of(text))
        assert "is no limit" in told
        assert "unknown department 'fires'" in told
