"""The page of a report, as a browser of somebody asks for it who is not signed in."""

from html import unescape
from typing import Final

import httpx

from services.kit.http.door import Publishes
from tests.support.desk_town import pages_app
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, merged, registered
from tests.support.report_links import path_of
from tests.support.shown import DeskBench
from tests.support.web import talking_to

LEAD: Final = "urban-management"


async def asked(desk: DeskBench, path: str, *, language: str = "en") -> httpx.Response:
    """Return what somebody's browser gets who is not signed in."""
    headers = {"Accept": "text/html", "Accept-Language": language}
    async with talking_to(pages_app(desk, None), token="") as browser:
        return await browser.get(path, headers=headers)


async def page_of(desk: DeskBench, report: str = "1", *, language: str = "en") -> str:
    """Return the page of a report."""
    answer = await asked(desk, path_of(report), language=language)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def sent(
    desk: DeskBench,
    text: str = "still there",
    *,
    path: str | None = None,
    to: Publishes | None = None,
    site: str = "same-origin",
    form: str = "not-solved",
    **fields: str,
) -> httpx.Response:
    """Return what a browser gets that says a case is not solved, or fills in another form."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": site, "Accept-Language": "en"}
    async with talking_to(pages_app(desk, None, publisher=to), token="") as browser:
        return await browser.post(
            f"{path or path_of()}/{form}", data={"text": text} | fields, headers=headers
        )


async def closed(bench: FollowedBench, *joined: str) -> None:
    """Let a case be registered, joined and closed."""
    await bench.tell(registered(), assigned(LEAD))
    await bench.tell(*(merged(one, into="1", at=bench.now) for one in joined))
    await bench.say(LEAD, "accepted", "started", "done")
