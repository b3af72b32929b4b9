"""One open-loop run of job J: a generator and a meter beside whatever does the job."""

# ruff: noqa: TID251 - a benchmark stands in real time

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import costs
from bench.job import Schedule
from schemas.lifecycle import CaseEvent
from schemas.topics import CASES, INCIDENT_REPORTS
from services.kit.kafka.brokers import Brokers, Login, Security, client_options

ROOT = Path(__file__).parents[1]
Groups = Callable[[], Mapping[str, Iterable[int]]]
Follow = Callable[[Schedule], dict[str, Any]]
_LEAD_SECONDS = 0.5
_LATE_MS = 250.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to run: `count` reports at `rate` a second (0: all at once), and what ends a report.

    They go `into` one topic; what ends them is an event of type `wanted`, any if empty, on `topic`.

    `warm_up` seconds at the beginning are no part of the latencies; after `patience` seconds
    without any progress the run is over. A broker that asks who connects hears of `user`, whose
    password is in a file.
    """

    kafka: str
    count: int
    rate: float
    seed: int
    into: str = INCIDENT_REPORTS
    topic: str = CASES
    wanted: str = CaseEvent.ASSIGNED.value
    warm_up: float = 0.0
    patience: float = 30.0
    user: str = ""
    password_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run found; `found` is the meter's, `sent` the generator's, `used` by group."""

    asked: Asked
    found: dict[str, Any]
    sent: dict[str, Any]
    used: costs.Costs = field(default_factory=dict)

    @property
    def throughput(self) -> float:
        """Reports that ended, merged ones included, a second from the beginning to the last."""
        whole = self.found["ended"] + self.found["merged"]
        return float(whole / self.found["seconds"]) if self.found["seconds"] else 0.0

    @property
    def is_flat(self) -> bool:
        """Whether the backlog stayed level: as high in the last third as in the middle one.

        A tenth of a second's worth of noise is let through, and a generator that was itself late
        proves nothing.
        """
        backlog, rate = self.found["backlog"], self.asked.rate
        third = len(backlog) // 3
        if not third or self.found["missing"] or self.sent["latest_ms"] > _LATE_MS:
            return False
        middle = statistics.median(backlog[third : 2 * third])
        last = statistics.median(backlog[2 * third :])
        return bool(last <= 1.25 * middle + 0.1 * rate and backlog[-1] < rate)

    def latency(self, percentile: str) -> float:
        """Return a percentile's latency in milliseconds; "100" is the maximum."""
        return float(self.found["latency_ms"][percentile])


def reaching(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client of aiokafka is told, by the fields of an `Asked`."""
    if not asked["user"]:
        return client_options(asked["kafka"])
    login = Login(user=asked["user"], password_file=Path(asked["password_file"]))
    return client_options(
        Brokers(bootstrap=asked["kafka"], security=Security.SASL_PLAINTEXT, login=login)
    )


def run(asked: Asked, *, groups: Groups = dict, follow: Follow | None = None) -> Outcome:
    """Run generator and meter once and return what they found.

    `follow` is a meter of another kind: it gets the schedule and returns what it found.
    """
    arguments = json.dumps(asdict(asked))
    with ExitStack() as stack:
        sender = stack.enter_context(_child("bench.generate", arguments))
        children = [sender]
        if follow is None:
            children.append(stack.enter_context(_child("bench.meter", arguments)))
        for child in children:
            _line(child)
        before = costs.measured(groups())
        begin = time.time() + _LEAD_SECONDS
        for child in children:
            _tell(child, repr(begin))
        if follow is None:
            sent, found = _line(sender), _line(children[1])
        else:
            found = follow(Schedule(count=asked.count, rate=asked.rate, begin=begin))
            sent = _line(sender)
        after = costs.measured(groups())
    used = dict(costs.since(before, after))
    used |= {"generator": costs.Cost(sent["cpu"], 0), "meter": costs.Cost(found["cpu"], 0)}
    return Outcome(asked=asked, found=found, sent=sent, used=used)


@contextmanager
def _child(module: str, arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - this project's own module
        [sys.executable, "-m", module, arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(child: subprocess.Popen[str]) -> dict[str, Any]:
    assert child.stdout is not None  # noqa: S101 - it was asked for above
    text = child.stdout.readline()
    if not text:
        msg = f"{child.args!r} ended with {child.wait()} before it said anything"
        raise RuntimeError(msg)
    found: dict[str, Any] = json.loads(text)
    return found


def _tell(child: subprocess.Popen[str], text: str) -> None:
    assert child.stdin is not None  # noqa: S101 - it was asked for above
    child.stdin.write(text + "\n")
    child.stdin.flush()
