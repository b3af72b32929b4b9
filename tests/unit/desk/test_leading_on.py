"""Where a sign-in may lead on to: within the desk, and nowhere else."""

import pytest

from services.desk.http.site import inside


class TestLeadingOn:
    @pytest.mark.parametrize("path", ["/cases", "/cases?mine=1&q=a%20b", "/cases/1#end", "/"])
    def test_keeps_a_path_of_the_desk(self, path: str) -> None:
        assert inside(path) == path

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "",
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "https:evil.example",
            " /cases",
            "cases",
            "/" + "a" * 3_000,
            "//[",
        ],
    )
    def test_takes_whatever_leads_elsewhere_for_the_start(self, elsewhere: str) -> None:
        assert inside(elsewhere) == "/"
