"""The shared words, and ids that follow from their cause."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from schemas.vocabulary import (
    Channel,
    Tier,
    Urgency,
    assignment_id_for,
    case_id_for,
    derived_id,
    is_aware,
)

# \x1f parts the cause; a source is a `Code` and cannot hold it.
PARTS = st.lists(st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])))


class TestDerivedId:
    @given(kind=st.sampled_from(["case", "event"]), cause=PARTS)
    def test_is_the_same_for_the_same_cause(self, kind: str, cause: list[str]) -> None:
        assert derived_id(kind, *cause) == derived_id(kind, *cause)
        assert derived_id(kind, *cause).version == 5

    @given(one=PARTS, other=PARTS)
    def test_differs_when_the_cause_differs(self, one: list[str], other: list[str]) -> None:
        assert (derived_id("case", *one) == derived_id("case", *other)) is (one == other)

    def test_differs_between_kinds(self) -> None:
        assert derived_id("case", "1") != derived_id("event", "1")

    def test_takes_whatever_has_a_text(self) -> None:
        assert derived_id("n", 1, UUID(int=2)) == derived_id("n", "1", str(UUID(int=2)))

    def test_never_changes_between_releases(self) -> None:
        # A replay of old records must repeat old ids.
        case_id = case_id_for("hotline-12345", "1")
        assert case_id == UUID("92708cda-4319-5d35-95c6-0518cf109438")
        assert assignment_id_for(case_id, 1, "police") == UUID(
            "c92a4a7b-9f0d-511f-aae2-8bd44322ec75"
        )

    def test_of_an_assignment_differs_by_round_and_department(self) -> None:
        case_id = case_id_for("hotline-12345", "1")
        ids = {assignment_id_for(case_id, n, d) for n in (1, 2) for d in ("police", "fire")}
        assert len(ids) == 4


class TestTier:
    def test_is_staffed_unless_somebody_has_to_be_called(self) -> None:
        assert [tier.is_staffed for tier in Tier] == [True, True, False]


class TestUrgency:
    def test_is_listed_most_pressing_first(self) -> None:
        assert "".join(Urgency) == "EUGP"


class TestChannel:
    def test_is_public_when_a_member_of_the_public_speaks(self) -> None:
        assert {channel for channel in Channel if channel.is_public} == {
            "resident",
            "phone",
            "app",
            "media",
        }


class _Nowhere(tzinfo):
    """A zone that does not know its offset."""

    @override
    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return None

    @override
    def dst(self, dt: datetime | None) -> timedelta | None:
        return None

    @override
    def tzname(self, dt: datetime | None) -> str | None:
        return None


class TestAwareness:
    def test_needs_an_offset(self) -> None:
        noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
        assert is_aware(noon)
        assert is_aware(noon.astimezone(timezone(timedelta(hours=8))))
        assert not is_aware(noon.replace(tzinfo=None))
        assert not is_aware(noon.replace(tzinfo=_Nowhere()))
