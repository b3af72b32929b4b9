"""Which category a text leads to, and how urgent it is."""

import pytest

from schemas.plan import Category, Plan
from schemas.vocabulary import FALLBACK_CATEGORY, Channel, Urgency
from services.assessment.classification import classify, urgency_of
from services.assessment.keywords import KeywordIndex
from services.assessment.plan_index import PlanIndex
from tests.support.intake import seed_index


def category(
    code: str,
    *,
    zh: tuple[str, ...] = (),
    en: tuple[str, ...] = (),
    titles: tuple[str, str] = ("", ""),
) -> Category:
    return Category.model_validate(
        {
            "code": code,
            "class": "X",
            "title_zh": titles[0] or code,
            "title_en": titles[1] or code,
            "lead": "police",
            "urgency": "G",
            "limit": "1 WD",
            "keywords_zh": zh,
            "keywords_en": en,
        }
    )


class TestSeedPlan:
    @pytest.mark.parametrize(
        ("code", "word"),
        [
            (code, word)
            for code, one in seed_index().plan.categories.items()
            for word in (*one.keywords_zh, *one.keywords_en)
        ],
    )
    def test_is_led_to_each_category_by_its_own_keywords(self, code: str, word: str) -> None:
        text = f"你好, {word}, please help"

        found = classify(None, text, index=seed_index())

        assert (found.category.code, found.by) == (code, f"keyword:{word}")

    def test_gives_every_category_but_the_catch_all_keywords_in_both_languages(self) -> None:
        silent = [
            code
            for code, one in seed_index().plan.categories.items()
            if not (one.keywords_zh and one.keywords_en)
        ]

        assert silent == [FALLBACK_CATEGORY]


class TestClassification:
    def test_believes_a_code_the_plan_has(self) -> None:
        found = classify("P0101", "垃圾桶满了", index=seed_index())

        assert (found.category.code, found.by, found.triage) == ("P0101", "code", False)

    def test_reads_the_text_when_the_plan_lacks_the_code(self) -> None:
        found = classify("Z42", "垃圾桶满了", index=seed_index())

        assert (found.category.code, found.by) == ("E0192", "keyword:垃圾桶满了")

    @pytest.mark.parametrize(("code", "text"), [(None, "有点事"), ("Z42", ""), (None, "…")])
    def test_asks_for_a_person_when_nothing_is_recognised(
        self, code: str | None, text: str
    ) -> None:
        found = classify(code, text, index=seed_index())

        assert (found.category.code, found.by, found.triage) == ("E9999", "fallback", True)

    def test_asks_for_a_person_when_the_source_says_other(self) -> None:
        assert classify("E9999", "", index=seed_index()).triage


class TestKeywords:
    def test_prefer_the_longest_over_the_first(self) -> None:
        keywords = KeywordIndex([category("A", zh=("打架",)), category("B", zh=("打架斗殴",))])

        found = keywords.longest_in("楼下有人打架斗殴")

        assert found is not None
        assert found.category == "B"

    def test_prefer_the_first_category_on_a_tie(self) -> None:
        keywords = KeywordIndex([category("A", en=("noise",)), category("B", en=("smoke",))])

        found = keywords.longest_in("smoke and noise")

        assert found is not None
        assert found.category == "A"

    @pytest.mark.parametrize(
        ("text", "occurs"),
        [
            ("Pothole!", True),
            ("有POTHOLE了", True),
            ("a pothole-ridden road", True),
            ("potholes", False),
            ("spothole", False),
            ("spothole, and a pothole", True),
        ],
    )
    def test_in_english_are_whole_words_in_any_case(self, text: str, *, occurs: bool) -> None:
        keywords = KeywordIndex([category("A", en=("pothole",))])

        assert (keywords.longest_in(text) is not None) is occurs

    def test_see_through_width_and_line_breaks(self) -> None:
        keywords = KeywordIndex([category("A", zh=("KTV噪音",), en=("gas  Leak",))])

        assert keywords.longest_in("ＫＴＶ噪音太大") is not None
        assert keywords.longest_in("a GAS\nleak") is not None


class TestTitles:
    @pytest.mark.parametrize(
        ("code", "title"),
        [
            (code, title)
            for code, one in seed_index().plan.categories.items()
            for title in (one.title_zh, one.title_en)
            if code != FALLBACK_CATEGORY
        ],
    )
    def test_lead_to_their_category(self, code: str, title: str) -> None:
        assert classify(None, f"我要反映: {title}.", index=seed_index()).category.code == code

    @pytest.mark.parametrize("title", ["其他", "other"])
    def test_of_the_catch_all_say_nothing(self, title: str) -> None:
        assert classify(None, title, index=seed_index()).by == "fallback"

    def test_are_weaker_than_keywords_of_their_length(self) -> None:
        first = category("A", titles=("公园", "parks"))
        keywords = KeywordIndex([first, category("B", zh=("老鼠",))])

        found = keywords.longest_in("公园里有老鼠")

        assert found is not None
        assert found.category == "B"

    def test_are_stronger_than_shorter_keywords(self) -> None:
        first = category("A", zh=("涂鸦",))
        keywords = KeywordIndex([first, category("B", titles=("涂鸦报案", "report"))])

        found = keywords.longest_in("涂鸦报案")

        assert found is not None
        assert found.category == "B"

    @pytest.mark.parametrize(
        ("titles", "text"),
        [
            (("公园", "parks"), "公园"),
            (("公園", "Parks"), "the parks"),
            (("水", "w"), "水 w"),
            (("parks", "parks"), "sparks"),
        ],
    )
    def test_lead_nowhere_when_shared_or_but_a_part_of_a_word(
        self, titles: tuple[str, str], text: str
    ) -> None:
        other = category("B", titles=("公园", "parks"))
        keywords = KeywordIndex([category("A", titles=titles), other])

        assert keywords.longest_in(text) is None

    def test_do_not_hide_words_of_danger(self) -> None:
        broad = category("A", titles=("公园", "parks"))
        index = PlanIndex(with_category(broad))

        assert classify(None, "公园的长椅旧了", index=index).category.code == "A"
        assert classify(None, "公园里有人落水", index=index).by == "danger:落水"


def with_category(one: Category) -> Plan:
    plan = seed_index().plan
    return plan.model_copy(update={"categories": {**plan.categories, one.code: one}})


class TestUrgency:
    @pytest.mark.parametrize("channel", [Channel.SUPERIOR, Channel.SENSOR, Channel.GRID_MEMBER])
    def test_is_raised_by_a_trusted_channel(self, channel: Channel) -> None:
        found = urgency_of(category("A"), hint=Urgency.EMERGENCY, channel=channel)

        assert found is Urgency.EMERGENCY

    def test_is_lowered_by_nobody(self) -> None:
        found = urgency_of(category("A"), hint=Urgency.PROJECT, channel=Channel.SUPERIOR)

        assert found is Urgency.GENERAL

    @pytest.mark.parametrize(
        "channel", [Channel.RESIDENT, Channel.PHONE, Channel.APP, Channel.MEDIA]
    )
    def test_is_not_raised_by_the_public(self, channel: Channel) -> None:
        found = urgency_of(category("A"), hint=Urgency.EMERGENCY, channel=channel)

        assert found is Urgency.GENERAL

    def test_without_a_hint_is_the_category_s(self) -> None:
        found = urgency_of(category("A"), hint=None, channel=Channel.SENSOR)

        assert found is Urgency.GENERAL
