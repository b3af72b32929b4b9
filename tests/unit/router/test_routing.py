"""Which rule decides a case, and on what terms."""

from datetime import timedelta

from schemas.plan import RoutingFacts
from schemas.vocabulary import Channel, Urgency
from services.router.domain.routing import terms_of
from tests.support.router import the_plan


def facts(category: str, *, hour: int = 12, text: str = "") -> RoutingFacts:
    known = the_plan().categories.get(category)
    return RoutingFacts(
        category=category,
        class_=known.class_ if known else "X",
        urgency=known.urgency if known else Urgency.GENERAL,
        grid=None,
        local_time=timedelta(hours=hour),
        text=text,
        source="hotline-12345",
        channel=Channel.PHONE,
    )


class TestTerms:
    def test_are_the_categorys_own_when_no_rule_matches(self) -> None:
        terms = terms_of(the_plan(), facts("P0402"))
        assert (terms.rule, terms.lead) == ("default:P0402", "urban-management")
        assert terms.co_handlers == the_plan().category("P0402").co_handlers

    def test_are_those_of_the_first_rule_that_matches(self) -> None:
        night = terms_of(the_plan(), facts("P0402", hour=23, text="a tree blocks the road"))
        day = terms_of(the_plan(), facts("P0402", text="a tree blocks the road"))
        assert (night.rule, night.lead, str(night.limit)) == ("night-tree-on-road", "fire", "2 UH")
        assert (night.word, night.co_handlers) == (
            "blocks the road",
            ("urban-management", "police"),
        )
        assert (day.rule, day.lead) == ("tree-blocks-road", "urban-management")

    def test_take_the_rules_urgency_over_the_reports(self) -> None:
        terms = terms_of(the_plan(), facts("E0183", text="the wall is about to collapse"))
        assert terms.urgency is Urgency.EMERGENCY

    def test_never_name_the_lead_among_the_co_handlers(self) -> None:
        # The rule says who leads and leaves the co-handlers to the category, which names police.
        plan = the_plan()
        tree = next(rule for rule in plan.rules if rule.id == "tree-blocks-road")
        changed = plan.model_copy(update={"rules": (tree.model_copy(update={"lead": "police"}),)})
        terms = terms_of(changed, facts("P0402", text="blocks the road"))
        assert (terms.lead, terms.co_handlers) == ("police", ("fire",))

    def test_of_an_unknown_category_are_those_of_whatever_nobody_explains(self) -> None:
        terms = terms_of(the_plan(), facts("gone"))
        assert (terms.rule, terms.lead) == ("default:E9999", "urban-management")
