"""Somebody signs in at the desk, gets a pass, and looks with it at a contact that intake has."""

import re
import time
from base64 import b32decode
from html import unescape

import httpx
import pytest

from services.access.passes import HEADER
from services.desk.domain.totp import STEP_SECONDS, code_at
from tests.support.asking import asking
from tests.support.command import tongxin, until
from tests.support.town import Town

pytestmark = pytest.mark.kafka

PERSON, PASSWORD = "he.jing", "correct horse battery"
PHONE = "13955550077"
CONTACT = {"name": "高先生", "phone": PHONE, "email": None}
PLACE = {"point": {"lat": 28.6915, "lon": 115.9755}}
WHY = {"reason": "ask where the water comes from"}


class Colleague:
    """Somebody with a browser and an authenticator app."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser
        self.secret = b""
        self.step = 0

    def code(self) -> str:
        """Return the code of now, or the next one: none is taken twice."""
        self.step = max(int(time.time()) // STEP_SECONDS, self.step + 1)
        return code_at(self.secret, self.step)

    async def sends(self, path: str, **fields: str) -> httpx.Response:
        """Send a form, which must lead on."""
        answer = await self.browser.post(path, data=fields)
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
        return answer

    async def sets_up(self, link: str) -> None:
        """Set a password and a second factor, beginning with a one-time link."""
        await self.sends(httpx.URL(link).path, password=PASSWORD, again=PASSWORD)
        await self.sends("/me/second-factor", old=PASSWORD)
        page = unescape((await self.browser.get("/me", headers={"Accept": "text/html"})).text)
        found = re.search(r"otpauth://totp/[^?]*\?secret=([A-Z2-7]+)&", page)
        assert found is not None, page
        self.secret = b32decode(found[1] + "=" * (-len(found[1]) % 8))
        await self.sends("/me/second-factor/confirm", code=self.code())

    async def signs_in(self) -> None:
        await self.sends("/sign-out")
        assert (await self.browser.post("/passes")).status_code == httpx.codes.UNAUTHORIZED
        await self.sends("/sign-in", person=PERSON, password=PASSWORD, code=self.code())


class Looks:
    """Where intake shows the contacts of a case, for whoever brings a pass."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self.http, self.url = http, url

    async def __call__(self, token: str) -> httpx.Response:
        return await self.http.post(self.url, json=WHY, headers={HEADER: token})

    async def come_to(self, wanted: int, token: str) -> httpx.Response:
        """Return the answer that is so: what a command wrote is told about a second later."""

        async def so() -> httpx.Response | None:
            answer = await self(token)
            return answer if answer.status_code == wanted else None

        found = await until(so, told=f"{wanted} of {self.url}")
        assert found is not None
        return found


async def invited(town: Town) -> str:
    """Record a person, and return their one-time link."""
    data = ("--data", str(town.house.logs.parent))
    who = ("--name", "何静", "--role", "shift_lead")
    added = await tongxin("people", "add", PERSON, *who, *data)
    assert added.code == 0, added.text
    return (await tongxin("people", "link", PERSON, *data)).text.strip()


async def test_a_contact_is_seen_by_who_signed_in_and_by_nobody_else(town: Town) -> None:
    case = await town.report("looks", category="E0112", place=PLACE, contact=CONTACT)
    await town.event(case, "case.assigned")
    desk, looks = town.house.url("desk"), f"{town.house.url('intake')}/cases/{case}/looks"
    async with (
        httpx.AsyncClient(base_url=desk, headers={"Origin": desk}, trust_env=False) as browser,
        httpx.AsyncClient(trust_env=False, timeout=60) as stranger,
    ):
        colleague, looked = Colleague(browser), Looks(stranger, looks)
        await colleague.sets_up(await invited(town))
        await colleague.signs_in()
        given = await browser.post("/passes")
        assert given.status_code == httpx.codes.OK, given.text
        token = given.json()["token"]
        seen = await looked.come_to(httpx.codes.OK, token)
        assert [one["contact"] for one in seen.json()["reporters"]] == [CONTACT]
        for brought in ("", token[:-1] + ("0" if token[-1] != "0" else "1"), f"x{token}"):
            assert (await looked(brought)).status_code == httpx.codes.UNAUTHORIZED
        async with asking() as key:
            answer = await key.post(looks, json=WHY)
        assert answer.status_code == httpx.codes.FORBIDDEN, answer.text
        assert PHONE not in answer.text
        ended = await tongxin("people", "disable", PERSON, "--data", str(town.house.logs.parent))
        assert ended.code == 0, ended.text
        await looked.come_to(httpx.codes.UNAUTHORIZED, token)
