"""Why a report joined a case, as intake tells it test by test, in both languages."""

import re
from typing import Final

from schemas.words.form import Words

_NUMBER: Final = r"[\d.e+-]+"
_TESTS: Final = tuple(
    (re.compile(told.replace("#", _NUMBER)), words)
    for told, words in (
        (r"same category \S+", Words("same category", "类别相同")),
        (r"(#) m apart, limit (#) m", Words("{0} m apart, limit {1} m", "相距{0}米(限{1}米)")),
        (
            r"(#) min apart, limit (#) h at the same place",
            Words("{0} min apart, limit {1} h at the same place", "相隔{0}分钟(同一地点限{1}小时)"),
        ),
        (
            r"(#) min apart, limit (#) h",
            Words("{0} min apart, limit {1} h", "相隔{0}分钟(限{1}小时)"),
        ),
        (r"not one \w+ list", Words("not in one work list", "不在同一份清单中")),
        (r"same address", Words("same address", "地址相同")),
        (r"no two addresses to compare", Words("no two addresses to compare", "没有地址可比对")),
        (
            r"words (#) alike, at least (#)",
            Words("words {0} alike, at least {1}", "描述相似度{0}(不低于{1})"),
        ),
        (r"no words to compare", Words("no words to compare", "没有描述可比对")),
    )
)


def because(told: str) -> Words | None:
    """Return what intake says of a report that joined; None for what somebody wrote.

    >>> because("same category P0137; 12.0 m apart, limit 50 m").zh
    '类别相同,相距12.0米(限50米)'
    >>> because("the same lamp; my mistake")
    """
    found = [_test(one) for one in told.split("; ")]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return Words("; ".join(one.en for one in known), ",".join(one.zh for one in known))


def _test(told: str) -> Words | None:
    for pattern, words in _TESTS:
        if found := pattern.fullmatch(told):
            return Words(words.en.format(*found.groups()), words.zh.format(*found.groups()))
    return None
