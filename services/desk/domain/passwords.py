"""Which passwords are taken: long ones that nobody would guess early. No signs are asked for."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from schemas.folding import fold

LEAST_CHARACTERS: Final = 12
MOST_CHARACTERS: Final = 256
"""Beyond it nobody types, and hashing costs."""

_PRODUCT: Final = "tongxin"
_LEAST_WORD: Final = 4
_OUTSIDE_LETTERS: Final = re.compile(r"^[^a-z]+|[^a-z]+$")
_LEET: Final = str.maketrans("013457@$!", "oleastasi")
_STEPS: Final = frozenset({-1, 0, 1})
_MOSTLY: Final = 0.75
_FEWEST_REPEATS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBad:
    """Passwords that are tried first, and the words of the person that chooses one."""

    passwords: Collection[str]
    own_words: Collection[str]


def fault_of(password: str, known: KnownBad) -> str | None:
    """Return why a password is not taken, as a sentence; None when it is.

    >>> fault_of("Password2026!!", KnownBad(passwords={"password"}, own_words=()))
    '太常见 is one that is tried first: a common word with signs around it'
    """
    faults = (reason for is_so, reason in _FAULTS if is_so(password, known))
    return next(faults, None)


def _is_guessed(password: str, known: KnownBad) -> bool:
    folded = fold(password)
    return any(guess in known.passwords for guess in (folded, *_cores(folded)))


def _names_its_owner(password: str, known: KnownBad) -> bool:
    folded = fold(password)
    own = (fold(word) for word in (_PRODUCT, *known.own_words))
    return any(len(word) >= _LEAST_WORD and word in folded for word in own)


def _cores(folded: str) -> tuple[str, ...]:
    """Return what is left without the signs around it, as it stands and with figures read."""
    core = _OUTSIDE_LETTERS.sub("", folded)
    return core, core.translate(_LEET), _OUTSIDE_LETTERS.sub("", folded.translate(_LEET))


def _repeats(password: str, _: KnownBad) -> bool:
    """Tell whether it is one piece, three times and more."""
    folded = fold(password)
    period = (folded + folded).find(folded, 1)
    return period * _FEWEST_REPEATS <= len(folded)


def _counts(password: str, _: KnownBad) -> bool:
    """Tell whether most characters follow from the one before: 123456789012, aaaabbbbcccc."""
    steps = [ord(second) - ord(first) for first, second in pairwise(fold(password))]
    return sum(step in _STEPS for step in steps) > _MOSTLY * len(steps)


_FAULTS: Final[tuple[tuple[Callable[[str, KnownBad], bool], str], ...]] = (
    (
        lambda password, _: len(password) < LEAST_CHARACTERS,
        f"少于 {LEAST_CHARACTERS} 个字符 has fewer than {LEAST_CHARACTERS} characters",
    ),
    (
        lambda password, _: len(password) > MOST_CHARACTERS,
        f"多于 {MOST_CHARACTERS} 个字符 has more than {MOST_CHARACTERS} characters",
    ),
    (_repeats, "重复 repeats itself: take words that do not belong together"),
    (_counts, "顺序排列 counts up: take words that do not belong together"),
    (_is_guessed, "太常见 is one that is tried first: a common word with signs around it"),
    (_names_its_owner, "含有本人或本系统的名称 holds the name of its owner or of this system"),
)
"""What is wrong with a password, in the order in which it is told."""
