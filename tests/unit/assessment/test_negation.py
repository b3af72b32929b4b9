"""One rule of denial for keywords of categories and for words of danger."""

import pytest

from schemas.plan import Danger
from services.assessment.classification import classify
from services.assessment.danger import DangerWords
from tests.support.intake import seed_index

DENIED = [
    "没有冒烟",
    "沒有冒烟",
    "厨房没冒浓烟",
    "无明显冒烟",
    "未发现起火",
    "楼里未见着火",
    "不是着火",
    "排除火灾",
    "没有看到任何火情",
    "没有明火或冒烟",
    "燃气灶打不着火",
    "電熱爐打不着火",
    "没有闻到煤气味",
    "现场无人被困电梯",
    "顾客坐在门口吃着火锅",
    "there is no smoke in the building",
    "the pan is not on fire",
    "it isn’t on fire",
    "a pan without any smoke coming from it",
    "no sign of a gas leak",
    "I do not smell gas",
    "there was never a gas leak",
    "no fire or smoke in the building",
]
MEANT = [
    ("是不是着火了", "X-FI1"),
    ("有没有冒烟我不知道", "X-FI1"),
    ("会不会起火", "X-FI1"),
    ("家里没有人着火了", "X-FI1"),
    ("不小心起火", "X-FI1"),
    ("不断冒烟", "X-FI1"),
    ("没有浓烟,但是着火了", "X-FI1"),
    ("没有冒烟。过了一会儿冒烟了", "X-FI1"),
    ("没有井盖", "P0101"),
    ("没有热水", "X-HC1"),
    ("不知道谁家煤气味很重", "E0502"),
    ("no, the house is on fire", "X-FI1"),
    ("nothing works, a gas leak", "E0502"),
    ("not only smoke: a gas leak", "E0502"),
    ("there is no smoke but a gas leak", "E0502"),
    ("no hot water", "X-HC1"),
    ("a manhole without a cover", "P0101"),
]


class TestDeniedKeyword:
    @pytest.mark.parametrize("text", DENIED)
    def test_leaves_the_report_to_a_person(self, text: str) -> None:
        found = classify(None, text, index=seed_index())
        assert (found.category.code, found.triage, found.danger) == ("E9999", True, False)

    @pytest.mark.parametrize("text", DENIED)
    def test_is_no_word_of_danger(self, text: str) -> None:
        assert DangerWords(Danger()).first_in(text) is None


class TestKeywordThatIsMeant:
    @pytest.mark.parametrize(("text", "code"), MEANT)
    def test_leads_to_its_category(self, text: str, code: str) -> None:
        assert classify(None, text, index=seed_index()).category.code == code

    def test_counts_beside_one_that_is_denied(self) -> None:
        found = classify(None, "没有冒烟, 但垃圾桶满了", index=seed_index())
        assert found.category.code == "E0192"

    def test_of_danger_counts_beside_one_that_is_denied(self) -> None:
        assert DangerWords(Danger()).first_in("没有冒烟, 有人出不来") == "出不来"
        assert DangerWords(Danger()).first_in("not on fire, but we are trapped") == "trapped"
