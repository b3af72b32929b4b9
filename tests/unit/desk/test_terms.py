"""Under which terms a text is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.bounds import LONGEST_TERM, MOST_TERMS, MOST_WANTED_TERMS
from services.desk.domain.terms import terms_of, wanted_in


def is_found(text: str, by: str) -> bool:
    """Return whether a text has all terms of another one."""
    terms = terms_of([text]).split()
    return all(
        any(term.startswith(w.text) if w.is_beginning else term == w.text for term in terms)
        for w in wanted_in(by)
    )


class TestText:
    @pytest.mark.parametrize(
        ("text", "by", "expected"),
        [
            ("消防通道被占", "通道", True),
            ("消防通道被占", "防道", False),
            ("消防通道被占", "占", True),
            ("消防通道被占", "消", True),
            ("E0506 ＦＩＲＥ lane", "fire e0506", True),
            ("Hydrants leak", "hydr", True),
            ("Hydrants leak", "hy", False),
            ("Straße 5", "STRASSE", True),
            ("3号楼漏水", "3号", True),
            ("消防 通道", "防通", False),
        ],
    )
    def test_is_found(self, text: str, by: str, *, expected: bool) -> None:
        assert is_found(text, by) == expected

    @given(st.text(max_size=300), st.integers(0, 300), st.integers(1, 20))
    def test_is_found_by_any_run_of_its_own_words(self, text: str, start: int, length: int) -> None:
        words = text.split()
        part = " ".join(words[start % max(1, len(words)) :][:length])
        assert is_found(text, part)

    @given(st.text(max_size=5_000))
    def test_has_terms_that_any_database_takes(self, text: str) -> None:
        terms = terms_of([text]).split(" ")
        assert len(terms) <= MOST_TERMS
        assert all(len(term) <= LONGEST_TERM and not {*term} & {*"\x00'\\:&|!*"} for term in terms)
        assert len(wanted_in(text)) <= MOST_WANTED_TERMS
