"""Tokens of keys: made of chance, told from a mistyped one, and never kept."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.access.tokens import PREFIX, hmac_of, is_sound, new_secret, new_token

LETTERS = st.characters(categories=["L", "N"], max_codepoint=0x7F)


class TestToken:
    def test_has_a_form_that_scanners_know(self) -> None:
        assert re.fullmatch(r"tx_live_[0-9A-Za-z]{43}", new_token())

    def test_is_another_one_each_time(self) -> None:
        assert len({new_token() for _ in range(100)}) == 100

    @given(st.integers(0, 42), LETTERS)
    def test_with_one_letter_mistyped_is_not_sound(self, place: int, letter: str) -> None:
        token = new_token()
        at = len(PREFIX) + place
        mistyped = f"{token[:at]}{letter}{token[at + 1 :]}"
        assert is_sound(mistyped) is (mistyped == token)

    @given(st.text(max_size=80))
    def test_is_nothing_else(self, text: str) -> None:
        assert not is_sound(text)
        assert not is_sound(PREFIX + text)

    def test_is_kept_as_something_that_tells_nothing_of_it(self) -> None:
        token, secret = new_token(), new_secret().encode()
        kept = hmac_of(token, secret)
        assert re.fullmatch("[0-9a-f]{64}", kept)
        assert kept == hmac_of(token, secret)
        assert kept != hmac_of(token, new_secret().encode())
