"""A pass proves who is signed in at the desk, for minutes, and says what the desk said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from schemas.events.people import Membership, PersonRecorded
from schemas.roles import ActingRole
from schemas.scopes import scopes_of
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind
from services.access.passes import HEADER, pass_of, passes
from services.access.register import Register
from services.desk.http.passes import passes_router
from tests.support.web import app_of, talking_to

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SECRET, BEFORE, OTHER = b"a" * 32, b"b" * 32, b"c" * 32
ROLES = frozenset({ActingRole.HANDLER, ActingRole.SHIFT_LEAD})
LI_WEI = Actor(
    kind=ActorKind.PERSON,
    id="li-wei",
    name="Li Wei",
    door=Door.DESK,
    scopes=scopes_of(ROLES),
    roles=ROLES,
    departments=frozenset({"fire", "police"}),
    areas=frozenset({"hubin"}),
)


def recorded(*, version: int = 1, **changes: object) -> PersonRecorded:
    fields: dict[str, object] = {
        "id": "li-wei",
        "version": version,
        "at": NOW,
        "name": "Li Wei",
        "roles": ("handler", "shift_lead"),
        "memberships": (Membership(department="fire"), Membership(department="police")),
    }
    return PersonRecorded.model_validate(fields | changes)


async def proven(
    text: str, *, person: PersonRecorded | None = None, now: datetime = NOW
) -> Actor | None:
    register = Register(())
    if person is not None:
        register.note(person)
    prover = passes(register, secrets=(SECRET, BEFORE), clock=lambda: now)
    headers = [(HEADER.lower().encode(), text.encode("latin-1"))]
    return await prover(Request({"type": "http", "headers": headers}))


def given(secret: bytes = SECRET) -> str:
    return pass_of(LI_WEI, until=NOW + timedelta(minutes=5), secret=secret)


class TestPass:
    @pytest.mark.parametrize("secret", [SECRET, BEFORE])
    async def test_proves_the_person_it_was_given_to(self, secret: bytes) -> None:
        assert await proven(given(secret), person=recorded()) == LI_WEI

    async def test_runs_out(self) -> None:
        late = NOW + timedelta(minutes=5)

        assert await proven(given(), person=recorded(), now=late) is None

    async def test_brings_no_more_than_the_person_has_now(self) -> None:
        less = recorded(roles=("handler",), memberships=(Membership(department="fire"),))

        found = await proven(given(), person=less)

        assert found is not None
        assert found.roles == frozenset({ActingRole.HANDLER})
        assert found.departments == frozenset({"fire"})
        assert found.scopes == scopes_of([ActingRole.HANDLER])

    async def test_of_somebody_unknown_or_disabled_proves_nobody(self) -> None:
        assert await proven(given()) is None
        assert await proven(given(), person=recorded(disabled=True)) is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "e30=.",
            "x" * 7_000,
            "é.é",
            given(OTHER),
            given()[:-1],
            given().replace(".", "A."),
            given().partition(".")[0],
        ],
    )
    async def test_that_the_desk_did_not_give_proves_nobody(self, text: str) -> None:
        assert await proven(text, person=recorded()) is None


class Signed:
    """Stands before an app and says who is signed in, as the desk's door does."""

    def __init__(self, app: ASGIApp, actor: Actor) -> None:
        self._app, self._actor = app, actor

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        scope["tongxin.actor"] = self._actor
        await self._app(scope, receive, send)


async def asked(actor: Actor, *, secrets: tuple[bytes, ...] = (SECRET,)) -> httpx.Response:
    http = app_of(passes_router(secrets=secrets, clock=lambda: NOW), is_guarded=False)
    http.add_middleware(Signed, actor=actor)
    async with talking_to(http) as client:
        return await client.post("/passes")


class TestAskedForPass:
    async def test_is_given_to_whoever_is_signed_in(self) -> None:
        answer = await asked(LI_WEI)

        assert answer.status_code == httpx.codes.OK
        assert answer.headers["cache-control"] == "no-store"
        assert await proven(answer.json()["token"], person=recorded()) == LI_WEI

    async def test_is_given_to_no_key_and_without_a_secret_to_nobody(self) -> None:
        key = replace(LI_WEI, kind=ActorKind.KEY)

        answers = [await asked(key), await asked(LI_WEI, secrets=())]

        assert [one.status_code for one in answers] == [403, 503]
