"""A demo that stays gives whoever reported a page."""

from pathlib import Path

from schemas.plan import load_plan
from services.demo.resident import show_residents
from tests.support.town import PLAN

DESK = "http://127.0.0.1:8004"


class TestPlan:
    def test_lets_whoever_reported_look_at_the_desk(self, tmp_path: Path) -> None:
        copy = tmp_path / "plan.toml"
        copy.write_bytes(PLAN.read_bytes())
        for _ in range(2):
            show_residents(copy, desk=DESK)
            residents = load_plan(copy, loopback=True).residents
            assert (residents.address, residents.status_page) == (DESK, True)

    def test_keeps_what_it_says_itself(self, tmp_path: Path) -> None:
        copy = tmp_path / "plan.toml"
        copy.write_bytes(PLAN.read_bytes() + b"\n[residents]\nstatus_page = false\n")
        show_residents(copy, desk=DESK)
        assert not load_plan(copy, loopback=True).residents.status_page
