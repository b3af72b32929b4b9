"""Commands at the desk: who acts is who was proven, and nobody commands for others."""

from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.events.commands import COMMAND
from schemas.roles import MAY, ActingRole
from schemas.scopes import scopes_of
from schemas.topics import COMMANDS
from schemas.vocabulary import CommandKind, Door
from services.access.actor import Actor, ActorKind
from services.desk.domain.changes import Shown
from services.desk.domain.evolve import begun
from services.desk.http.commands import commands_router
from services.desk.use_cases.commanding import command
from services.desk.use_cases.saying import MayNot, Saying, Wanted
from tests.support.desk import GOOD, Desk
from tests.support.desk_pages import browser_at, pages_of
from tests.support.notifier import registered, the_plan
from tests.support.published import Log

THEIRS = UUID("5bf09164-a81f-50ab-8402-27aeb7de0236")
OTHERS = UUID("00000000-0000-0000-0000-000000000001")
PATH = f"/cases/{THEIRS}/commands"
NOTE = {"kind": "case.annotate", "note": "call her first"}
BODIES: dict[str, dict[str, Any]] = {
    "case.annotate": NOTE,
    "case.reassign": {"kind": "case.reassign", "department": "fire", "reason": "theirs"},
    "case.request": {
        "kind": "case.request",
        "what": "extension",
        "department": "police",
        "reason": "the owner is abroad",
    },
    "case.add_co_handler": {
        "kind": "case.add_co_handler",
        "department": "fire",
        "asking_department": "police",
        "reason": "there is smoke",
    },
    "case.approve": {
        "kind": "case.approve",
        "request_id": "5bf09164-a81f-50ab-8402-27aeb7de0236",
        "reason": "so be it",
    },
}


async def looks(actor: Actor, case_id: UUID, _: int | None) -> Shown | None:
    is_theirs = actor.sees_all or case_id == THEIRS
    return Shown(view=begun(registered(), the_plan())) if is_theirs else None


def actor_in(role: ActingRole) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id="li",
        name="Li",
        door=Door.DESK,
        scopes=scopes_of([role]),
        roles=frozenset({role}),
        departments=frozenset({"police"}),
    )


@dataclass
class At:
    """A desk with its door for commands, the log behind it, and a browser."""

    desk: Desk
    log: Log
    browser: httpx.AsyncClient

    async def signed_in(self, *roles: ActingRole) -> None:
        """Sign somebody of the police in."""
        await self.desk.let_in("li", *roles)
        await self.desk.add("li", *roles, departments=["police"])
        await self.browser.post("/sign-in", data={"person": "li", "password": GOOD})

    async def said(self, body: object, path: str = PATH, **headers: str) -> httpx.Response:
        return await self.browser.post(path, json=body, headers=headers)


@pytest.fixture
def at(desk: Desk) -> At:
    log = Log()
    http = pages_of(desk)
    http.include_router(commands_router(Saying(publisher=log, clock=desk.clock, looks=looks)))
    return At(desk, log, browser_at(http))


