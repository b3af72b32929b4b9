"""The operator's page shows plans that work and defaults that are true."""

import re
import tomllib
from pathlib import Path

from schemas.plan import Limits, Merging, Residents, SignIn, Supervision
from schemas.plan.requests import Requests
from tests.unit.schemas.plan_texts import findings_of, plan_of

PAGE = Path(__file__).parents[3] / "docs" / "write-a-plan.md"


def snippets() -> list[str]:
    return re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


class TestPage:
    def test_shows_a_plan_without_a_finding(self) -> None:
        plan, *_ = snippets()
        assert findings_of(plan) == []

    def test_shows_the_defaults(self) -> None:
        small, *_, defaults = snippets()
        plan = plan_of(f"{small}\n{defaults}")
        assert plan.limits == Limits()
        assert plan.requests == Requests()
        assert plan.merging == Merging()
        assert plan.supervision == Supervision()

    def test_shows_groups_of_an_identity_provider(self) -> None:
        _, groups, *_ = snippets()
        shown = SignIn.model_validate(tomllib.loads(groups)["sign_in"])
        police, leads = shown.oidc.groups
        assert (police.group, police.roles) == ("police-duty-room", ("handler",))
        assert leads.roles == ("shift_lead", "dispatcher")

    def test_shows_what_residents_see(self) -> None:
        _, _, residents, _, _ = snippets()
        shown = Residents.model_validate(tomllib.loads(residents)["residents"])
        assert shown.status_page
        assert shown.shown_for == Residents().shown_for
        assert not Residents().status_page

    def test_shows_a_standard_text(self) -> None:
        small, _, _, texts, _ = snippets()
        assert findings_of(f"{small}\n{texts}") == []
