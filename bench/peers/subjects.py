"""The product and its peers behind one face: run a job, kill a process, give the verdict."""

# ruff: noqa: TID251 - a benchmark stands in real time

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bench import open_loop
from bench import stand as houses
from bench.check import Result, Verdict, judge
from bench.job import PLAN, Schedule, reports
from bench.open_loop import Asked, Outcome
from bench.peers import recorded
from bench.peers.deciding import RESULTS
from bench.peers.stand import Peer, Stand, stand
from schemas.plan import load_plan
from schemas.topics import SERVICES
from services.machine.house import House

PRODUCT = "tongxin"
_PATIENCE = 60.0
PEERS = (
    Peer(name="bare_aiokafka", has_tables=False),
    Peer(name="naive_faststream", roles=("work", "work")),
    Peer(name="procrastinate", roles=("feed", "work", "work"), in_table=True, patience=60),
    Peer(name="dbos", roles=("work", "work"), in_table=True, patience=60),
    Peer(name="plain_java", roles=("work", "work")),
    Peer(name="flowable", roles=("work", "work"), patience=180),
)


class Subject(Protocol):
    """Whatever does job J."""

    processes: int

    def run(self, count: int, rate: float, *, seed: int, warm_up: float = 0.0) -> Outcome:
        """Give it a job and measure it."""

    def kill(self, number: int) -> None:
        """End one of its processes with SIGKILL."""

    def restart(self, number: int) -> None:
        """Start that process again."""

    def verdict(self, count: int, *, seed: int) -> Verdict:
        """Check what was recorded of one job."""


@dataclass(slots=True)
class ProductSubject:
    """The product: three services."""

    house: House
    processes: int = len(SERVICES)

    def run(self, count: int, rate: float, *, seed: int, warm_up: float = 0.0) -> Outcome:
        """Give it a job and measure it."""
        asked = Asked(
            kafka=self.house.kafka,
            count=count,
            rate=rate,
            seed=seed,
            warm_up=warm_up,
            patience=_PATIENCE,
        )
        return open_loop.run(asked, groups=self._groups)

    def kill(self, number: int) -> None:
        """End a service with SIGKILL."""
        os.kill(self.house.children.pids()[SERVICES[number]], signal.SIGKILL)

    def restart(self, number: int) -> None:
        """Start that service again, once its end is known."""
        while SERVICES[number] not in self.house.children.restart_ended():
            time.sleep(0.05)

    def verdict(self, count: int, *, seed: int) -> Verdict:
        """Check the leads' work orders on the departments' topics."""
        results, merged = asyncio.run(recorded.product(self.house.kafka, load_plan(PLAN)))
        return _judged(results, count=count, seed=seed, merged=merged)

    def _groups(self) -> Mapping[str, Sequence[int]]:
        found = houses.groups(self.house)
        servers = {name: found.pop(name) for name in ("kafka", "postgres")}
        return servers | {"workers": [pid for pids in found.values() for pid in pids]}


@dataclass(slots=True)
class PeerSubject:
    """A peer on its stand."""

    stand: Stand

    @property
    def processes(self) -> int:
        """How many processes it has."""
        return len(self.stand.peer.roles)

    def run(self, count: int, rate: float, *, seed: int, warm_up: float = 0.0) -> Outcome:
        """Give it a job and measure it."""
        patience = self.stand.peer.patience
        asked = Asked(
            kafka=self.stand.kafka,
            count=count,
            rate=rate,
            seed=seed,
            topic=RESULTS,
            wanted="",
            warm_up=warm_up,
            patience=patience,
        )

        def follow(schedule: Schedule) -> dict[str, Any]:
            return recorded.follow_table(
                self.stand.database, schedule, seed=seed, warm_up=warm_up, patience=patience
            )

        rows = follow if self.stand.peer.in_table else None
        return open_loop.run(asked, groups=self.stand.groups, follow=rows)

    def kill(self, number: int) -> None:
        """End a process with SIGKILL."""
        self.stand.kill(number)

    def restart(self, number: int) -> None:
        """Start it again."""
        self.stand.restart(number)

    def verdict(self, count: int, *, seed: int) -> Verdict:
        """Check its results, wherever they are."""
        if self.stand.peer.in_table:
            found = asyncio.run(recorded.peer_table(self.stand.database))
        else:
            found = asyncio.run(recorded.peer_topic(self.stand.kafka))
        return _judged(found, count=count, seed=seed)


@contextmanager
def subject(name: str) -> Iterator[Subject]:
    """Bring up the product or a peer, alone on a fresh broker and database."""
    if name == PRODUCT:
        with houses.house(postgres=True) as running:
            yield ProductSubject(running)
        return
    peer = next(peer for peer in PEERS if peer.name == name)
    with stand(peer) as running:
        yield PeerSubject(running)


def _judged(
    results: Sequence[Result],
    *,
    count: int,
    seed: int,
    merged: frozenset[bytes] | set[bytes] = frozenset(),
) -> Verdict:
    planned = list(reports(count, seed=seed, at=datetime.now(UTC)))
    ours = {one.case for one in planned}
    return judge(planned, [r for r in results if r.case in ours], merged=ours & set(merged))