class TestCommand:
    async def test_goes_into_the_log_in_the_name_of_whoever_is_signed_in(self, at: At) -> None:
        await at.signed_in(ActingRole.HANDLER)
        taken = await at.said(NOTE)
        assert taken.status_code == 202
        (message,) = at.log.messages
        said = COMMAND.validate_json(message.value or b"")
        assert (message.topic, message.key) == (COMMANDS, str(THEIRS))
        assert said.acting.model_dump(mode="json") == {
            "person": "li",
            "roles": ["handler"],
            "door": "desk",
        }
        assert (said.case_id, said.at) == (THEIRS, at.desk.clock())
        assert taken.json() == {
            "case_id": str(THEIRS),
            "command_id": said.command_id,
            "kind": "case.annotate",
            "decided_at": f"/cases/{THEIRS}",
        }

    async def test_is_one_under_one_key_and_another_with_other_words(self, at: At) -> None:
        await at.signed_in(ActingRole.HANDLER)
        key = {"Idempotency-Key": "one"}
        ids = [(await at.said(NOTE, **key)).json()["command_id"] for _ in range(2)]
        other = (await at.said(NOTE | {"note": "or him"}, **key)).json()["command_id"]
        assert ids[0] == ids[1] != other

    async def test_is_taken_of_nobody_who_is_not_signed_in(self, at: At) -> None:
        assert (await at.said(NOTE)).status_code == 401
        assert at.log.messages == []

    async def test_says_nothing_that_is_the_desks_to_say(self, at: At) -> None:
        await at.signed_in(ActingRole.HANDLER)
        lead = {"person": "lead", "roles": ["shift_lead"], "door": "desk"}
        for own in ({"acting": lead}, {"case_id": str(OTHERS)}, {"at": "x"}, {"command_id": "1"}):
            refused = await at.said(NOTE | own)
            assert refused.status_code == 422
            assert [one["field"] for one in refused.json()["errors"]] == [*own]
        assert at.log.messages == []

    async def test_of_a_case_that_is_none_of_theirs_is_of_none(self, at: At) -> None:
        await at.signed_in(ActingRole.HANDLER)
        refused = await at.said(NOTE, path=f"/cases/{OTHERS}/commands")
        assert refused.status_code == 404
        assert at.log.messages == []

    @pytest.mark.parametrize(
        ("kind", "field"),
        [("case.request", "department"), ("case.add_co_handler", "asking_department")],
    )
    async def test_asks_for_ones_own_department_alone(self, at: At, kind: str, field: str) -> None:
        await at.signed_in(ActingRole.HANDLER)
        asked = dict(BODIES[kind])
        assert (await at.said(asked)).status_code == 202
        refused = await at.said(asked | {field: "market"})
        assert (refused.status_code, field in refused.text) == (403, True)
        del asked[field]
        assert (await at.said(asked)).status_code == 403
        assert len(at.log.messages) == 1

    @pytest.mark.parametrize(
        "odd",
        [
            b"",
            b"[]",
            b"7",
            b'{"kind": "case.fly"}',
            b'{"kind": ["case.annotate"]}',
            b'{"kind": "case.annotate"}',
            b'{"kind": "case.annotate", "note": ""}',
            b'{"kind": "case.annotate", "note": NaN}',
            b'{"kind": "case.annotate", "kind": "case.approve", "note": "x"}',
        ],
    )
    async def test_that_is_none_is_refused(self, at: At, odd: bytes) -> None:
        await at.signed_in(ActingRole.HANDLER)
        headers = {"Content-Type": "application/json"}
        refused = await at.browser.post(PATH, content=odd, headers=headers)
        assert refused.status_code in {415, 422}
        assert at.log.messages == []

    async def test_that_is_too_large_is_refused(self, at: At) -> None:
        await at.signed_in(ActingRole.HANDLER)
        assert (await at.said(NOTE | {"note": "x" * 70_000})).status_code == 413


class TestRoles:
    async def test_of_a_deciding_kind_hold_with_a_second_factor_alone(self, at: At) -> None:
        await at.signed_in(ActingRole.HANDLER, ActingRole.SUPERVISOR)
        assert (await at.said(BODIES["case.approve"])).status_code == 403
        token, _ = await at.desk.with_factor(at.browser.cookies["tongxin"])
        at.browser.cookies.clear()
        at.browser.cookies.set("tongxin", token)
        assert (await at.said(BODIES["case.approve"])).status_code == 202

    async def test_command_what_the_table_says_and_nothing_else(self, at: At) -> None:
        door = Saying(publisher=at.log, clock=at.desk.clock, looks=looks)
        for role, (kind, body) in product(ActingRole, BODIES.items()):
            wanted = Wanted(case_id=THEIRS, fields=body, body=b"", key=None)
            try:
                await command(wanted, actor=actor_in(role), door=door)
                taken = True
            except MayNot:
                taken = False
            asked = MAY[CommandKind(kind)]
            assert (role, kind, taken) == (role, kind, not asked or role in asked)
