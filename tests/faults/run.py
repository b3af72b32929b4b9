"""One row from an empty house to its verdict."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from typing_extensions import override

from schemas.topics import SERVICES
from services.kit.clock import system_clock
from services.kit.process.settings import LOOPBACK
from tests.faults import nemesis, observer
from tests.faults.checker.verdict import Verdict, check
from tests.faults.draining import at_rest, closing_samples, worked_off
from tests.faults.final import read_database, read_topics
from tests.faults.history import Limits, Meta, load, write_lines
from tests.faults.load import actors
from tests.faults.load.asked import Scene
from tests.faults.rows.row import Form, Row
from tests.faults.servers import PARTITIONS, Yard
from tests.faults.stand import DRAIN_SECONDS, Engine, Stand, opened_stand
from tests.support.patience import Patience
from tests.support.town import PLAN

_SETTLED_SECONDS: Final = 5.0
"""What was due so long before the drain's end had its effect; longer than the drain itself asks."""


class Phases:
    """How long each part of a run took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def end(self, name: str) -> None:
        """Note that a part has ended."""
        now = time.monotonic()
        self.seconds[name], self._last = now - self._last, now

    @override
    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a row came to."""

    row: Row
    engine: Engine
    seed: int
    faults: int
    verdict: Verdict
    incidents: int
    phases: Phases
    history: Path

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(self.phases.seconds.values())


async def run_row(
    row: Row,
    engine: Engine,
    *,
    yard: Yard,
    folder: Path,
    seed: int,
    form: Form,
    build: str = "",
) -> Outcome:
    """Run a row in an empty folder, on servers of the yard, and judge its history."""
    phases = Phases()
    setting = replace(row.setting, engine=engine, build=build)
    servers = await asyncio.to_thread(yard.servers, nodes=setting.nodes)
    async with opened_stand(setting, servers=servers, folder=folder, seed=seed) as stand:
        phases.end("up")
        scene = _scene(stand, row, seed=seed, form=form)
        meta = await _run(stand, row, scene, form=form, phases=phases)
        (scene.history / "meta.json").write_text(meta.model_dump_json(indent=2))
        faults = len(stand.recorder.injected)
    phases.end("down")
    history = load(scene.history)
    verdict = check(history)
    phases.end("judged")
    return Outcome(
        row=row,
        engine=engine,
        seed=seed,
        faults=faults,
        verdict=verdict,
        incidents=len({(s.source, s.id) for s in history.sent if s.op == "report"}),
        phases=phases,
        history=scene.history,
    )


async def _run(stand: Stand, row: Row, scene: Scene, *, form: Form, phases: Phases) -> Meta:
    """Break, heal, drain, stop, and read once more; returns what a judge must know of it."""
    _start_recording(stand, scene)
    await row.inject(stand, form)
    scene.over_file.touch()
    phases.end("faults")
    await nemesis.heal(stand)
    healed_at = system_clock()
    phases.end("healed")
    drained_at, drained = await _drained(stand)
    phases.end("drained")
    await asyncio.to_thread(stand.crew.stop, *stand.ports, within=DRAIN_SECONDS)
    await closing_samples(stand, drained=drained)
    await _final_read(stand, lost=row.truncated)
    phases.end("read")
    return Meta(
        seed=scene.seed,
        row=row.id,
        engine=stand.setting.engine,
        partitions=PARTITIONS,
        processes=dict.fromkeys(SERVICES, stand.setting.processes),
        limits=Limits(settled=_SETTLED_SECONDS * stand.setting.factor),
        clock=stand.clock.line,
        began_at=stand.recorder.began_at,
        healed_at=healed_at,
        drained_at=drained_at,
        drained=drained,
        truncated=row.truncated,
    )


async def _drained(stand: Stand) -> tuple[datetime, bool]:
    """Wait until all is worked off and the house is at rest; returns when, and whether it came."""
    rest = await at_rest(stand) if await worked_off(stand) else None
    return rest or system_clock(), rest is not None


def _scene(stand: Stand, row: Row, *, seed: int, form: Form) -> Scene:
    return Scene(
        kafka=stand.kafka,
        intake=_urls(stand, "intake"),
        notifier=_urls(stand, "notifier"),
        tokens=stand.tokens,
        plan=str(PLAN.resolve()),
        clock=stand.clock.text,
        seed=seed,
        history=stand.recorder.folder,
        load=row.load_of(form),
    )


def _urls(stand: Stand, service: str) -> tuple[str, ...]:
    return tuple(f"http://{LOOPBACK}:{stand.ports[name]}" for name in stand.processes_of(service))


def _start_recording(stand: Stand, scene: Scene) -> None:
    logs = stand.folder / "logs"
    path = scene.history / "observed-all.jsonl"
    stand.crew.start(
        "observer", observer.main, stand.kafka, stand.topics, path, logs / "observer.log"
    )
    stand.crew.start("actors", actors.main, scene, logs / "actors.log")


async def _final_read(stand: Stand, *, lost: Sequence[str]) -> None:
    folder = stand.recorder.folder
    final = await read_topics(stand.kafka, stand.topics)
    write_lines(folder / "final.jsonl", final)
    kept = sum(record.topic not in lost for record in final)
    await _observed(folder / "observed-all.jsonl", at_least=kept, lost=lost)
    for service in SERVICES:
        rows = await read_database(service, stand.place.urls[service])
        write_lines(folder / f"state-{service}.jsonl", rows)


async def _observed(path: Path, *, at_least: int, lost: Sequence[str]) -> None:
    """Wait until the observer has written down what there is, or writes no more.

    Of a topic that was lost it has what stood there before.
    """
    patience, lines = Patience(), 0
    while lines < at_least and patience.holds(lines):
        await asyncio.sleep(0.1)
        lines = await asyncio.to_thread(_lines_of_others, path, lost)


def _lines_of_others(path: Path, topics: Sequence[str]) -> int:
    """Return how many records an observer has of other topics than these."""
    these = [f'"topic":"{topic}"'.encode() for topic in topics]
    with path.open("rb") as lines:
        return sum(line.endswith(b"\n") and not any(t in line for t in these) for line in lines)
