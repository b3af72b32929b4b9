"""Words that tell of danger to life, in a report that nobody could categorise or that joined."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from schemas.plan.base import Table, Text
from schemas.plan.limits import Limit
from schemas.plan.rules import Words

_ZH: Final = (
    *("起火", "着火", "著火", "火灾", "火災", "冒烟", "冒煙", "浓烟", "濃煙", "爆炸"),
    *("燃气泄漏", "燃氣洩漏", "煤气泄漏", "煤氣洩漏", "煤气味", "煤氣味"),
    *("触电", "觸電", "漏电", "漏電", "坍塌", "倒塌", "塌方"),
    *("被困", "困在", "出不来", "出不來", "掉进", "掉進", "溺水", "落水"),
    *("跳楼", "跳樓", "轻生", "輕生", "昏迷", "昏倒", "流血", "窒息", "中毒"),
    *("持刀", "砍人", "救命"),
    *("人受伤", "人受傷", "受伤了", "受傷了"),
)
_EN: Final = (
    *("on fire", "caught fire", "smoke", "explosion", "exploded", "gas leak", "smell of gas"),
    *("electrocuted", "live wire", "collapsed", "collapsing", "trapped", "drowning"),
    *("stuck in the elevator", "stuck in the lift", "cannot get out", "can't get out"),
    *("unconscious", "not breathing", "bleeding", "suicide", "poisoned", "with a knife"),
    *("is hurt", "are hurt", "got hurt", "is injured", "are injured", "got injured"),
)
_SMOKE_ZH: Final = (
    *("烧烤", "燒烤", "烤串", "烤肉", "油烟", "油煙"),
    *("烧垃圾", "燒垃圾", "烧树叶", "燒樹葉", "焚烧", "焚燒"),
)
_SMOKE_EN: Final = ("barbecue", "barbeque", "bbq", "grill", "grilling", "burning leaves")
Listed = Annotated[Words, Field(max_length=500)]
Near = Annotated[
    Mapping[Text, Annotated[Words, Field(min_length=1, max_length=50)]], Field(max_length=50)
]


def _beside() -> dict[str, tuple[str, ...]]:
    return {"冒烟": _SMOKE_ZH, "冒煙": _SMOKE_ZH, "smoke": _SMOKE_EN}


class Danger(Table):
    """What raises a case to an emergency, and the limit it then has at the most.

    Of the catch-all the report itself may do so, of any other category one that joins its case.

    A list that the plan writes stands in place of the one shown here. A word that stands `beside`
    one of its near words, within one part of a sentence, tells what somebody does and of no danger:
    the smoke of a barbecue.
    """

    words_zh: Listed = _ZH
    words_en: Listed = _EN
    beside: Near = Field(default_factory=_beside)
    limit: Limit = Field(default_factory=lambda: Limit.parse("2 UH"))
