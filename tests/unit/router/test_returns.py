"""Where a declined case goes, and when it has been passed around enough."""

from services.router.domain.returns import Next, is_final, last_resort, next_department
from tests.support.router import the_plan

OWNER, DEPUTY = "urban-management", "emergency-management"


def after(*tried: str, suggested: str | None = None, co: tuple[str, ...] = ()) -> Next:
    return next_department(the_plan(), tried=tried, suggested=suggested, co_handlers=co)


class TestDeclinedCase:
    def test_goes_to_the_suggested_department(self) -> None:
        assert after("police", suggested="water", co=("fire",)).department == "water"

    def test_goes_to_the_first_co_handler_not_tried_when_nothing_useful_is_suggested(self) -> None:
        found = after("police", "fire", suggested="nowhere", co=("fire", "housing"))
        assert found.department == "housing"
        assert [(p.candidate, p.reason) for p in found.passed_over] == [
            ("nowhere", "not in the plan"),
            ("fire", "already tried"),
        ]

    def test_goes_to_the_fallback_owner_when_nobody_else_is_left(self) -> None:
        assert after("police") == Next(department=OWNER, resort=True)

    def test_goes_to_the_deputy_when_the_owner_itself_declined(self) -> None:
        assert after(OWNER) == Next(department=DEPUTY, resort=True)

    def test_does_not_go_back_to_the_decliner_even_when_it_suggests_itself(self) -> None:
        assert after("police", suggested="police").department == OWNER


class TestLoop:
    def test_is_seen_at_the_third_department(self) -> None:
        found = after("police", "fire", "housing", suggested="water")
        assert (found.department, found.loop) == (OWNER, True)

    def test_is_seen_when_only_one_that_was_tried_is_left(self) -> None:
        found = after(OWNER, "police")
        assert (found.department, found.loop) == (OWNER, True)

    def test_ends_at_the_deputy_when_the_owner_was_the_last_to_decline(self) -> None:
        assert after("police", "fire", OWNER).department == DEPUTY


class TestFinal:
    def test_is_what_comes_back_to_a_department(self) -> None:
        assert is_final(the_plan(), "police", tried=["police"])

    def test_is_what_the_owner_gets_after_two_others(self) -> None:
        assert is_final(the_plan(), OWNER, tried=["police", "fire"])
        assert not is_final(the_plan(), OWNER, tried=["police"])
        assert not is_final(the_plan(), "water", tried=["police", "fire"])


class TestLastResort:
    def test_is_the_owner_unless_it_has_just_declined(self) -> None:
        assert last_resort(the_plan(), declined=None) == OWNER
        assert last_resort(the_plan(), declined=OWNER) == DEPUTY
