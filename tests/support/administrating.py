"""What an administrator sees and sends, and what answers where a service should."""

from html import unescape

import httpx

from services.access.actor import Actor
from services.desk.bounds import MOST_PEER_BYTES
from services.desk.pages.admin.administration import Installation
from tests.support.desk_town import pages_app
from tests.support.shown import DeskBench
from tests.support.web import talking_to


async def seen_by(
    actor: Actor, shown: DeskBench, path: str, *, installation: Installation | None = None
) -> str:
    """Return what an administrator sees, without entities; no text on it is a script."""
    async with talking_to(pages_app(shown, actor, installation=installation), token="") as browser:
        answer = await browser.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert "<script>" not in answer.text
    return unescape(answer.text)


async def sent_by(
    actor: Actor, shown: DeskBench, path: str, form: dict[str, str], *, installation: Installation
) -> httpx.Response:
    """Return what an administrator gets who sends a form of a page."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with talking_to(pages_app(shown, actor, installation=installation), token="") as browser:
        return await browser.post(path, data=form, headers=headers)


def no_service(odd: object, *, status: int = 200) -> dict[str, httpx.Response]:
    """Return what no service answers, by what is wrong with it; `odd` is nearly what one says."""
    return {
        "endless": httpx.Response(200, content=b"x" * (2 * MOST_PEER_BYTES)),
        "bytes": httpx.Response(200, content=b"\xff"),
        "list": httpx.Response(200, json=[]),
        "odd": httpx.Response(status, json=odd),
        "elsewhere": httpx.Response(302, headers={"location": "http://127.0.0.1:1/"}),
        "another program": httpx.Response(401, html="<title>who are you</title>"),
    }
