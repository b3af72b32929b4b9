"""A city's own words and the codes they stand for."""

import pytest

from services.upstream.code_table import CodeTable

TABLE = CodeTable(
    {
        "PLUMBING": "HOME",
        "Plumbing": "WORKS",
        "Graffiti": "CLEAN",
        "Graffiti > Police Report*": "POLICE",
        "Graffiti > police report refused": "NONE",
        "Street Sign - *": "SIGN",
        "* complaint": "COMPLAINT",
        "Street *": "STREET",
        "Unknown": "",
        "Code > *": "*",
        "Price (EUR) [x] > a.c": "REGEX",
    }
)


class TestFind:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("PLUMBING", ""), "HOME"),
            (("Plumbing", "leak"), "WORKS"),
            (("plumbing", ""), "HOME"),
            (("Graffiti", "anything"), "CLEAN"),
            (("graffiti", "POLICE REPORT wanted"), "POLICE"),
            (("Graffiti", "Police Report Refused"), "NONE"),
            (("Street  Sign - Missing", ""), "SIGN"),
            (("Street complaint", ""), "COMPLAINT"),
            (("Street Light", ""), "STREET"),
            (("Unknown", "x"), None),
            (("Nothing", "x"), None),
            (("Code", "X-1"), "X-1"),
            (("Price (EUR) [x]", "a.c"), "REGEX"),
            (("Price (EUR) [x]", "abc"), None),
            (("", ""), None),
        ],
    )
    def test_the_nearest_key_counts(self, words: tuple[str, ...], expected: str | None) -> None:
        assert TABLE.find(*words) == expected
        assert TABLE.find(*words) == expected  # remembered
