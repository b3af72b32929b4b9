"""The pages of signing in, as a browser without scripts walks them."""

import logging
import re
from base64 import b32decode
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
import zxingcpp
from PIL import Image
from prometheus_client import CollectorRegistry
from typing_extensions import override

from schemas.roles import ActingRole
from services.desk.domain.people import ADMINISTRATOR_ID
from services.desk.metrics import DeskMetrics
from tests.support.desk import BETTER, GOOD, SECRET, Desk, desk_on, forms_of
from tests.support.desk_pages import HERE, browser_at, pages_of, said_on, site_of


class Seen(HTMLParser):
    """What a browser reads of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: set[str] = set()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values |= {value for _, value in attrs if value is not None}


async def signed_in(desk: Desk, browser: httpx.AsyncClient, *roles: ActingRole) -> None:
    await desk.let_in("li", *(roles or (ActingRole.HANDLER,)))
    entered = await browser.post("/sign-in", data={"person": "li", "password": GOOD})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")


def secret_in(address: str) -> bytes:
    found = re.search(r"otpauth://totp/[^?]*\?secret=([A-Z2-7]+)&", address)
    assert found is not None
    return b32decode(found[1] + "=" * (-len(found[1]) % 8))


def read_by_a_camera(page: str) -> bytes:
    """Return the secret in the QR code of a page, as a library that is not ours reads it."""
    drawn = re.search(r'viewBox="0 0 (\d+) \d+"[^>]*><path d="([^"]+)"', page)
    assert drawn is not None
    picture = Image.new("L", (int(drawn[1]),) * 2, "white")
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn[2]):
        picture.putpixel((int(x), int(y)), 0)
    (code,) = zxingcpp.read_barcodes(picture.resize((4 * picture.width,) * 2, Image.Resampling.BOX))
    return secret_in(code.text)


_TWICE: tuple[dict[str, str], ...] = (
    {},
    {},
    {"person": ""},
    {"person": "wang"},
    {"password": BETTER, "again": BETTER},
)
"""What is typed otherwise into the form of a one-time link, each time that it is sent."""


class TestFirstSignIn:
    async def test_goes_from_the_link_to_an_administrator_with_a_second_factor(
        self, desk: Desk
    ) -> None:
        await desk.add(ADMINISTRATOR_ID, ActingRole.ADMINISTRATOR)
        way = f"/first/{await desk.link(ADMINISTRATOR_ID)}"
        browser = browser_at(pages_of(desk))
        shown = await browser.get(way)
        assert (shown.status_code, forms_of(shown.text)) == (200, [""])
        bad = await browser.post(way, data={"password": "short", "again": "short"})
        assert (bad.status_code, "fewer than 12" in said_on(bad.text)) == (422, True)
        differ = await browser.post(way, data={"password": GOOD, "again": BETTER})
        assert (differ.status_code, "twice" in said_on(differ.text)) == (422, True)
        done = await browser.post(way, data={"password": GOOD, "again": GOOD})
        assert (done.status_code, done.headers["location"]) == (303, "/me")
        me = await browser.get("/me")
        assert "second factor" in said_on(me.text)
        assert "<dt>With a second factor</dt><dd>Administrator</dd>" in me.text
        again = await browser.get(way)
        assert (again.status_code, "was used" in said_on(again.text)) == (404, True)

        await browser.post("/me/second-factor", data={"old": GOOD})
        secret = await self.secret_on_page(browser)
        assert read_by_a_camera((await browser.get("/me")).text) == secret
        code = desk.code_of(secret)
        confirmed = await browser.post("/me/second-factor/confirm", data={"code": code})
        assert confirmed.status_code == 303
        known = (await browser.get("/me", headers={"Accept": "application/json"})).json()
        assert (known["roles"], known["second_factor"]) == (["administrator"], True)

    async def secret_on_page(self, browser: httpx.AsyncClient) -> bytes:
        return secret_in(unescape((await browser.get("/me")).text))

    async def test_by_a_form_that_is_sent_twice_lets_in_who_knows_the_password(
        self, desk: Desk
    ) -> None:
        await desk.add("li", ActingRole.HANDLER)
        way, browser = f"/first/{await desk.link('li')}", browser_at(pages_of(desk))
        typed = {"person": "li", "password": GOOD, "again": GOOD}
        told = [(await browser.post(way, data=typed | more)).status_code for more in _TWICE]
        assert told == [303, 303, 404, 404, 404]
        assert (await browser.get("/cases-of-mine")).json() == "li"


class TestSigningIn:
    async def test_leads_to_where_somebody_wanted_to_go(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        browser = browser_at(pages_of(desk))
        asked = await browser.get("/sign-in", params={"next": "/cases?mine=1"})
        assert 'name="next" value="/cases?mine=1"' in asked.text
        form = {"person": "li", "password": GOOD, "next": "/cases?mine=1"}
        assert (await browser.post("/sign-in", data=form)).headers["location"] == "/cases?mine=1"
        form["next"] = "//evil.example"
        assert (await browser.post("/sign-in", data=form)).headers["location"] == "/"

    async def test_in_vain_tells_nothing_of_who_is_there(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        browser = browser_at(pages_of(desk))
        answers = [
            await browser.post("/sign-in", data={"person": one, "password": "wrong password"})
            for one in ("li", "no")
        ]
        assert [one.status_code for one in answers] == [401, 401]
        assert answers[0].text.replace('value="li"', "") == answers[1].text.replace(
            'value="no"', ""
        )
        assert "set-cookie" not in answers[0].headers

    async def test_too_often_says_when_to_come_again(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        for _ in range(6):
            await browser.post("/sign-in", data={"person": "li", "password": "wrong password"})
        late = await browser.post("/sign-in", data={"person": "li", "password": "wrong password"})
        assert (late.status_code, late.headers["retry-after"]) == (429, "5")

    async def test_is_kept_to_a_pace_by_address(self, desk: Desk) -> None:
        app = pages_of(desk, site=site_of(at_once=3))
        quick = browser_at(app)
        answers = [(await quick.get("/sign-in")).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 429, 429]
        assert (await browser_at(app, address="127.0.0.2").get("/sign-in")).status_code == 200

    async def test_out_is_told_to_nobody_who_is_signed_in(self, desk: Desk) -> None:
        async with browser_at(pages_of(desk)) as browser:
            browser.cookies.set("tongxin", await desk.let_in("li-wei", ActingRole.HANDLER))
            told = await browser.get("/signed-out")
        assert (told.status_code, told.headers["location"]) == (303, "/")

    async def test_out_ends_the_session_also_for_whoever_kept_the_cookie(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        await signed_in(desk, browser)
        kept = browser.cookies["tongxin"]
        out = await browser.post("/sign-out")
        assert (out.headers["location"], browser.cookies.get("tongxin")) == ("/signed-out", None)
        answer = await browser.get("/me", headers={"Cookie": f"tongxin={kept}"})
        assert answer.headers["location"].startswith("/sign-in")


class TestLog:
    async def test_has_who_came_in_and_who_did_not_and_nothing_that_was_typed(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        metrics = DeskMetrics(CollectorRegistry())
        browser = browser_at(pages_of(desk, metrics=metrics))
        with caplog.at_level(logging.INFO):
            await signed_in(desk, browser)
            typed = {"person": "a password typed here", "password": "wrong password"}
            for _ in range(7):
                await browser.post("/sign-in", data=typed)
        told = [vars(one) for one in caplog.records if one.name.endswith("watch")]
        assert (told[0]["person"], told[0]["address"]) == ("li", "127.0.0.1")
        assert [one["outcome"] for one in told[1:]] == ["refused"] * 6 + ["too_soon"]
        assert "typed here" not in str(told)
        counted = metrics.sign_ins.labels(by="password", outcome="refused")
        assert counted._value.get() == 6


class TestCookie:
    async def test_is_for_this_host_alone_and_for_no_script(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        browser = browser_at(
            pages_of(desk, site=site_of(public_url="https://desk.example")),
            url="https://desk.example",
        )
        entered = await browser.post("/sign-in", data={"person": "li", "password": GOOD})
        cookie = entered.headers["set-cookie"].split("; ")
        assert cookie[0].startswith("__Host-tongxin=")
        assert {one.lower() for one in cookie[1:]} == {
            "httponly",
            "path=/",
            "samesite=lax",
            "secure",
        }

    async def test_goes_over_plain_http_on_this_machine_alone(self, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        app = pages_of(desk)
        form = {"person": "li", "password": GOOD}
        assert (await browser_at(app).post("/sign-in", data=form)).status_code == 303
        away = await browser_at(app, url="http://desk.example").post("/sign-in", data=form)
        assert (away.status_code, "https" in away.json()["title"]) == (403, True)

    @pytest.mark.parametrize("odd", ["", "x", "%00", "a" * 8_000, "é"])
    async def test_that_nobody_was_given_proves_nobody(self, desk: Desk, odd: str) -> None:
        browser = browser_at(pages_of(desk))
        headers = [(b"Cookie", f"tongxin={odd}".encode())]
        assert (await browser.get("/cases-of-mine", headers=headers)).status_code == 401


class TestSession:
    async def test_proves_a_person_to_every_door(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        assert (await browser.get("/cases-of-mine")).status_code == 401
        await signed_in(desk, browser)
        assert (await browser.get("/cases-of-mine")).json() == "li"
        assert (await browser.post("/cases-of-mine")).json() == "li"

    async def test_brings_no_door_that_its_roles_do_not_open(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        await signed_in(desk, browser, ActingRole.SHIFT_LEAD)
        assert (await browser.get("/cases-of-mine")).status_code == 403  # no second factor

    async def test_changes_nothing_for_a_page_of_another_site(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        await signed_in(desk, browser)
        for headers, status in (
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://localhost.evil.example"}, 403),
        ):
            answer = await browser.post("/cases-of-mine", headers=headers)
            assert answer.status_code == status
        silent = browser_at(pages_of(desk))
        del silent.headers["Origin"]
        silent.cookies = browser.cookies
        assert (await silent.post("/cases-of-mine")).status_code == 401
        cross = await silent.post("/cases-of-mine", headers={"Sec-Fetch-Site": "cross-site"})
        assert cross.status_code == 403
        same = await silent.post("/cases-of-mine", headers={"Sec-Fetch-Site": "same-origin"})
        assert same.status_code == 200
        for path in ("/me/sessions/end", "/me/password", "/sign-out"):
            await silent.post(path, data={"session": "others"})
        assert (await browser.get("/cases-of-mine")).status_code == 200


class TestOwnAccount:
    async def test_is_told_as_json_to_what_is_no_browser(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        unknown = await browser.get("/me", headers={"Accept": "application/json"})
        assert unknown.status_code == 401
        await signed_in(desk, browser)
        me = (await browser.get("/me", headers={"Accept": "*/*"})).json()
        assert (me["id"], me["roles"], me["second_factor_needed"]) == ("li", ["handler"], False)
        assert sorted(one["current"] for one in me["sessions"]) == [False, True]

    async def test_has_its_password_changed_and_other_sessions_ended(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        await signed_in(desk, browser)
        wrong = {"old": BETTER, "password": BETTER, "again": BETTER}
        assert (await browser.post("/me/password", data=wrong)).status_code == 401
        short = {"old": GOOD, "password": "short", "again": "short"}
        assert (await browser.post("/me/password", data=short)).status_code == 422
        right = {"old": GOOD, "password": BETTER, "again": BETTER}
        assert (await browser.post("/me/password", data=right)).status_code == 303
        me = (await browser.get("/me", headers={"Accept": "application/json"})).json()
        assert len(me["sessions"]) == 1

    async def test_shows_sessions_of_its_own_to_end(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        await signed_in(desk, browser)
        page = (await browser.get("/me")).text
        named = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
        assert len(named) == 1
        assert (
            await browser.post("/me/sessions/end", data={"session": named[0]})
        ).status_code == 303
        me = (await browser.get("/me", headers={"Accept": "application/json"})).json()
        assert len(me["sessions"]) == 1
        await browser.post("/me/sessions/end", data={"session": "others"})
        assert (await browser.get("/me")).status_code == 200

    async def test_says_where_an_installation_has_no_secret(self, desk: Desk) -> None:
        bare = desk_on(desk.database, secrets="")
        browser = browser_at(pages_of(bare))
        await signed_in(bare, browser)
        refused = await browser.post("/me/second-factor", data={"old": GOOD})
        assert (refused.status_code, "TONGXIN_ACCESS_SECRET" in refused.text) == (422, True)
        assert SECRET not in refused.text


class TestPages:
    async def test_load_nothing_but_our_style_and_need_no_script(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        shown = [await browser.get(path) for path in ("/sign-in", "/signed-out", "/first/x")]
        await signed_in(desk, browser)
        shown.append(await browser.get("/me"))
        for page in shown:
            policy = page.headers["content-security-policy"]
            assert "unsafe-" not in policy
            assert policy.startswith("default-src 'none'; style-src 'self'")
            assert "frame-ancestors 'none'" in policy
            assert page.headers["referrer-policy"] == "same-origin"
            assert page.headers["cache-control"] == "no-store"
            # One file of ours forgets what was typed; nobody types there.
            text = re.sub(
                r'<script src="/static/leaving-[0-9a-f]+.js" defer></script>', "", page.text
            )
            assert not re.search(r"<script|style=|\son[a-z]+=|javascript:", text)
            found = re.search(r'<link rel="stylesheet" href="([^"]+)">', page.text)
            assert found is not None

    @pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "' onfocus=x", "&lt;b&gt;"])
    async def test_show_what_people_typed_as_text(self, desk: Desk, hostile: str) -> None:
        browser = browser_at(pages_of(desk))
        form = {"person": hostile, "password": "wrong password", "next": f"/{hostile}"}
        page = (await browser.post("/sign-in", data=form)).text
        seen = Seen()
        seen.feed(page)
        assert "script" not in seen.tags
        assert [name for name in seen.attributes if name.startswith("on")] == []
        assert hostile in seen.values

    @pytest.mark.parametrize(
        "odd",
        [
            b"person=li&person=wang",
            b"person=%00",
            b"person=" + b"x" * 5_000,
            b"&".join(b"f%d=1" % n for n in range(50)),
            b"no form",
            b"person=%ff",
            b"\xff\xfe",
        ],
    )
    async def test_refuse_what_no_form_of_ours_sends(self, desk: Desk, odd: bytes) -> None:
        browser = browser_at(pages_of(desk))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.post("/sign-in", content=odd, headers=headers)
        assert answer.status_code == 422

    async def test_come_from_this_host_alone(self, desk: Desk) -> None:
        browser = browser_at(pages_of(desk))
        answer = await browser.get("/sign-in", headers={"Host": "evil.example"})
        assert (answer.status_code, HERE in answer.text) == (421, False)
