"""Which spans of time a case names."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.spans import SIZES, Span, dividing, spans_of

INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by the strategy's rule


class TestSpans:
    @given(INSTANTS)
    def test_of_an_instant_are_one_of_each_size_and_each_is_a_part_of_the_next(
        self, at: datetime
    ) -> None:
        found = [*spans_of(at)]
        assert len(found) == len(SIZES)
        assert all(span.begins <= at < span.ends for span in found)
        assert all(span in larger.parts() for span, larger in pairwise(found))

    @given(INSTANTS, st.integers(1, len(SIZES) - 1))
    def test_are_their_parts_and_nothing_else(self, at: datetime, size: int) -> None:
        span = Span.of(at, size)
        parts = span.parts()
        assert (parts[0].begins, parts[-1].ends) == (span.begins, span.ends)
        assert all(part.ends == after.begins for part, after in pairwise(parts))

    def test_have_no_parts_where_they_are_smallest(self) -> None:
        assert Span.of(datetime(2026, 5, 1, tzinfo=UTC), 0).parts() == []

    @given(INSTANTS, INSTANTS)
    def test_between_two_instants_are_all_that_one_between_can_be_in(
        self, one: datetime, other: datetime
    ) -> None:
        first, last = sorted((one, other))
        found = dividing(first, last)
        assert found[0].begins <= first
        assert last < found[-1].ends
        assert all(part.ends == after.begins for part, after in pairwise(found))
