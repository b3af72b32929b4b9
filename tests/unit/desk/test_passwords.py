"""Which passwords are taken."""

import pytest

from services.desk.domain.passwords import KnownBad, weakness_of
from services.desk.use_cases.identity import known_bad_passwords

KNOWN = KnownBad(passwords=known_bad_passwords(), own_words=("li.wei", "李伟"))


class TestPassword:
    @pytest.mark.parametrize(
        "good",
        [
            "correct horse battery",
            "四个不相干的词语放在一起就好",
            "tr0ub4dor&3 and more",
            "9381 4402 7715 26",
            "x" * 1 + "kqzjvwyhpm" + "!",
            "a" * 5 + "0pfu3kdzrq" * 25 + "b",
        ],
    )
    def test_of_any_signs_is_taken_when_it_is_long(self, good: str) -> None:
        assert weakness_of(good, KNOWN) is None

    @pytest.mark.parametrize(
        ("bad", "why"),
        [
            ("short", "short"),
            ("kqzjvwyhpm!", "short"),
            ("k7" * 129, "long"),
            ("aaaaaaaaaaaa", "repeats"),
            ("abcabcabcabc", "repeats"),
            ("123456789012", "counts"),
            ("aaaabbbbccccdddd", "counts"),
            ("Password2026!!", "common"),
            ("P@ssw0rd20261128", "common"),
            ("1q2w3e4r5t6y", "common"),
            ("!!iloveyou!!2026", "common"),
            ("Tongxin-2026-desk", "own_name"),
            ("my li.wei secret", "own_name"),
        ],
    )
    def test_that_is_tried_early_is_refused_and_told_why(self, bad: str, why: str) -> None:
        assert weakness_of(bad, KNOWN) == why

    def test_is_judged_by_its_first_fault_alone(self) -> None:
        assert weakness_of("", KNOWN) == "short"


class TestListOfKnownBadOnes:
    def test_has_no_comment_and_no_blank_in_it(self) -> None:
        assert "" not in KNOWN.passwords
        assert not [one for one in KNOWN.passwords if one.startswith("#") or one != one.strip()]

    def test_is_written_as_passwords_are_compared(self) -> None:
        assert [one for one in KNOWN.passwords if one != one.casefold()] == []
