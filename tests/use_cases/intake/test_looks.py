"""Contacts are shown while a case is open, to those whose it is, and each look is kept."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from schemas.looks import MAY_LOOK
from schemas.roles import ActingRole
from schemas.scopes import scopes_of
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind
from services.intake.domain.closure import Closure
from services.intake.domain.holding import Lead, Offered, Part
from services.intake.http.contacts import contacts_router
from services.intake.migrations import HISTORY
from services.intake.use_cases.case_news import CaseNews
from services.intake.use_cases.looks import Contacts
from services.kit.sealing.keys import KeyFile, Ring
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.intake import HERE, KEYS, NOON, closed, north_of, recorded, report, report_at
from tests.support.web import app_of, talking_to

LI_LEI = {"name": "Li Lei", "phone": "13800138000", "email": "li.lei@example.org"}
WANG = {"name": None, "phone": "13900139000", "email": None}
CASE = report(1).case_id
LEADS, HELPS = (uuid5(CASE, name) for name in ("leads", "helps"))
LATER = (NOON + timedelta(minutes=1)).isoformat()


def somebody(*roles: ActingRole, departments: Iterable[str] = (), id_: str = "p1") -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=id_,
        name="Zhang San",
        door=Door.DESK,
        scopes=scopes_of(roles),
        roles=frozenset(roles),
        departments=frozenset(departments),
    )


HANDLER = somebody(ActingRole.HANDLER, departments=["fire"])


class Let:
    """Stands before an app and says who asks, as the door does."""

    def __init__(self, app: ASGIApp, looking: "Looking") -> None:
        self._app, self._looking = app, looking

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if self._looking.actor is not None:
            scope["tongxin.actor"] = self._looking.actor
        await self._app(scope, receive, send)


class Looking:
    """Intake's routes of contacts, with one case of two reporters, and whoever asks."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        self.actor: Actor | None = None
        self.keys = KeyFile(KEYS.file, KEYS.ring)
        http = app_of(
            contacts_router(Contacts(database=database, keys=self.keys, clock=self.clock)),
            is_guarded=False,
        )
        http.add_middleware(Let, looking=self)
        self._client = talking_to(http)

    def clock(self) -> datetime:
        return self.now

    async def hear(self, *news: CaseNews) -> None:
        assert await closed(self.database, *news) == []

    async def ask(
        self, actor: Actor | None, *, case_id: UUID = CASE, body: object = None
    ) -> httpx.Response:
        self.actor = actor
        self.now += timedelta(seconds=1)
        wish = {"reason": "call back about access"} if body is None else body
        return await self._client.post(f"/cases/{case_id}/looks", json=wish)

    async def listed(self, actor: Actor | None, **asked: Any) -> httpx.Response:
        self.actor = actor
        return await self._client.get("/looks", params=asked)

    async def phones(self, actor: Actor | None) -> list[str] | int:
        """Return the numbers that somebody sees, or the status of the refusal."""
        answer = await self.ask(actor)
        if answer.is_error:
            return answer.status_code
        return sorted(one["contact"]["phone"] for one in answer.json()["reporters"])


@pytest.fixture
async def looking(place: Place) -> AsyncIterator[Looking]:
    async with place.opened(HISTORY) as database:
        await recorded(
            database,
            [
                report(1, contact=LI_LEI),
                report_at(north_of(HERE, 5), 2, contact=WANG, reported_at=LATER),
            ],
        )
        found = Looking(database)
        await found.hear(
            Offered(case_id=CASE, assignment_ids=frozenset({LEADS, HELPS}), sequence=1),
            Lead(case_id=CASE, department="fire", sequence=2),
        )
        yield found


