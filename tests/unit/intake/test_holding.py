"""Who works at a case is whoever signed and was not let go, whatever order repeats come in."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.holding import Holding, HoldingNews, Lead, Offered, Part

CASE, LEADS, HELPS, OTHER = (UUID(int=n) for n in range(4))
OFFERED = Offered(case_id=CASE, assignment_ids=frozenset({LEADS, HELPS}), sequence=1)


def lead(department: str | None, sequence: int) -> Lead:
    return Lead(case_id=CASE, department=department, sequence=sequence)


def part(sequence: int, *, works: bool = True, id_: UUID = HELPS) -> Part:
    return Part(
        case_id=CASE, assignment_id=id_, department="police", works=works, sequence=sequence
    )


class TestHolding:
    def test_is_of_those_that_signed(self) -> None:
        assert Holding().after([OFFERED]).departments == set()

        found = Holding().after([OFFERED, lead("fire", 1), part(2)])

        assert found.departments == {"fire", "police"}

    def test_ends_when_the_case_is_taken_from_its_lead(self) -> None:
        found = Holding().after([OFFERED, lead("fire", 1), part(2), lead(None, 3)])

        assert found.departments == {"police"}

    def test_ends_when_a_part_is_done_or_dropped(self) -> None:
        found = Holding().after([OFFERED, lead("fire", 1), part(2), part(3, works=False)])

        assert found.departments == {"fire"}

    def test_ends_without_a_word_for_what_is_offered_no_more(self) -> None:
        again = Offered(case_id=CASE, assignment_ids=frozenset({OTHER}), sequence=2)

        found = Holding().after([OFFERED, lead("fire", 1), part(2), again])

        assert found.departments == set()

    def test_goes_on_for_parts_that_are_offered_still(self) -> None:
        again = Offered(case_id=CASE, assignment_ids=frozenset({OTHER, HELPS}), sequence=2)

        found = Holding().after([OFFERED, lead("fire", 1), part(2), lead(None, 3), again])

        assert found.departments == {"police"}

    @given(st.data())
    def test_is_the_same_when_what_was_heard_is_heard_again(self, data: st.DataObject) -> None:
        again = Offered(case_id=CASE, assignment_ids=frozenset({OTHER}), sequence=2)
        news: list[HoldingNews] = [
            *(OFFERED, lead("fire", 1), part(2), lead(None, 3)),
            *(again, lead("urban", 4), part(5, id_=OTHER)),
        ]
        first = data.draw(st.integers(0, len(news)))
        since = data.draw(st.integers(0, first))

        found = Holding().after(news[:first]).after(news[since:])

        assert found == Holding().after(news)
