"""Codes that follow from a secret and the time."""

from datetime import UTC, datetime, timedelta

import pytest

from services.desk.domain.totp import STEP_SECONDS, address_of, code_at, shown, step_of

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 28, 9, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // STEP_SECONDS


class TestCode:
    @pytest.mark.parametrize(
        ("seconds", "code"),
        [
            (59, "94287082"),
            (1111111109, "07081804"),
            (1111111111, "14050471"),
            (1234567890, "89005924"),
            (2000000000, "69279037"),
            (20000000000, "65353130"),
        ],
    )
    def test_is_that_of_rfc_6238(self, seconds: int, code: str) -> None:
        assert code_at(SECRET, seconds // STEP_SECONDS, digits=8) == code

    @pytest.mark.parametrize(
        ("count", "code"), [(0, "755224"), (1, "287082"), (4, "338314"), (9, "520489")]
    )
    def test_is_that_of_rfc_4226(self, count: int, code: str) -> None:
        assert code_at(SECRET, count) == code


class TestStepOfCode:
    @pytest.mark.parametrize("around", [-1, 0, 1])
    def test_may_be_one_off(self, around: int) -> None:
        code = code_at(SECRET, STEP + around)
        assert step_of(code, SECRET, now=NOW, last=0) == STEP + around

    @pytest.mark.parametrize("around", [-2, 2])
    def test_may_not_be_more_off(self, around: int) -> None:
        assert step_of(code_at(SECRET, STEP + around), SECRET, now=NOW, last=0) is None

    def test_is_taken_once(self) -> None:
        code = code_at(SECRET, STEP)
        assert step_of(code, SECRET, now=NOW, last=STEP) is None
        assert step_of(code, SECRET, now=NOW + timedelta(seconds=25), last=STEP) is None

    @pytest.mark.parametrize("odd", ["", "1", "一二三四五六", "abcdef", "0" * 4_000])
    def test_of_anything_else_is_none(self, odd: str) -> None:
        assert step_of(odd, SECRET, now=NOW, last=0) is None

    def test_is_read_with_blanks_as_apps_show_it(self) -> None:
        code = code_at(SECRET, STEP)
        assert step_of(f"{code[:3]} {code[3:]}", SECRET, now=NOW, last=0) == STEP


class TestAddress:
    def test_has_the_secret_as_people_type_it(self) -> None:
        assert shown(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        told = address_of(SECRET, person="li wei", issuer="Tongxin")
        assert told.startswith(f"otpauth://totp/Tongxin:li%20wei?secret={shown(SECRET)}&")
