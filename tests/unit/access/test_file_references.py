"""Names of files in evidence: who made them up is found out."""

from uuid import UUID, uuid5

import pytest

from services.access.file_references import (
    file_of,
    names_what_is_there,
    reference_of,
)

CASE, OTHER_CASE, FILE = (uuid5(UUID(int=0), name) for name in ("case", "other", "file"))
OLD, NEW = b"a" * 32, b"b" * 32
REAL = reference_of(CASE, FILE, secret=NEW)


class TestReference:
    def test_holds_for_its_file_and_case(self) -> None:
        assert file_of(REAL) == FILE
        assert names_what_is_there(REAL, CASE, secrets=(NEW, OLD))
        assert not names_what_is_there(REAL, OTHER_CASE, secrets=(NEW, OLD))

    def test_holds_while_a_secret_is_replaced_and_not_after(self) -> None:
        assert names_what_is_there(REAL, CASE, secrets=(OLD, NEW))
        assert not names_what_is_there(REAL, CASE, secrets=(OLD,))
        assert not names_what_is_there(REAL, CASE, secrets=())

    @pytest.mark.parametrize(
        "link",
        [
            *(REAL[:-1], REAL + "0", REAL.upper(), f" {REAL}", f"{REAL} ", REAL.replace("/", "//")),
            *("tongxin:", "tongxin:files/", f"tongxin:files/{FILE}", f"tongxin:files/{FILE}/"),
            *("TONGXIN:files/x/y", "\ttongxin:files/x", "tongxin:other", f"tongxin:files/{CASE}/é"),
        ],
    )
    def test_that_is_made_up_does_not_hold(self, link: str) -> None:
        assert not names_what_is_there(link, CASE, secrets=(NEW,))

    @pytest.mark.parametrize("link", ["https://example.org/1.jpg", "see the file room", "file:1"])
    def test_of_somebody_else_is_theirs_to_answer_for(self, link: str) -> None:
        assert file_of(link) is None
        assert names_what_is_there(link, CASE, secrets=())
