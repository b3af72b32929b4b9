"""Sign in by a certified OpenID provider, from the plan's page on and back again."""

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from schemas.plan import OpenIdConnect, Plan, SignIn, load_plan
from schemas.roles import ActingRole
from services.desk.http.entrance import BACK, ENDED, OPEN_PATHS
from services.desk.settings import DeskSettings
from services.desk.store import people
from services.desk.use_cases.provider import Provider, Registered
from services.kit.clock import system_clock
from tests.support.desk import GOOD, Desk
from tests.support.desk_pages import browser_at, pages_of, said_on
from tests.support.identity_provider import CLIENT, OUT, SECRET, real_provider, signed_in_there
from tests.support.pages import PROVIDER

USE_CASES = Path("services/desk/use_cases")
PLAN = load_plan(Path("deploy/plans/qingshanhu.toml"))

PEOPLE = {
    "li": {"name": "Li Wei", "groups": ["police-duty-room"]},
    "lead": {"name": "A lead", "groups": ["shift-leads", "police-duty-room"]},
    "stranger": {"name": "Somebody", "groups": ["gardeners"]},
    "bare": {},
}
TERMS = tomllib.loads(re.findall(r"```toml\n(.*?)```", PROVIDER, re.DOTALL)[0])["sign_in"]["oidc"]


def plan_with(terms: object) -> Plan:
    oidc = OpenIdConnect.model_validate(terms)
    return PLAN.model_copy(update={"sign_in": SignIn(oidc=oidc)})


@dataclass
class City:
    """A desk, the provider that it is registered with, and a browser."""

    desk: Desk
    issuer: str
    terms: object = None

    def browser(self) -> httpx.AsyncClient:
        registered = Registered(issuer=self.issuer, client_id=CLIENT, client_secret=SECRET)
        provider = Provider(registered, clock=self.desk.clock)
        plan = plan_with(self.terms or TERMS)
        return browser_at(pages_of(self.desk, plan=plan, provider=provider))

    async def back(self, browser: httpx.AsyncClient, name: str, *, to: str = "/cases") -> str:
        """Go to the provider and sign in there; returns the way back."""
        away = await browser.get("/sign-in/provider", params={"next": to})
        assert away.status_code == 303, away.text
        return await signed_in_there(away.headers["location"], name)


@pytest.fixture
async def city(desk: Desk) -> AsyncIterator[City]:
    desk.clock.now = system_clock()
    async with real_provider(PEOPLE) as issuer:
        yield City(desk, issuer)


