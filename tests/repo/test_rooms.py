"""The services are built alike, and no drawer of odds and ends opens (house plan, part 3)."""

import pytest

from schemas.topics import SERVICES
from tests.support.sources import CODE, ROOT, modules, name_of

ROOMS = {"app", "bounds", "domain", "handlers", "http", "metrics", "settings", "store", "use_cases"}
OPTIONAL = {"migrations", "pages", "sweeps"}
DRAWERS = {"base_utils", "common", "exceptions", "helpers", "manager", "misc", "util", "utils"}


def rooms_of(service: str) -> set[str]:
    entries = (ROOT / "services" / service).iterdir()
    return {e.stem for e in entries if e.suffix == ".py" or (e / "__init__.py").exists()} - {
        "__init__"
    }


class TestService:
    @pytest.mark.parametrize("service", SERVICES)
    def test_has_the_rooms_of_its_sisters(self, service: str) -> None:
        assert rooms_of(service) - OPTIONAL == ROOMS

    @pytest.mark.parametrize("service", SERVICES)
    def test_has_a_package_of_pure_rules(self, service: str) -> None:
        assert len(list((ROOT / "services" / service / "domain").glob("*.py"))) > 1


class TestPages:
    def test_have_no_sql_of_their_own(self) -> None:
        """So their tests need one engine each."""
        lines = [
            line
            for file in (ROOT / "services" / "desk" / "pages").rglob("*.py")
            for line in file.read_text(encoding="utf-8").splitlines()
            if "sqlalchemy" in line
        ]
        assert set(lines) == {"from sqlalchemy.ext.asyncio import AsyncConnection"}


class TestModuleName:
    def test_says_what_is_inside(self) -> None:
        files = modules(*CODE)
        assert [name_of(f) for f in files if {f.stem, f.parent.name} & DRAWERS] == []
