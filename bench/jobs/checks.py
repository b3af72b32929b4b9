"""What it costs to ask who is there: at the broker, and at a service's HTTP door."""

import asyncio
import statistics
import time
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from bench import stand
from bench.open_loop import Asked, Outcome, run
from bench.results import Row, Scale
from schemas.events.people import KeyRecorded
from schemas.scopes import Scope
from schemas.topics import SERVICES
from services.access.actor import Actor
from services.access.bounds import REQUESTS_AT_ONCE
from services.access.door import Doorkeeper, Doors, asks
from services.access.register import Register
from services.access.tokens import hmac_of, new_token
from services.kit.clock import system_clock
from services.machine.house import House

_TURNS: Final = 5
_DRAINED: Final = 10_000
_WARM_UP: Final = 1_000
_ROUNDS: Final = 9
_SECRET: Final = b"a secret of the bench, of no other use"
_PARTS: Final = (*SERVICES, "kafka")
_AIM: Final = "5 %"


def checks(scale: Scale) -> list[Row]:
    """Compare a drain of an open broker with that of a locked one; time the door of a service."""
    turns = scale.of(_TURNS, quick=1)
    found: dict[bool, list[float]] = {False: [], True: []}
    with (
        stand.house(postgres=scale.postgres) as plain,
        stand.house(postgres=scale.postgres, secure=True) as locked,
    ):
        houses = [(plain, False), (locked, True)]
        for running, _ in houses:
            _drained(running, scale.of(_WARM_UP, quick=100), seed=1)
        for turn in range(turns):
            for running, is_locked in houses if turn % 2 else reversed(houses):
                outcome = _drained(running, scale.of(_DRAINED, quick=200), seed=10 + turn)
                found[is_locked].append(_cpu(outcome))
    shares = [now / before - 1 for before, now in zip(found[False], found[True], strict=True)]
    micros = statistics.median(found[False])
    door = asyncio.run(_door())
    return [
        Row(
            what="a report drained from a locked broker, beside an open one",
            found=f"{statistics.median(shares):+.1%} CPU",
            aim=_AIM,
            more=f"{', '.join(_PARTS)}; each of {turns} turns: "
            + ", ".join(f"{share:+.1%}" for share in shares),
        ),
        Row(
            what="proving who asks, of one request over HTTP",
            found=f"{door:.0f} us, {door / micros:.1%} of a drained report's CPU",
            aim=_AIM,
            more=f"a drained report takes {micros:.0f} us; a request may bring many reports",
        ),
    ]


def _drained(running: House, count: int, *, seed: int) -> Outcome:
    login = running.brokers.login
    named: dict[str, Any] = (
        {} if login is None else {"user": login.user, "password_file": str(login.password_file)}
    )
    asked = Asked(kafka=running.kafka, count=count, rate=0, seed=seed, **named)
    return run(asked, groups=lambda: stand.groups(running))


def _cpu(outcome: Outcome) -> float:
    """Return the microseconds of CPU of a report that ended, of the parts that check."""
    ended = outcome.found["ended"] + outcome.found["merged"]
    return float(sum(outcome.used[part].cpu for part in _PARTS) / ended * 1e6)


async def _door() -> float:
    """Return the microseconds of CPU that a request takes longer for being asked who makes it."""
    token, open_, guarded = new_token(), FastAPI(), FastAPI()

    @open_.get("/")
    async def anybody() -> None:
        pass

    @guarded.get("/")
    async def known(actor: Annotated[Actor, asks(Scope.REPORTS_WRITE)]) -> None:
        pass

    register, more = _register(token), list[float]()
    for _ in range(_ROUNDS):
        keeper = Doorkeeper(register, clock=system_clock)  # a new one, whose pace is all there
        without = await _a_request(open_, token)
        more.append(await _a_request(Doors(guarded, keeper=keeper), token) - without)
    return statistics.median(more)


def _register(token: str) -> Register:
    """Return a register that knows the key of a token and no other."""
    register = Register([_SECRET])
    register.note(
        KeyRecorded(
            id="benchbench",
            version=1,
            at=system_clock(),
            name="bench",
            token_hmac=hmac_of(token, _SECRET),
            scopes=(Scope.REPORTS_WRITE,),
            everywhere=True,
        )
    )
    return register


async def _a_request(app: ASGIApp, token: str) -> float:
    """Return the microseconds of CPU of a request, of as many as a key may make at once."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] != HTTPStatus.OK:
            msg = f"the door answered {message['status']}"
            raise RuntimeError(msg)

    began = time.process_time()
    for _ in range(REQUESTS_AT_ONCE):
        await app(dict(scope), receive, send)
    return (time.process_time() - began) / REQUESTS_AT_ONCE * 1e6
