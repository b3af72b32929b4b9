"""Which passwords are taken: long ones that nobody would guess early. No signs are asked for."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
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


class Weakness(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    REPEATS = "repeats"
    COUNTS = "counts"
    COMMON = "common"
    """It is one that is tried first: a common word with signs around it."""
    OWN_NAME = "own_name"
    """It holds the name of its owner, or of this system."""


def weakness_of(password: str, known: KnownBad) -> Weakness | None:
    """Return why a password is not taken; None when it is.

    >>> weakness_of("Password2026!!", KnownBad(passwords={"password"}, own_words=()))
    <Weakness.COMMON: 'common'>
    """
    found = (weakness for weakness, is_so in _WEAKNESSES.items() if is_so(password, known))
    return next(found, None)


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


_WEAKNESSES: Final[dict[Weakness, Callable[[str, KnownBad], bool]]] = {
    Weakness.SHORT: lambda password, _: len(password) < LEAST_CHARACTERS,
    Weakness.LONG: lambda password, _: len(password) > MOST_CHARACTERS,
    Weakness.REPEATS: _repeats,
    Weakness.COUNTS: _counts,
    Weakness.COMMON: _is_guessed,
    Weakness.OWN_NAME: _names_its_owner,
}
"""What is wrong with a password, in the order in which it is told."""
