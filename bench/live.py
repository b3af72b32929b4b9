"""How soon an event on the log is on open streams, and what they cost: `python -m bench.live`.

A fresh house on PostgreSQL; the streams are opened over HTTP, as browsers do, four a session at the
most. Timed is from the broker's word that it has the event of a new case to when the last stream
has heard its number. Memory is the desk's own, what it shares counted once (PSS), before the
streams and after they have been idle for a while.
"""

import argparse
import asyncio
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import psutil

from bench import stand
from bench.job import PLAN
from schemas import topics
from schemas.events.base import event_of
from schemas.events.case import CaseRegistered, Reporter
from schemas.events.incident import Place
from schemas.plan import load_plan
from schemas.roles import ActingRole
from schemas.vocabulary import INTAKE, Channel, derived_id
from services.desk.bounds import BEAT_SECONDS, MOST_OF_A_SESSION
from services.desk.domain.people import Described
from services.desk.http.site import LIVE, SESSION
from services.desk.use_cases.identity import Browser, How, begin_session
from services.desk.use_cases.people import record
from services.kit.clock import system_clock
from services.kit.kafka.publisher import Publisher
from services.kit.process.settings import database_variable
from services.kit.records import message_of
from services.kit.sql.database import open_database
from services.machine.house import House

_TIMES: Final = 20
_AIM_MS: Final = 1_000.0
_AIM_MIB: Final = 150.0
_MIB: Final = 1024**2
_TIMED: Final = 200
_IDLE: Final = 500


def _registered(number: int) -> CaseRegistered:
    """Return that a new case was registered, the so manyth."""
    plan, now = load_plan(PLAN), system_clock()
    known = next(iter(plan.categories.values()))
    id_ = derived_id("bench", str(number))
    return CaseRegistered(
        case_id=id_,
        at=now,
        reported_at=now,
        reporter=Reporter(source="bench", source_id=str(id_), channel=Channel.PHONE),
        category=known.code,
        class_code=known.class_,
        title_en=known.title_en,
        title_zh=known.title_zh,
        urgency=known.urgency,
        place=Place(address="1 Bench Road"),
        classified_by="code",
        plan_version=plan.version,
    )


async def session_of(url: str, role: ActingRole) -> str:
    """Return the token of a session of somebody in a role."""
    return (await _sessions(url, 1, role=role))[0]


async def _sessions(url: str, count: int, *, role: ActingRole = ActingRole.SUPERVISOR) -> list[str]:
    """Return the tokens of as many sessions of somebody; a supervisor sees every case."""
    database, now = open_database(url), system_clock()
    who = Described(
        id="bench",
        name="bench",
        roles=frozenset({role}),
        memberships=frozenset(),
    )
    async with database.write() as conn:
        await record(conn, who, now=now)
        browser, how = Browser(address="127.0.0.1", device="bench"), How(second_factor=True)
        tokens = [
            await begin_session(conn, who.id, how=how, browser=browser, now=now)
            for _ in range(count)
        ]
    await database.close()
    return tokens


async def _opened(url: str, token: str) -> tuple[StreamReader, StreamWriter]:
    """Open a stream, and read until it is there."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = f"GET {LIVE} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {SESSION}={token}\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.readuntil(b"event: hello")
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer.decode())
    return reader, writer


async def _heard(reader: StreamReader, text: bytes) -> float:
    """Read on until a text came; returns when."""
    await reader.readuntil(text)
    return time.perf_counter()


async def _timed(running: House, readers: Sequence[StreamReader]) -> list[float]:
    """Return for each of some events after how many milliseconds the last stream had heard it."""
    publisher, found = Publisher(running.brokers, client_id="bench"), list[float]()
    await publisher.start()
    for number in range(_TIMES + 1):
        fact = _registered(number)
        heard = [asyncio.create_task(_heard(one, str(fact.case_id).encode())) for one in readers]
        event = event_of(fact, service=INTAKE, sequence=1)
        await publisher.publish([message_of(event, topic=topics.CASES)])
        began = time.perf_counter()
        found.append((max(await asyncio.gather(*heard)) - began) * 1_000)
    await publisher.stop()
    return sorted(found[1:])  # the first one warms up


def _memory(running: House) -> float:
    """Return the desk's memory in MiB, what it shares counted once."""
    return (
        sum(psutil.Process(pid).memory_full_info().pss for pid in stand.groups(running)["desk"])
        / _MIB
    )


async def _measure(running: House) -> int:
    tokens = await _sessions(
        running.environment[database_variable("desk")], _IDLE // MOST_OF_A_SESSION + 1
    )
    before, streams = _memory(running), list[tuple[StreamReader, StreamWriter]]()
    for number in range(_IDLE):
        streams.append(await _opened(running.url("desk"), tokens[number // MOST_OF_A_SESSION]))
        if len(streams) == _TIMED:
            times = await _timed(running, [reader for reader, _ in streams])
    await asyncio.sleep(2 * BEAT_SECONDS)
    more = _memory(running) - before
    p50, worst = times[len(times) // 2], times[-1]
    print("| what | found | aim |\n|---|---|---|")
    print(
        f"| an event on the log is on {_TIMED} open streams, p50 and worst of {_TIMES} "
        f"| {p50:.0f} and {worst:.0f} ms | {_AIM_MS:.0f} ms |"
    )
    print(f"| memory of {_IDLE} idle streams | {more:.0f} MiB | {_AIM_MIB:.0f} MiB |")
    for _, writer in streams:
        writer.close()
    return (worst > _AIM_MS) + (more > _AIM_MIB)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure in a house of its own; returns how many aims were missed."""
    argparse.ArgumentParser(description=__doc__).parse_args(arguments)
    with stand.house(postgres=True) as running:
        print(stand.machine(postgres=True), flush=True)
        return asyncio.run(_measure(running))


if __name__ == "__main__":
    sys.exit(main())