class TestLookAtContacts:
    async def test_shows_every_reporter_of_the_case_to_who_leads_it(self, looking: Looking) -> None:
        answer = await looking.ask(HANDLER)

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        assert [(one["id"], one["contact"]) for one in told["reporters"]] == [
            ("1", LI_LEI),
            ("2", WANG),
        ]

    async def test_is_refused_to_whoever_was_not_proven(self, looking: Looking) -> None:
        assert (await looking.ask(None)).status_code == 401
        assert (await looking.listed(None)).status_code == 401

    @pytest.mark.parametrize("role", ActingRole)
    async def test_follows_the_table_of_roles(self, looking: Looking, role: ActingRole) -> None:
        theirs = somebody(role, departments=["fire"])
        others = somebody(role, departments=["police"])

        seen = [isinstance(await looking.phones(one), list) for one in (theirs, others)]

        whose = MAY_LOOK.get(role)
        assert seen == [whose is not None, whose == "any"]

    async def test_is_for_people_and_not_for_keys(self, looking: Looking) -> None:
        key = Actor(
            kind=ActorKind.KEY,
            id="key:fire",
            name="fire",
            door=Door.HTTP,
            scopes=HANDLER.scopes,
            roles=HANDLER.roles,
            departments=HANDLER.departments,
            everywhere=True,
        )

        answer = await looking.ask(key)

        assert answer.status_code == 403
        assert "people" in answer.json()["title"]

    async def test_is_for_a_co_handler_while_it_is_at_its_part(self, looking: Looking) -> None:
        police = somebody(ActingRole.HANDLER, departments=["police"])

        def at_work(*, works: bool, sequence: int) -> Part:
            return Part(
                case_id=CASE,
                assignment_id=HELPS,
                department="police",
                works=works,
                sequence=sequence,
            )

        assert await looking.phones(police) == 403
        await looking.hear(at_work(works=True, sequence=3))
        assert await looking.phones(police) == ["13800138000", "13900139000"]
        await looking.hear(at_work(works=False, sequence=4))
        assert await looking.phones(police) == 403

    async def test_ends_when_the_case_is_taken_from_its_lead(self, looking: Looking) -> None:
        await looking.hear(Lead(case_id=CASE, department=None, sequence=3))

        assert await looking.phones(HANDLER) == 403

    async def test_ends_for_everybody_with_the_case(self, looking: Looking) -> None:
        dispatcher = somebody(ActingRole.DISPATCHER)
        assert await looking.phones(dispatcher) == ["13800138000", "13900139000"]

        await looking.hear(
            Closure(case_id=CASE, closed_at=NOON, sequence=9, ended_as="closed", why="done")
        )

        assert [await looking.phones(one) for one in (HANDLER, dispatcher)] == [403, 403]

    async def test_of_a_case_that_is_opened_again_waits_for_who_signs(
        self, looking: Looking
    ) -> None:
        await looking.hear(Closure(case_id=CASE, closed_at=NOON, sequence=9, ended_as="closed"))
        await looking.hear(Closure(case_id=CASE, closed_at=None, sequence=10))

        assert await looking.phones(HANDLER) == 403
        await looking.hear(Lead(case_id=CASE, department="fire", sequence=11))
        assert await looking.phones(HANDLER) == ["13800138000", "13900139000"]

    async def test_shows_those_of_a_case_that_was_merged_into_it(self, looking: Looking) -> None:
        other = report_at(
            north_of(HERE, 900), 3, contact={"phone": "13700137000"}, reported_at=LATER
        )
        await recorded(looking.database, [other])
        await looking.hear(
            Closure(case_id=other.case_id, closed_at=NOON, sequence=4, ended_as="merged", into=CASE)
        )

        assert await looking.phones(HANDLER) == ["13700137000", "13800138000", "13900139000"]

    async def test_of_an_unknown_case_tells_only_whoever_sees_all(self, looking: Looking) -> None:
        unknown = UUID(int=7)

        found = [
            await looking.ask(one, case_id=unknown)
            for one in (HANDLER, somebody(ActingRole.DISPATCHER))
        ]

        assert [one.status_code for one in found] == [403, 404]
        assert (
            found[0].json()["title"]
            == (await looking.ask(somebody(ActingRole.HANDLER))).json()["title"]
        )

    @pytest.mark.parametrize(
        "body",
        [{}, {"reason": ""}, {"reason": "   "}, {"reason": "a" * 501}, {"reason": "ok?", "x": 1}],
    )
    async def test_needs_a_reason(self, looking: Looking, body: object) -> None:
        answer = await looking.ask(HANDLER, body=body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"]

    async def test_says_of_what_cannot_be_opened_that_it_is_there(self, looking: Looking) -> None:
        looking.keys.ring = Ring({"another": bytes(32)})

        answer = await looking.ask(HANDLER)

        assert [one["contact"] for one in answer.json()["reporters"]] == [None, None]


class TestKeptLook:
    async def test_names_who_looked_in_which_role_and_why(self, looking: Looking) -> None:
        answer = await looking.ask(HANDLER)
        await looking.ask(somebody(ActingRole.HANDLER, departments=["police"], id_="p2"))

        told = await looking.listed(somebody(ActingRole.SUPERVISOR), case_id=str(CASE))

        (kept,) = told.json()["looks"]
        assert kept == {
            "look_id": answer.json()["look_id"],
            "case_id": str(CASE),
            "at": "2026-03-02T04:00:01Z",
            "person": "p1",
            "name": "Zhang San",
            "role": "handler",
            "departments": ["fire"],
            "reason": "call back about access",
            "seen": [str(report(1).case_id), str(report(2).case_id)],
        }
        assert not [one for one in LI_LEI.values() if one in told.text]

    async def test_is_listed_for_the_supervision_and_administrators_alone(
        self, looking: Looking
    ) -> None:
        told = [(await looking.listed(somebody(role))).status_code for role in ActingRole]

        allowed = {
            role for role, status in zip(ActingRole, told, strict=True) if status == httpx.codes.OK
        }
        assert allowed == {ActingRole.SUPERVISOR, ActingRole.ADMINISTRATOR}
        assert set(told) == {200, 403}

    async def test_is_listed_by_person_and_by_pages(self, looking: Looking) -> None:
        auditor = somebody(ActingRole.ADMINISTRATOR)
        for _ in range(3):
            await looking.ask(HANDLER)
        await looking.ask(somebody(ActingRole.DISPATCHER, id_="p2"))

        first = (await looking.listed(auditor, person="p1", limit=2)).json()
        rest = (await looking.listed(auditor, person="p1", limit=2, after=first["next"])).json()

        assert [len(first["looks"]), len(rest["looks"]), rest["next"]] == [2, 1, None]
        ids = [one["look_id"] for one in (*first["looks"], *rest["looks"])]
        assert len(set(ids)) == len(ids)

    @pytest.mark.parametrize(
        "after", ["x", "2026-01-01_x", "_", "2026-01-01T00:00:00_" + str(CASE)]
    )
    async def test_is_not_listed_after_what_is_no_cursor(
        self, looking: Looking, after: str
    ) -> None:
        answer = await looking.listed(somebody(ActingRole.ADMINISTRATOR), after=after)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "after"