class TestSignIn:
    async def test_makes_a_person_of_their_groups_and_leads_on(self, city: City) -> None:
        browser = city.browser()
        page = await browser.get("/sign-in", params={"next": "/cases?mine=1"})
        assert "/sign-in/provider?next=%2Fcases%3Fmine%3D1" in page.text
        entered = await browser.get(await city.back(browser, "li", to="/cases?mine=1"))
        assert (entered.status_code, entered.headers["location"]) == (303, "/cases?mine=1")
        me = (await browser.get("/me", headers={"Accept": "application/json"})).json()
        assert (me["id"], me["name"], me["roles"]) == ("li", "Li Wei", ["handler"])
        assert (me["departments"], me["second_factor"]) == (["police"], True)

    async def test_for_the_first_time_in_several_windows_is_of_one_person(self, city: City) -> None:
        browsers = [city.browser() for _ in range(4)]
        ways = [await city.back(one, "li") for one in browsers]
        back = [one.get(way) for one, way in zip(browsers, ways, strict=True)]
        entered = await asyncio.gather(*back)
        assert [one.status_code for one in entered] == [303] * 4
        assert {one.headers["location"] for one in entered} == {"/cases"}

    async def test_sends_pkce_state_and_nonce(self, city: City) -> None:
        away = await city.browser().get("/sign-in/provider")
        asked = parse_qs(urlsplit(away.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert {len(asked[name][0]) for name in ("code_challenge", "state", "nonce")} == {43}
        assert asked["response_type"] == ["code"]
        visit = away.headers["set-cookie"]
        assert visit.startswith("tongxin-visit=")
        assert {"HttpOnly", "SameSite=lax"} <= set(visit.split("; "))

    async def test_lets_nobody_in_who_has_no_group_here(self, city: City) -> None:
        for name in ("stranger", "bare"):
            browser = city.browser()
            refused = await browser.get(await city.back(browser, name))
            assert (refused.status_code, "no right here" in said_on(refused.text)) == (403, True)
            assert "tongxin" not in browser.cookies
            async with city.desk.database.read() as conn:
                assert await people.person_of(conn, name) is None

    async def test_takes_what_a_plan_no_longer_gives_at_that_moment(self, city: City) -> None:
        first = city.browser()
        await first.get(await city.back(first, "li"))
        assert (await first.get("/cases-of-mine")).json() == "li"
        city.terms = {"groups": [{"group": "others", "roles": ["handler"]}]}
        second = city.browser()
        refused = await second.get(await city.back(second, "li"))
        assert refused.status_code == 403
        assert (await first.get("/cases-of-mine")).status_code == 401
        async with city.desk.database.read() as conn:
            known = await people.person_of(conn, "li")
        assert known is not None
        assert known.described.roles == frozenset()

    async def test_brings_no_deciding_role_without_the_second_factor_asked_for(
        self, city: City
    ) -> None:
        city.terms = TERMS | {"second_factor": ["mfa"]}
        browser = city.browser()
        await browser.get(await city.back(browser, "lead"))
        me = (await browser.get("/me", headers={"Accept": "application/json"})).json()
        assert (me["roles"], me["second_factor"]) == (["dispatcher", "handler"], False)

    async def test_takes_over_nobody_who_has_a_password(self, city: City) -> None:
        await city.desk.let_in("li", ActingRole.ADMINISTRATOR)
        browser = city.browser()
        refused = await browser.get(await city.back(browser, "li"))
        assert (refused.status_code, browser.cookies.get("tongxin")) == (403, None)
        local = await browser.post("/sign-in", data={"person": "li", "password": GOOD})
        assert local.status_code == 303

    async def test_finds_somebody_who_was_imported_before(self, city: City) -> None:
        await city.desk.add("li", ActingRole.DISPATCHER)
        browser = city.browser()
        await browser.get(await city.back(browser, "li"))
        me = (await browser.get("/me", headers={"Accept": "application/json"})).json()
        assert me["roles"] == ["handler"]


class TestWayBack:
    async def test_is_good_once_and_in_one_browser(self, city: City) -> None:
        browser, other = city.browser(), city.browser()
        way = await city.back(browser, "li")
        assert (await other.get(way)).status_code == 400
        visit = browser.cookies["tongxin-visit"]
        assert (await browser.get(way)).status_code == 303
        replayed = city.browser()
        replayed.cookies.set("tongxin-visit", visit)
        assert (await replayed.get(way)).status_code == 400

    async def test_with_another_state_code_or_issuer_lets_nobody_in(self, city: City) -> None:
        for name, value in (
            ("state", "x" * 43),
            ("state", ""),
            ("code", "x"),
            ("code", ""),
            ("iss", "https://other.example"),
        ):
            browser = city.browser()
            way = await city.back(browser, "li")
            odd = re.sub(rf"([?&]{name}=)[^&]*", rf"\g<1>{value}", way)
            assert odd != way
            refused = await browser.get(odd)
            assert (name, refused.status_code) == (name, 400)
            assert "tongxin" not in browser.cookies

    async def test_leads_to_no_other_site(self, city: City) -> None:
        browser = city.browser()
        entered = await browser.get(await city.back(browser, "li", to="https://evil.example"))
        assert entered.headers["location"] == "/"


class TestSigningOut:
    async def test_leads_to_the_end_of_the_session_there(self, city: City) -> None:
        browser = city.browser()
        await browser.get(await city.back(browser, "li"))
        page = await browser.get("/me")
        assert f"form-action 'self' {city.issuer};" in page.headers["content-security-policy"]
        out = await browser.post("/sign-out")
        asked = urlsplit(out.headers["location"])
        assert out.headers["location"].startswith(f"{city.issuer}/session/end?")
        assert parse_qs(asked.query) == {
            "client_id": [CLIENT],
            "post_logout_redirect_uri": [OUT],
        }
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(out.headers["location"])).is_success
        assert (await browser.get("/cases-of-mine")).status_code == 401


class TestPage:
    def test_names_addresses_that_the_desk_answers(self) -> None:
        shown = re.findall(r"`https://desk\.city\.example(/[^`]*)`", PROVIDER)
        assert shown == [BACK, "/signed-out", ENDED]
        assert OPEN_PATHS.issuperset(shown)

    def test_shows_settings_that_the_desk_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (lines,) = re.findall(r"```\n +(TONGXIN_DESK_.*?)```", PROVIDER, re.DOTALL)
        for name, value in re.findall(r"(TONGXIN_\w+)=(\S+)", lines):
            monkeypatch.setenv(name, value)
        settings = DeskSettings()
        assert settings.public_url == "https://desk.city.example"
        assert settings.oidc_client_id == "tongxin-desk"
        assert settings.oidc_client_secret.get_secret_value() == "..."

    def test_tells_what_the_log_says(self) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in USE_CASES.glob("*.py"))
        for said in re.findall(r"^\| `([^`]+)` \|", PROVIDER, re.MULTILINE):
            assert said.rstrip(". ") in code
