"""A town's afternoon on the desk: cases in every state that a page has to show."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from schemas.events.incident import Place, Point
from schemas.lifecycle import CaseState
from schemas.vocabulary import Channel, Urgency
from services.access.actor import Actor
from services.access.door import Doorkeeper, Doors
from services.access.pace import Pace, Strangers
from services.assessment.plan_index import PlanIndex
from services.desk.domain.view import View
from services.desk.http.cases import cases_router
from services.desk.http.files import files_router
from services.desk.http.overview import overview_router
from services.desk.http.site import Site
from services.desk.migrations import HISTORY as DESKS
from services.desk.pages.admin.administration import Installation
from services.desk.pages.all_pages import PAGES_OPEN
from services.desk.pages.frame import Frame
from services.desk.pages.resident_page import RESIDENTS_BELOW
from services.desk.store import uploads
from services.desk.store.uploads import Upload
from services.kit.http.door import Publishes
from services.kit.http.problems import Refused
from services.kit.records import Message
from services.kit.sql.database import sqlite_url
from services.kit.sql.migrations import upgrade
from services.notifier.migrations import HISTORY as NOTIFIERS
from services.router.migrations import HISTORY as ROUTERS
from tests.support.both import Both
from tests.support.databases import opened
from tests.support.desk_files import files_on, proofs_of, town_files
from tests.support.desk_pages import add_cases, an_installation, desk_app, refuse_by_pages
from tests.support.followed import FollowedBench
from tests.support.keys import doorkeeper
from tests.support.notifier import NOON, case_of, merged, registered, rejected, the_plan
from tests.support.one_app import OneApp
from tests.support.proven import Proven
from tests.support.published import Log
from tests.support.router import RouterBench
from tests.support.shown import SUPERVISOR, DeskBench
from tests.support.web import talking_to

ZONE: Final = the_plan().timezone
AFTERNOON: Final = datetime(2026, 1, 5, 13, 30, tzinfo=ZONE).astimezone(UTC)
"""13:30 on a Monday, by when all below has happened."""

LONG: Final = "小区北门外的人行道上" * 30 + " An address that does not end" * 8
"""As long a text as a page must bear."""

HOSTILE: Final = "<script>alert('占道经营')</script>"
"""What must be shown as it was written."""

_REPORTS: Final = (
    # Minutes before the afternoon, category, who reported how, where, and what.
    (290, "E0112", Channel.GRID_MEMBER, "昌南路 18 号门前", "垃圾桶满溢，气味很大"),
    (265, "P0137", Channel.PHONE, "青山湖大道与南京东路交叉口", "路口井盖缺失，已有电动车摔倒"),
    (240, "S-PET", Channel.PHONE, "佛塔村委会", "反映拆迁补偿至今未落实，多次询问无果"),
    (130, "E0502", Channel.SENSOR, "湖滨东路 66 号 3 栋", "燃气浓度报警，居民闻到异味"),
    (95, "E0112", Channel.PHONE, "", "楼道堆放杂物"),
    (60, "E9999", Channel.PHONE, "上海北路菜市场", "这里的情况说不清楚，请派人看看"),
    (35, "P0137", Channel.GRID_MEMBER, LONG[:200], LONG),
    (6, "E0112", Channel.GRID_MEMBER, "塘山镇政府东侧", HOSTILE),
)

_ELSEWHERE: Final = {3: "36011100300108", 6: "36011100300104"}
"""Reports from another grid, by their number."""


Life = Callable[[Both], Awaitable[None]]
"""Lets a town live until the afternoon."""


async def furnished(url: str, *, life: Life | None = None, days: int = 0) -> None:
    """Make the database at a URL a desk's, on which the afternoon has come.

    It is the afternoon of `lived`, unless another `life` is given, which may begin `days` earlier.
    """
    await upgrade(DESKS, url)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        databases = []
        for history in (ROUTERS, NOTIFIERS):
            beside = sqlite_url(folder / f"{history.name}.sqlite")
            await upgrade(history, beside)
            databases.append(await stack.enter_async_context(opened(beside)))
        of_router, of_notifier = databases
        desk = DeskBench(await stack.enter_async_context(opened(url)))
        notifier = FollowedBench(
            of_notifier, desk=desk, now=AFTERNOON - timedelta(days=days, hours=6)
        )
        await (life or lived)(Both(RouterBench(of_router), notifier))


async def lived(both: Both) -> None:
    """Let the afternoon come: reports one after the other, and what departments do about them."""
    for number, (before, category, channel, address, text) in enumerate(_REPORTS, start=1):
        await until(both, AFTERNOON - timedelta(minutes=before))
        place: dict[str, Any] = {"grid": _ELSEWHERE.get(number, "36011100300103")}
        if address:
            east, north = 115.9584 + number * 0.0004, 28.6864 + number % 5 * 0.0006
            place |= {"address": address, "point": Point(lon=round(east, 4), lat=round(north, 4))}
        fact = registered(
            category,
            report=str(number),
            at=both.notifier.now,
            channel=channel,
            place=Place(**place),
            description=text,
            triage=category == "E9999",
        )
        await both.report(fact)
        await _answered(both, number)
    await until(both, AFTERNOON)


async def _answered(both: Both, number: int) -> None:
    match number:
        case 1:
            files = await _photographed(both, "1")
            kinds = the_plan().category("E0112").evidence
            await both.say("urban-management", "accepted", "started", report="1")
            evidence = proofs_of(files, *kinds)
            await both.say("urban-management", "done", report="1", evidence=evidence)
            await both.notifier.tell(merged("23", into="1", at=both.notifier.now))
            unhappy = {"satisfaction": "dissatisfied", "reason": f"{HOSTILE} {LONG[:400]}"}
            await both.notifier.say(
                "reporters", "rate", report="1", report_id=str(case_of("23")), **unhappy
            )
        case 2:
            await both.say("urban-management", "accepted", "started", report="2")
            await _photographed(both, "2")
            link = "https://upstream.example/photos/21.jpg"
            await both.notifier.tell(
                merged("21", into="2", at=both.notifier.now, media=(link,)),
            )
            await _photographed(both, "21")
            await both.notifier.tell(rejected("22"))
            await both.command(
                "case.supervise",
                report="2",
                supervised_for="district office",
                reason="asked twice",
                acting={"person": "Chen Jing", "roles": ["supervisor"], "door": "desk"},
            )
        case 4:
            for party in ("fire", "police", "urban-management"):
                await both.say(party, "accepted", report="4")
            await both.say("fire", "started", report="4")
        case 5:
            await _ask_the_police(both)
        case _:
            pass


async def _ask_the_police(both: Both) -> None:
    """Let a lead sign, and ask for help in many words."""
    await both.say("urban-management", "accepted", report="5")
    await both.command(
        "case.add_co_handler",
        report="5",
        department="police",
        asking_department="urban-management",
        reason=f"楼道里的电动车无人认领，请联系车主。\n{HOSTILE} {LONG[:400]}",
        acting={"person": "Wang Fang", "roles": ["handler"], "door": "desk"},
    )


async def _photographed(both: Both, report: str) -> list[Upload]:
    """Let somebody bring photos to a case; where nobody shows it there is nobody to bring them."""
    if not isinstance(both.notifier, FollowedBench):
        return []
    files = town_files(case_of(report), at=both.notifier.now)
    async with both.notifier.desk.database.write() as conn:
        await uploads.add(conn, files)
    return files


async def until(both: Both, at: datetime) -> None:
    """Let time pass from one deadline to the next."""
    while both.notifier.now < at:
        due = min((await both.notifier.all_timers()).values(), default=at)
        seconds = (min(due, at) - both.notifier.now).total_seconds()
        await both.pass_time(seconds=max(seconds, 0))


class Heard:
    """A log that a notifier hears at once, and the desk what that tells."""

    def __init__(self, bench: FollowedBench) -> None:
        self._bench = bench

    async def publish(self, messages: Iterable[Message]) -> None:
        for one in messages:
            told = self._bench.record(
                one.topic, key=one.key, value=one.value or b"", headers=one.headers
            )
            await self._bench.read(told)


def pages_app(
    desk: DeskBench,
    actor: Actor | None,
    *,
    publisher: Publishes | None = None,
    installation: Installation | None = None,
    fault: BaseException | None = None,
) -> ASGIApp:
    """Return the desk's pages as somebody asks for them who was proven, or nobody.

    Without a publisher nobody hears what is said. At `/broken` there is a `fault`, if one is given.
    """
    frame = Frame(
        database=desk.database,
        clock=lambda: desk.now,
        plan=lambda: desk.plan,
        index=lambda: PlanIndex(desk.plan),
        files=files_on(desk.database, clock=lambda: desk.now),
    )
    of = _Pages(
        frame=frame,
        keeper=doorkeeper(),
        publisher=publisher or Log(),
        installation=installation or an_installation(),
        fault=fault or Refused(404, "Not Found"),
    )
    return _GUARDED.about(of) if actor is None else Proven(_OPEN.about(of), actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pages:
    """What pages are of."""

    frame: Frame
    keeper: Doorkeeper
    publisher: Publishes
    installation: Installation
    fault: BaseException


def _open(of: _Pages) -> FastAPI:
    http = _pages(of)
    refuse_by_pages(http, of.frame)
    return http


def _guarded(of: _Pages) -> FastAPI:
    http = _pages(of)
    http.add_middleware(Doors, keeper=of.keeper, open_paths=PAGES_OPEN, open_below=RESIDENTS_BELOW)
    refuse_by_pages(http, of.frame)
    return http


_OPEN: Final = OneApp(_open)
_GUARDED: Final = OneApp(_guarded)


def _pages(of: _Pages) -> FastAPI:
    http = desk_app()
    site = Site(public_url="", strangers=Strangers(Pace(1.0, 1_000_000)))
    frame = of.frame
    add_cases(http, frame, site, publisher=of.publisher, installation=of.installation)
    http.include_router(cases_router(frame.database, clock=frame.clock))
    http.include_router(files_router(frame.files, plan=frame.plan))
    http.include_router(overview_router(frame.database, clock=frame.clock, plan=frame.plan))

    @http.get("/broken")
    async def fail() -> None:
        raise of.fault

    return http


async def asked(
    desk: DeskBench,
    path: str,
    actor: Actor | None = SUPERVISOR,
    *,
    accept: str = "text/html",
    language: str = "",
) -> httpx.Response:
    """Return what a browser gets."""
    headers = {"Accept": accept, "Accept-Language": language}
    async with talking_to(pages_app(desk, actor), token="") as browser:
        return await browser.get(path, headers=headers)


async def page_of(
    desk: DeskBench, path: str, actor: Actor | None = SUPERVISOR, *, language: str = ""
) -> str:
    """Return what a browser shows, without its entities."""
    answer = await asked(desk, path, actor, language=language)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def sent(
    desk: DeskBench, path: str, form: dict[str, str], actor: Actor | None = SUPERVISOR
) -> httpx.Response:
    """Return what a browser gets that sends a form of ours."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with talking_to(pages_app(desk, actor), token="") as browser:
        return await browser.post(path, data=form, headers=headers)


def viewed(**changes: Any) -> View:
    """Return a view of a case that was registered at noon, with these differences."""
    told: dict[str, Any] = {
        "case_id": case_of(),
        "state": CaseState.REGISTERED,
        "level": 0,
        "urgency": Urgency.GENERAL,
        "category": "E0112",
        "class_code": "01",
        "title_en": "dirty road",
        "title_zh": "道路不洁",
        "source": "hotline-12345",
        "source_id": "1",
        "channel": Channel.PHONE,
        "place": {},
        "description": "",
        "exercise": False,
        "reported_at": NOON,
        "registered_at": NOON,
    }
    return View(**told | changes)
