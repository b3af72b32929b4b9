"""Whether a word that was found in a text is meant there: not denied, not part of another word."""

import re
from typing import Final

_LOOK_BACK: Final = 40
"""How many characters before a word can deny it."""

# "Is there ... or not" (有没有, 是不是, 会不会, 有无) is a question: nobody denied anything yet.
_DENIED_ZH: Final = (
    r"(?:(?<!有)[没沒](?:有)?|(?<!有)[无無]|未|(?<!是)不是|(?<!会)不会|(?<!會)不會|并非|並非|排除|不)"
    r"(?:再|被|任何|明显|明顯|发现|發現|发生|發生|出现|出現|看[到见見]|闻到|聞到|见|見|到|像|冒)*"
    r"(?:.{2,4}或)?"
)
_DENIED_EN: Final = (
    r"(?:(?<![a-z0-9])(?:no|not|never|without|nor)|n't)"
    r"(?: (?:an?|any|the|more|longer|been|be|see|smell|visible|(?:sign|evidence)s? of|[a-z]+ or))*"
    r"[ ]"
)
_DENIED: Final = re.compile(f"(?:{_DENIED_ZH}|{_DENIED_EN})$")
_NOBODY: Final = re.compile(r"(?:(?<!有)[没沒](?:有)?|(?<!有)[无無])人[员員]?$")
_OF_PERSONS: Final = ("被困", "困在")
_OTHER_WORDS: Final = re.compile(r"[着著]火[锅鍋]|救命恩人|smoke(?:-| )(?:free|shop)")


def is_meant(folded: str, start: int, end: int) -> bool:
    """Tell whether the word from `start` to `end` of a folded text says that it is so.

    It does not where words just before deny it ("没有冒烟", "打不着火", "no sign of fire"), nor
    where it only begins another word (着火锅). In doubt it is meant: a question is no denial.

    >>> is_meant("厨房没有冒烟", 4, 6), is_meant("有没有冒烟", 3, 5)
    (False, True)
    """
    other = _OTHER_WORDS.match(folded, start)
    if other is not None and other.end() > end:
        return False
    earliest = max(0, start - _LOOK_BACK)
    if folded.startswith(_OF_PERSONS, start) and _NOBODY.search(folded, earliest, start):
        return False
    return _DENIED.search(folded, earliest, start) is None
