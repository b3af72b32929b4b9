"""What a plan may say of what residents see."""

import pytest
from pydantic import ValidationError

from schemas.plan import Residents, Severity
from tests.unit.schemas.plan_texts import changed, findings_of, line_of

HERE = 'address = "https://report.example"'


class TestDefault:
    def test_shows_nothing(self) -> None:
        assert not Residents().status_page
        assert not Residents().public_page
        assert Residents().address is None


class TestAddress:
    @pytest.mark.parametrize(
        "address", ["https://a.example", "https://a.example:8443", "http://localhost:8004"]
    )
    def test_is_a_host(self, address: str) -> None:
        assert Residents(address=address).address == address
        assert Residents(address=f"{address}/").address == address

    @pytest.mark.parametrize(
        "address",
        [
            *("", "a.example", "http://a.example", "https://", "javascript:alert(1)"),
            *("https://a.example/r", "https://a.example?x=1", "https://u:p@a.example"),
            *("https://a.example#x", "https://a b.example", "https://" + "a" * 300),
            *("https://[", "https://\u202ea.example"),
        ],
    )
    def test_that_leads_elsewhere_is_refused(self, address: str) -> None:
        with pytest.raises(ValidationError):
            Residents(address=address)


class TestBound:
    @pytest.mark.parametrize("days", ["0 d", "23 h", "367 d"])
    def test_of_how_long_a_page_is_shown(self, days: str) -> None:
        (found,) = findings_of(changed(end=f'[residents]\nshown_for = "{days}"\n'))
        assert found.severity is Severity.ERROR

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("public_k = 4", "or equal to 5"),
            ("public_k = 1001", "or equal to 1000"),
            ("public_days = 6", "or equal to 7"),
            ("public_days = 367", "or equal to 366"),
            ('public_k = "10"', "valid integer"),
            ("public_days = 30.0", "valid integer"),
            ("public_page = 1", "valid boolean"),
            ('public_without = ["P0402", "P0403x"]', "unknown category 'P0403x'"),
        ],
    )
    def test_of_numbers_for_everybody(self, said: str, reason: str) -> None:
        text = changed(end=f"[residents]\n{said}\n")
        (found,) = findings_of(text)
        assert reason in found.message
        assert (found.severity, found.line) == (Severity.ERROR, line_of(text, said))
        assert found.advice

    @pytest.mark.parametrize("said", ["public_k = 5", "public_days = 366", "public_k = 1000"])
    def test_may_be_reached(self, said: str) -> None:
        assert findings_of(changed(end=f"[residents]\n{said}\n")) == []

    def test_is_told_with_the_key_that_was_meant(self) -> None:
        (found,) = findings_of(changed(end="[residents]\npublic_day = 30\n"))
        assert "public_days" in found.advice


class TestAdvice:
    @pytest.mark.parametrize(
        ("said", "line", "message"),
        [
            ("status_page = true", "status_page", "no link to them is given"),
            (f'{HERE}\nstatus_page = true\nshown_for = "7 d"', "shown_for", "is over before"),
            ("public_page = true", "public_page", "cases of every category are in numbers"),
        ],
    )
    def test_is_given_on_its_line(self, said: str, line: str, message: str) -> None:
        text = changed(end=f"[residents]\n{said}\n")
        (found,) = findings_of(text)
        assert message in found.message
        assert (found.severity, found.line) == (Severity.WARNING, line_of(text, line))
