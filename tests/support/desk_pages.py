"""The desk's pages of signing in, and a browser that keeps their cookies."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from schemas.cloudevents import JSON_CONTENT
from schemas.plan import Plan
from schemas.scopes import Scope
from schemas.topics import SERVICES, assignments
from schemas.vocabulary import DESK
from services.access.actor import Actor
from services.access.door import Doorkeeper, Doors, asks
from services.access.pace import Pace, Strangers
from services.access.register import Register
from services.assessment.plan_index import PlanIndex
from services.desk.http.entrance import OPEN_BELOW, OPEN_PATHS, Entrance
from services.desk.http.files import TAKEN_AT, files_router
from services.desk.http.form import FORM
from services.desk.http.identity import add_identity
from services.desk.http.live import live_router
from services.desk.http.site import Site, prover_of
from services.desk.http.watch import Watch
from services.desk.metrics import DeskMetrics
from services.desk.pages.admin.administration import Administration, Installation
from services.desk.pages.all_pages import PAGES_OPEN, add_administration, add_entrance, add_pages
from services.desk.pages.frame import Frame
from services.desk.pages.refusals import RefusalPages, broken_page
from services.desk.pages.resident_page import RESIDENTS_BELOW, Residents, resident_router
from services.desk.store import story
from services.desk.use_cases.asking import Peer
from services.desk.use_cases.provider import Provider
from services.desk.use_cases.saying import Saying
from services.kit.http.door import Publishes
from services.kit.http.security_headers import SecurityHeaders
from services.kit.process.standard_routes import http_app
from services.kit.stage.replaying import OwnLetters
from services.letters_door import DEAD_LETTERS
from tests.support.deliveries import deliveries_told
from tests.support.desk import SECRET, Desk
from tests.support.desk_files import files_on
from tests.support.letters import LettersInMemory, letters_told, own_letters, put_aside
from tests.support.looks import looks_told
from tests.support.notifier import PLAN_FILE, the_plan
from tests.support.published import Log
from tests.support.web import nothing_to_run

HERE = "http://localhost"


def pages_of(
    desk: Desk,
    *,
    plan: Plan | None = None,
    provider: Provider | None = None,
    site: Site | None = None,
    metrics: DeskMetrics | None = None,
    frame: Frame | None = None,
    publisher: Publishes | None = None,
) -> FastAPI:
    """Return an app with the desk's own doors, and one that asks for a scope.

    With a `frame` it shows cases, too, and refuses by pages; what is said goes to the `publisher`.
    """
    site = site or site_of()
    watch = Watch((metrics or DeskMetrics(CollectorRegistry())).sign_ins)
    entrance = Entrance(site=site, identity=desk.identity, watch=watch, provider=provider)
    http = desk_app(hosts="desk.example")

    add_entrance(http, frame or frame_of(desk, plan=lambda: plan or the_plan()), entrance)
    add_identity(http, entrance)

    @http.get("/cases-of-mine")
    @http.post("/cases-of-mine")
    def asked(actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> str:
        return actor.id

    _guard(http, desk, site)
    if frame is not None:
        _show_cases(http, frame, site, publisher)
    http.add_middleware(SecurityHeaders)
    return http


def site_of(*, public_url: str = "", at_once: int = 1_000_000) -> Site:
    """Return a site at which strangers may ask so often."""
    return Site(public_url=public_url, strangers=Strangers(Pace(0.001, at_once)))


def frame_of(desk: Desk, *, plan: Callable[[], Plan]) -> Frame:
    """Return what the pages of a desk need."""
    files = files_on(desk.database, clock=desk.clock)
    return Frame(
        database=desk.database,
        clock=desk.clock,
        plan=plan,
        index=lambda: PlanIndex(plan()),
        files=files,
    )


def desk_app(*, hosts: str = "") -> FastAPI:
    """Return an app without routes that lets in what is for a desk."""
    return http_app(
        "Desk",
        description="",
        lifespan=nothing_to_run,
        hosts=hosts,
        media_types=(JSON_CONTENT, FORM),
        files=TAKEN_AT,
    )


def _show_cases(http: FastAPI, frame: Frame, site: Site, publisher: Publishes | None) -> None:
    if frame.hub is not None:
        clock = frame.hub.clock
        http.include_router(live_router(frame.hub, site, frame.database, clock=clock))
    add_cases(http, frame, site, publisher=publisher or Log(), installation=an_installation())
    http.include_router(files_router(frame.files, plan=frame.plan))
    refuse_by_pages(http, frame)


def _guard(http: FastAPI, desk: Desk, site: Site) -> None:
    provers = (prover_of(site, identity=desk.identity),)
    keeper = Doorkeeper(Register(()), clock=desk.clock, provers=provers)
    opened = OPEN_PATHS | PAGES_OPEN
    http.add_middleware(
        Doors, keeper=keeper, open_paths=opened, open_below=OPEN_BELOW + RESIDENTS_BELOW
    )


_TOLD: Final = {
    "/deliveries": deliveries_told,
    "/looks": looks_told,
    DEAD_LETTERS: letters_told,
}


def health_of(request: httpx.Request) -> httpx.Response:
    """Answer as a house does whose router waits for its broker, and whose notifier is away.

    Of its deliveries the notifier told before it went; intake tells of some reporters. Intake and
    router have dead letters.
    """
    for asked, tell in _TOLD.items():
        if asked in request.url.path:
            return tell(request)
    match request.url.host:
        case "intake":
            return httpx.Response(200, json={"status": "ready", "pid": 7})
        case "router":
            missing = {"broker": "no answer within 1 s", "tongxin.router": "has no partitions yet"}
            return httpx.Response(503, json={"status": "not ready", "missing": missing})
        case _:
            msg = "Connection refused"
            raise httpx.ConnectError(msg)


def an_installation(
    plan: Path = PLAN_FILE,
    *,
    health: Callable[[httpx.Request], httpx.Response] = health_of,
    letters: OwnLetters | None = None,
) -> Installation:
    """Return an installation whose processes say of themselves what `health` says.

    Unless told otherwise the desk has put aside one work order.
    """

    async def nothing() -> dict[str, str]:
        return {}

    return Installation(
        plan_path=plan,
        webhooks_to_loopback=True,
        peers=[Peer(service=one, url=f"http://{one}:80") for one in SERVICES if one != DESK],
        transport=httpx.MockTransport(health),
        missing=nothing,
        letters=letters or _one_letter(),
    )


def _one_letter() -> OwnLetters:
    topic = LettersInMemory(DESK)
    topic.add(
        put_aside(assignments("urban-management"), by=DESK, value=b"x" * 812, code="unforeseen")
    )
    return own_letters(topic)


def add_cases(
    http: FastAPI,
    frame: Frame,
    site: Site,
    *,
    publisher: Publishes,
    installation: Installation,
) -> None:
    """Add the pages of cases."""
    looks = partial(story.shown, frame.database)
    door = Saying(publisher=publisher, clock=frame.clock, looks=looks)
    add_pages(http, frame, site, door)
    residents = Residents(frame=frame, site=site, door=door, secrets=[SECRET.encode()])
    http.include_router(resident_router(residents))
    administration = Administration(
        frame=frame,
        site=site,
        clock=frame.clock,
        secret=SECRET.encode(),
        installation=installation,
    )
    add_administration(http, administration)


def refuse_by_pages(http: FastAPI, frame: Frame) -> None:
    """Let browsers read refusals as pages, whatever was added so far."""
    http.add_exception_handler(Exception, broken_page(frame))
    http.add_middleware(RefusalPages, plan=frame.plan, clock=frame.clock)


def browser_at(http: FastAPI, *, url: str = HERE, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a browser of somebody who reads English.

    It keeps cookies, and says where a form comes from.
    """
    transport = httpx.ASGITransport(http, raise_app_exceptions=False, client=(address, 5_000))
    headers = {"Accept": "text/html", "Origin": url, "User-Agent": "a browser"}
    headers["Accept-Language"] = "en"
    return httpx.AsyncClient(transport=transport, base_url=url, headers=headers)


def said_on(page: str) -> str:
    """Return what a page tells above its form; empty for nothing."""
    found = re.search(r'role="alert">([^<]*)<', page)
    return "" if found is None else found[1]
