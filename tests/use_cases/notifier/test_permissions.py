"""The permission table, cell by cell: who may read, answer and command, in whose case.

The table is written down here a second time, by hand: the product's own is what it judges.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from schemas.events.people import KeyRecorded
from schemas.roles import ActingRole
from schemas.scopes import scopes_of
from services.access.tokens import hmac_of, token_of
from services.notifier.http.answers import answers_router
from services.notifier.http.cases import cases_router
from services.notifier.http.clocks import clocks_router
from services.notifier.http.commands import commands_router
from services.notifier.http.door import MEDIA_TYPES, Parts
from tests.support.keys import SECRET, bearing, key
from tests.support.notifier import NotifierBench, assigned, case_of, merged, registered
from tests.support.published import Log
from tests.support.web import app_of, talking_to

LEAD, OTHER = "urban-management", "police"


@dataclass(frozen=True, slots=True)
class May:
    """Of how much somebody may read, answer and command: `none`, `own` or `all`."""

    read: str = "none"
    answer: str = "none"
    command: str = "none"


TABLE = {
    "collector": May(read="own", answer="own", command="own"),
    "acceptor": May(read="all", command="all"),
    "shift_lead": May(read="all", command="all"),
    "dispatcher": May(read="all", command="all"),
    "department": May(read="own", answer="own", command="own"),
    "handler": May(read="own", answer="own", command="own"),
    "evaluator": May(read="all", command="all"),
    "supervisor": May(read="all", answer="own", command="all"),
    "administrator": May(),
    "operator": May(),
}
ASKING = {"handler", "department", "dispatcher", "shift_lead"}
"""Roles that may ask for something in the name of a department: theirs, unless they see all."""
CASE = f"/cases/{case_of()}"
ACTIONS = {
    "read": (
        ("GET", CASE, None, 404),
        ("GET", f"{CASE}/clocks", None, 404),
    ),
    "answer": (("POST", f"{CASE}/feedback", {"party": LEAD, "kind": "accepted"}, 403),),
    "command": (("POST", f"{CASE}/commands", {"kind": "case.annotate", "note": "n"}, 404),),
}
"""What is asked for, and how it is refused to whom the door is open, but not that case."""


def token_for(role: str, party: str) -> str:
    chance = "".join(letter for letter in f"{role}{party}" if letter.isalnum())
    return token_of(chance.ljust(37, "0")[:37])


def keys() -> list[KeyRecorded]:
    """Return a key for each role and party, with the scopes that the role brings."""
    return [
        key(
            id=f"key{number:05}",
            name=f"{role}-{party}",
            token_hmac=hmac_of(token_for(role, party), SECRET.encode()),
            scopes=tuple(scopes_of([role])),
            roles=(role,),
            parties=(party,),
        )
        for number, (role, party) in enumerate((r, p) for r in ActingRole for p in (LEAD, OTHER))
    ]


@pytest.fixture
async def anybody(bench: NotifierBench, log: Log) -> AsyncIterator[httpx.AsyncClient]:
    await bench.tell(registered(), assigned(LEAD))
    door = Parts(
        database=bench.database, publisher=log, plan=lambda: bench.plan, clock=lambda: bench.now
    )
    routes = (
        cases_router(bench.database, clock=lambda: bench.now),
        clocks_router(bench.database, plan=lambda: bench.plan, clock=lambda: bench.now),
        answers_router(door),
        commands_router(door),
    )
    http = app_of(*routes, media_types=MEDIA_TYPES, keys=keys())
    async with talking_to(http, token="") as client:
        yield client


def expected(allowed: str, party: str, not_theirs: int) -> int | None:
    """Return the status of a refusal; None where it is allowed."""
    if allowed == "none":
        return 403
    return None if allowed == "all" or party == LEAD else not_theirs


def test_the_table_has_every_role() -> None:
    assert set(TABLE) == set(ActingRole)


async def test_each_cell_is_as_the_table_says(anybody: httpx.AsyncClient, log: Log) -> None:
    wrong = []
    for role, row in TABLE.items():
        for party in (LEAD, OTHER):
            for action, requests in ACTIONS.items():
                for method, path, body, not_theirs in requests:
                    before = len(log.messages)
                    answer = await anybody.request(
                        method, path, json=body, headers=bearing(token_for(role, party))
                    )
                    refusal = expected(getattr(row, action), party, not_theirs)
                    changed = len(log.messages) - before
                    if refusal is None:
                        good = answer.is_success and changed == (method == "POST")
                    else:
                        good = answer.status_code == refusal and not changed
                    if not good:
                        wrong.append((role, party, method, path, answer.status_code, refusal))
    assert wrong == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"kind": "case.add_co_handler", "department": "fire"}, "asking_department"),
        ({"kind": "case.request", "what": "extension"}, "department"),
    ],
)
async def test_nobody_asks_for_a_department_that_is_not_theirs(
    anybody: httpx.AsyncClient,
    bench: NotifierBench,
    log: Log,
    asked: dict[str, str],
    field: str,
) -> None:
    await bench.tell(assigned(LEAD, OTHER))
    for role in sorted(ASKING):
        for party in (LEAD, OTHER):
            for named in (LEAD, OTHER, None):
                before = len(log.messages)
                answer = await anybody.post(
                    f"{CASE}/commands",
                    json=asked | {"reason": "r"} | ({} if named is None else {field: named}),
                    headers=bearing(token_for(role, party)),
                )
                allowed = TABLE[role].command == "all" or named == party
                taken = (202, 1) if allowed else (403, 0)
                assert (answer.status_code, len(log.messages) - before) == taken, (role, party)


def not_known(report: str) -> tuple[int, str]:
    """Return what a door answers of a case that is none of theirs, as of one that is not there."""
    return 404, f"Nothing is known of {case_of(report)} here, or not yet."


async def test_no_door_tells_a_case_of_others_from_one_that_is_not_there(
    anybody: httpx.AsyncClient, bench: NotifierBench
) -> None:
    await bench.tell(merged("2"))
    asked: tuple[tuple[str, str, dict[str, str] | None], ...] = (
        ("GET", "", None),
        ("GET", "/clocks", None),
        ("POST", "/feedback", {"party": OTHER, "kind": "accepted"}),
        ("POST", "/commands", {"kind": "case.annotate", "note": "n"}),
    )
    token = bearing(token_for("department", OTHER))
    for method, door, body in asked:
        for report in ("1", "2", "not-there"):
            path = f"/cases/{case_of(report)}{door}"
            answer = await anybody.request(method, path, json=body, headers=token)
            assert (answer.status_code, answer.json()["title"]) == not_known(report), path


async def test_a_case_is_its_departments_until_they_are_out_of_it(
    anybody: httpx.AsyncClient, bench: NotifierBench
) -> None:
    note = {"kind": "case.annotate", "note": "n"}
    for department, is_theirs in ((LEAD, True), (LEAD, False), (OTHER, True)):
        token = bearing(token_for("department", department))
        seen = [(await anybody.get(f"{CASE}{door}", headers=token)) for door in ("", "/clocks")]
        seen.append(await anybody.post(f"{CASE}/commands", json=note, headers=token))
        told = [one.status_code for one in seen]
        assert told == ([200, 200, 202] if is_theirs else [404, 404, 404]), department
        if department == LEAD and is_theirs:
            await bench.say(LEAD, "declined", reason="not ours")
            await bench.tell(assigned(OTHER, round_=2))
    # Said again when in doubt: it is heard, and refused with its reason where that is known.
    token = bearing(token_for("department", LEAD))
    again = {"party": LEAD, "kind": "declined", "reason": "not ours"}
    assert (await anybody.post(f"{CASE}/feedback", json=again, headers=token)).status_code == 422


async def test_a_case_that_ended_is_its_departments_still(
    anybody: httpx.AsyncClient, bench: NotifierBench
) -> None:
    await bench.tell(assigned(LEAD, OTHER, round_=2))
    acceptor = {"person": "li.wei", "roles": ["acceptor"], "door": "desk"}
    await bench.read(bench.command("case.dismiss", reason="nothing is there", acting=acceptor))
    for department in (LEAD, OTHER):
        token = bearing(token_for("department", department))
        assert (await anybody.get(CASE, headers=token)).json()["case"]["state"] == "not_accepted"


async def test_nobody_may_anything_without_a_key(anybody: httpx.AsyncClient, log: Log) -> None:
    for requests in ACTIONS.values():
        for method, path, body, _ in requests:
            answer = await anybody.request(method, path, json=body)
            assert answer.status_code == 401
    assert log.messages == []


async def test_who_acts_is_what_was_proven(anybody: httpx.AsyncClient, log: Log) -> None:
    token = bearing(token_for("handler", LEAD))
    await anybody.post(
        f"{CASE}/commands", json={"kind": "case.annotate", "note": "n"}, headers=token
    )
    (message,) = log.messages
    assert b'"person":"key:handler-urban-management"' in (message.value or b"")
    assert b'"roles":["handler"]' in (message.value or b"")
