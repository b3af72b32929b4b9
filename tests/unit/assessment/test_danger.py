"""Words of danger in a report that nobody could categorise."""

import pytest

from schemas.plan import Danger
from services.assessment.classification import classify
from services.assessment.danger import DangerWords
from tests.support.intake import seed_index

DANGER = [
    "电梯卡在七楼和八楼之间,里面有人出不来",
    "電梯停了,有人被困",
    "楼道浓烟",
    "A man is TRAPPED under the gate",
    "we can't get out",
]
NONE = [
    "没有冒烟",
    "沒有冒煙",
    "燃气灶打不着火",
    "楼道无人触摸",
    "there is no smoke",
    "it is not on fire",
    "smokeless stove advertisement",
    "",
]


class TestTextThatNobodyCouldCategorise:
    @pytest.mark.parametrize("text", DANGER)
    def test_tells_of_danger(self, text: str) -> None:
        assert DangerWords(Danger()).first_in(text)

    @pytest.mark.parametrize("text", NONE)
    def test_tells_of_none(self, text: str) -> None:
        assert DangerWords(Danger()).first_in(text) is None

    def test_is_raised_and_still_looked_at_by_a_person(self) -> None:
        found = classify(None, DANGER[0], index=seed_index())
        assert (found.category.code, found.danger, found.triage) == ("E9999", True, True)
        assert found.by == "danger:出不来"

    def test_is_what_the_plan_says(self) -> None:
        words = DangerWords(Danger(words_zh=("蜂窝",), words_en=()))
        assert words.first_in("大蜂窝") == "蜂窝"
        assert words.first_in("on fire, 着火") is None
        assert DangerWords(Danger(words_zh=(), words_en=())).first_in("着火") is None


class TestWordThatIsUsual:
    def test_is_what_the_plan_says(self) -> None:
        words = DangerWords(Danger(beside={"爆炸": ("爆米花",)}))
        assert words.first_in("爆米花摊爆炸声") is None
        assert words.first_in("烧烤摊冒烟") == "冒烟"


class TestReportThatJoins:
    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("barbecue smoke again", None),
            ("BARBECUE  SMOKE again", None),
            ("barbecue smoke, and a man is trapped", "trapped"),
            ("barbecue smoke, now smoke from the roof too", "smoke"),
            ("烧烤摊又在冒烟", None),
            ("楼下烤串的冒烟,熏得睡不着", None),
            ("smoke from the grill again", None),
            ("烧烤摊又来了,楼上冒烟", "冒烟"),
            ("烧烤店着火冒烟", "着火"),
            ("烧烤店浓烟滚滚", "浓烟"),
        ],
    )
    def test_says_no_more_where_its_category_names_the_danger(
        self, text: str, word: str | None
    ) -> None:
        barbecue = seed_index().plan.category("E0129")
        own = (*barbecue.keywords_zh, *barbecue.keywords_en)
        assert seed_index().danger.first_in(text, within=own) == word
