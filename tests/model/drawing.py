"""What random lives are drawn from: reports, answers, commands, and what the router chooses."""

from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from tests.model.merging import ITSELF, OTHER
from tests.model.minutes import DAY
from tests.model.plans import STAYS, Terms
from tests.model.playing import HOLDER, Choice
from tests.model.rights import CATEGORIES, LEAD_WORDS, OTHERS, RIGHTS, ROLES, TIERS, UNNAMED

BOTH: Final = st.integers(0, 1)
REPORTED: Final = st.sampled_from(sorted({*CATEGORIES, *UNNAMED}))
JOINING: Final = st.sampled_from(
    [("E", "is hurt"), ("E", "is hurt"), ("U", None), ("G", None), (None, None)]
)
"""What another report says of the case: how urgent, and by which word of danger."""
_DEPARTMENT_WORDS: Final = sorted(LEAD_WORDS)
_OTHER_WORDS: Final = ["check_passed", "check_failed", "reopen", "withdraw", "rate"]
_PARTIES: Final = [*TIERS, *OTHERS, "nobody-knows"]
_DEPARTMENTS: Final = st.sampled_from([*TIERS, *TIERS, "nobody-knows"])
_REASON: Final = st.just("because it is so")
CHOICES: Final = st.builds(
    Choice,
    lead=st.integers(0, len(TIERS) - 1),
    same=st.booleans(),
    others=st.integers(0, 2 ** len(TIERS) - 1),
    final=st.sampled_from([False, False, False, True]),
    sign=st.sampled_from([5, 60, 120]),
    limit=st.sampled_from([("UH", 240), ("WH", 120), ("UH", 60)]),
    late=st.booleans(),
)
TERMS: Final = st.builds(
    Terms,
    gone=st.sets(st.sampled_from(sorted({*TIERS} - {STAYS})), max_size=2).map(frozenset),
    days_off=st.booleans(),
    patient=st.booleans(),
    slow=st.booleans(),
    wary=st.booleans(),
    strict=st.booleans(),
)
SPANS: Final = st.sampled_from([1, 4, 11, 30, 45, 130, 700, 2 * DAY, 15 * DAY])

_PEOPLE: Final = st.sampled_from(["Wang", "Zhao", "p"])
_ON_REQUEST: Final = st.fixed_dictionaries(
    {"request_id": st.integers(0, 3), "reason": _REASON, "person": _PEOPLE}
)
_FIELDS: Final[dict[str, st.SearchStrategy[dict[str, Any]]]] = {
    "case.annotate": st.just({"note": "the owner is abroad"}),
    "case.reassign": st.fixed_dictionaries({"department": _DEPARTMENTS, "reason": _REASON}),
    "case.correct": st.fixed_dictionaries(
        {"reason": _REASON},
        optional={
            "category": st.sampled_from([*CATEGORIES, "E0000"]),
            "urgency": st.sampled_from("EUGP"),
            "place": st.sampled_from([{"grid": "36011100300103"}, {"grid": "1"}]),
        },
    ),
    "case.add_co_handler": st.fixed_dictionaries(
        {
            "department": _DEPARTMENTS,
            "asking_department": st.sampled_from([HOLDER, HOLDER, None, None, "police"]),
            "reason": _REASON,
        }
    ),
    "case.drop_co_handler": st.fixed_dictionaries({"department": _DEPARTMENTS, "reason": _REASON}),
    "case.supervise": st.fixed_dictionaries(
        {"supervised_for": st.sampled_from(["Wang", "Zhao"]), "reason": _REASON}
    ),
    "case.unsupervise": st.fixed_dictionaries({"reason": _REASON}),
    "case.request": st.fixed_dictionaries(
        {
            "what": st.sampled_from(["suspension", "extension", "force_close", "appeal"]),
            "department": st.sampled_from([HOLDER, HOLDER, HOLDER, "police", None]),
            "reason": _REASON,
            "until": st.sampled_from([90, 90, 2 * DAY, -1, 366 * DAY, None]),
            "person": _PEOPLE,
        },
        optional={"legal_basis": st.just("article 7")},
    ),
    "case.withdraw_request": _ON_REQUEST,
    "case.approve": _ON_REQUEST,
    "case.refuse": _ON_REQUEST,
    **{
        word: st.fixed_dictionaries({"reason": _REASON})
        for word in ("case.resume", "case.dismiss", "case.withdraw", "case.unmerge")
    },
    "case.refuse_reopening": st.fixed_dictionaries({"reason": _REASON}),
    "case.merge": st.fixed_dictionaries(
        {"into": st.sampled_from([OTHER, OTHER, OTHER, ITSELF, "nobody's"]), "reason": _REASON}
    ),
}
"""What is said with each command: legal and not."""


def _roles(word: str) -> st.SearchStrategy[frozenset[str]]:
    """Return offices in which somebody may command this."""
    asked = sorted(RIGHTS[word].roles or ROLES)
    return st.sampled_from(asked).map(lambda role: frozenset({role, "handler"}))


COMMANDS: Final = st.sampled_from(sorted(RIGHTS)).flatmap(
    lambda word: st.tuples(st.just(word), _roles(word), _FIELDS[word])
)


def _answers(parties: list[str], words: list[str]) -> st.SearchStrategy[tuple[Any, ...]]:
    proofs = st.sampled_from([True, True, True, False])
    return st.tuples(st.sampled_from(parties), st.sampled_from(words), st.integers(0, 5), proofs)


_ANSWERS: Final = st.one_of(
    _answers([*TIERS], _DEPARTMENT_WORDS),
    _answers([*TIERS], _DEPARTMENT_WORDS),
    _answers([*OTHERS], _OTHER_WORDS),
    _answers(_PARTIES, _DEPARTMENT_WORDS + _OTHER_WORDS),
)
SAID: Final = st.one_of(_ANSWERS, COMMANDS, COMMANDS)
AGAIN: Final = st.sampled_from([0, 0, 0, 1, 2, 7])
"""Which of the records before comes again, counted from the last; 0 is none."""
Ahead: TypeAlias = tuple[int, int, Choice]
AHEAD: Final = st.tuples(BOTH, st.sampled_from([0, 1, 1, 2]), CHOICES)
"""Which case goes on before something else happens, how far, and how."""
