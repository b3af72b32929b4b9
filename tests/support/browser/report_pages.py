"""The pages of taking a report, and how one comes there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from playwright.async_api import Page

from schemas import topics
from schemas.events.base import event_of
from schemas.events.case import Reporter
from schemas.events.incident import Place, Point
from schemas.roles import ActingRole
from schemas.vocabulary import INTAKE, Channel, case_id_for
from services.kit.records import message_of
from tests.support.desk_town import AFTERNOON, LONG
from tests.support.notifier import registered, the_plan
from tests.support.shown import DeskBench

if TYPE_CHECKING:
    from tests.support.browser.every_page import Way
    from tests.support.browser.served_desk import ServedDesk

_NUMBER: Final = "K7QF-2M9X-PAB3"
_TYPED: Final = {
    "description": "路口的路灯不亮，晚上走路很危险",
    "place.address": "青山湖大道与南京东路交叉口",
    "place.grid": "36011100300103",
    "contact.name": "李雷",
    "contact.phone": "138 0013 8000",
}


def _filled(typed: Mapping[str, str], role: ActingRole = ActingRole.ACCEPTOR) -> "Way":
    """Return the way to the form after a look at what was typed."""

    async def way(page: Page, desk: "ServedDesk") -> None:
        await desk.sign_in(page, role, department="urban-management")
        await page.goto(f"{desk.url}/report")
        for name, text in typed.items():
            await page.locator(f"[name='{name}']").fill(text)
        await page.locator("button[value=look]").click()
        await page.wait_for_load_state()

    return way


async def _form(page: Page, desk: "ServedDesk") -> None:
    await desk.sign_in(page, ActingRole.ACCEPTOR)
    await page.goto(f"{desk.url}/report")


async def _picked(page: Page, desk: "ServedDesk") -> None:
    """See the form after a click on a grid, and one on the place in it."""
    await _filled(_TYPED)(page, desk)
    for x, y in ((200, 150), (90, 180)):
        await page.locator("[name=map]").click(position={"x": x, "y": y})
        await page.wait_for_load_state()
    await page.locator("#where [role=status]").wait_for()


async def _taken(page: Page, desk: "ServedDesk") -> None:
    """See what became of a report that was taken at the desk."""
    limit = the_plan().promise_of("P0137", urgency=the_plan().category("P0137").urgency)
    fact = registered(
        "P0137",
        case_id=case_id_for("desk", _NUMBER),
        at=AFTERNOON,
        reporter=Reporter(source="desk", source_id=_NUMBER, channel=Channel.PHONE),
        place=Place(
            grid=_TYPED["place.grid"],
            address=_TYPED["place.address"],
            point=Point(lon=115.9608, lat=28.6871),
        ),
        description=_TYPED["description"],
        promise=str(limit),
        promised_by=the_plan().until(limit, AFTERNOON),
    )
    message = message_of(event_of(fact, service=INTAKE, sequence=1), topic=topics.CASES)
    await DeskBench(desk.desk.database, now=AFTERNOON).hear(message)
    await desk.sign_in(page, ActingRole.ACCEPTOR)
    await page.goto(f"{desk.url}/report/{_NUMBER}")


async def _on_its_way(page: Page, desk: "ServedDesk") -> None:
    await desk.sign_in(page, ActingRole.ACCEPTOR)
    await page.goto(f"{desk.url}/report/0000-0000-0000")


REPORT_PAGES: Final[dict[str, "Way"]] = {
    "report": _form,
    "report-looked": _filled(_TYPED),
    "report-danger": _filled(
        {"description": "有人被困，快来救命", "place.grid": "湖滨社区第1网格"}
    ),
    "report-picked": _picked,
    "report-wrong": _filled({"place.grid": "不知道", "category": LONG[:150]}),
    "report-long": _filled(_TYPED | {"description": LONG, "place.address": LONG[:400]}),
    "report-collector": _filled({**_TYPED, "category": "P0137"}, ActingRole.COLLECTOR),
    "report-taken": _taken,
    "report-on-its-way": _on_its_way,
}
