"""What is done to the product and every peer: drain, an open loop, and kill -9 while it works."""

import threading
import time
from dataclasses import dataclass

from bench.check import Verdict
from bench.open_loop import Outcome
from bench.peers.subjects import Subject

KILLS = 5
ORDINARY_RATE = 100.0
_SUSTAINED_SHARE = 0.6
_DRAIN_SECONDS = 20
_WARM_UP_SECONDS = 5
_WARM_UPS = 8
_STILL_FASTER = 1.1
_KILLED_SHARE = 0.4
_MOST_WHEN_KILLED = 1_000.0


class Broken(Exception):
    """It does not do the job even when nobody disturbs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much: reports to drain at most, reports to warm up with, seconds of a loop, kills."""

    drain: int = 20_000
    warm_up: int = 500
    seconds: int = 15
    kills: int = KILLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one of them did."""

    drained: Outcome
    sustained: Outcome
    ordinary: Outcome
    killed: Outcome
    verdict: Verdict

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds of its processes, broker and database for 1,000 drained reports."""
        parts = ("workers", "kafka", "postgres")
        used = sum(self.drained.used[part].cpu for part in parts if part in self.drained.used)
        return used / self.drained.asked.count * 1_000


def measure(subject: Subject, size: Size) -> Measured:
    """Run all phases one after the other; each has reports of its own.

    Raises `Broken`.
    """
    warm = _warmed(subject, size)
    # As much as it needs some twenty seconds for: a slow one's queue would not end otherwise.
    waiting = min(size.drain, max(size.warm_up, int(warm * _DRAIN_SECONDS)))
    drained = subject.run(waiting, 0, seed=12)
    rate = max(1.0, drained.throughput * _SUSTAINED_SHARE)
    sustained = subject.run(int(rate * size.seconds), rate, seed=13, warm_up=size.seconds / 5)
    ordinary = subject.run(
        int(ORDINARY_RATE * size.seconds), ORDINARY_RATE, seed=14, warm_up=size.seconds / 5
    )
    rate = min(_MOST_WHEN_KILLED, max(1.0, drained.throughput * _KILLED_SHARE))
    count = int(rate * size.seconds)
    killer = threading.Thread(target=_kill, args=(subject, size), daemon=True)
    killer.start()
    killed = subject.run(count, rate, seed=15)
    killer.join()
    return Measured(
        drained=drained,
        sustained=sustained,
        ordinary=ordinary,
        killed=killed,
        verdict=subject.verdict(count, seed=15),
    )


def _warmed(subject: Subject, size: Size) -> float:
    """Give it reports until that makes it no faster; return its best rate.

    A just-in-time compiler is at work for the first thousands. Raises `Broken`.
    """
    best, count = 0.0, size.warm_up
    for number in range(_WARM_UPS):
        warm = subject.run(count, 0, seed=21 + number)
        if missing := warm.found["missing"]:
            judged = subject.verdict(count, seed=21 + number)
            raise Broken(f"{missing} of {count} of the warm-up were not seen to end: {judged}")
        if warm.throughput < best * _STILL_FASTER:
            break
        best = warm.throughput
        count = min(size.drain, max(size.warm_up, int(best * _WARM_UP_SECONDS)))
    return max(best, warm.throughput)


def _kill(subject: Subject, size: Size) -> None:
    """Kill process after process in turn while the job runs, each started again soon after."""
    pause = size.seconds / (size.kills + 1)
    time.sleep(pause)
    for number in range(size.kills):
        chosen = number % subject.processes
        subject.kill(chosen)
        time.sleep(0.3)
        subject.restart(chosen)
        time.sleep(max(0.0, pause - 0.3))
