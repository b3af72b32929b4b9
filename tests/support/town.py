"""A whole house for flow tests, and what a test does in it: report, answer, watch, wait."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from schemas.cloudevents import attributes
from schemas.plan import load_plan
from schemas.topics import (
    CASES,
    FEEDBACK_REFUSALS,
    INCIDENT_REPORTS,
    NOTICES,
    SERVICES,
    all_topics,
    assignments,
    dead_letters,
    feedback_of,
)
from schemas.vocabulary import case_id_for
from services.demo.stagehand import ear
from services.kit.clock import shifted_clock
from services.kit.kafka.publisher import Publisher
from services.kit.records import Message
from services.kit.sealing.keys import KeyFile
from services.machine.house import House, HousePlan, opened
from services.machine.secrets_kept import PRIVACY_KEY_FILE
from tests.support.asking import asking
from tests.support.command import until
from tests.support.keys import keep_first_token
from tests.support.plans import around_the_clock
from tests.support.ports import first_port, server_ports

PLAN = around_the_clock(Path("deploy/plans/qingshanhu.toml"))
T = TypeVar("T")
PATIENCE_SECONDS = 180.0
"""How long a busy machine may take; a verdict is what came, never when."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record as an observer saw it."""

    topic: str
    kind: str
    source: str
    sequence: int
    body: dict[str, Any]


@dataclass
class Town:
    """A running house with an observer of all its topics."""

    house: House
    shift_file: Path
    publisher: Publisher
    seen: list[Told] = field(default_factory=list)
    numbered: int = 0

    @property
    def keys(self) -> KeyFile:
        """What opens what the house seals."""
        return KeyFile.read(Path(self.house.environment[PRIVACY_KEY_FILE]))

    def now(self) -> datetime:
        return shifted_clock(self.shift_file)()

    def pass_time(self, **lengths: float) -> None:
        """Let the clock of all services jump forward."""
        ahead = float(self.shift_file.read_text() or 0) + timedelta(**lengths).total_seconds()
        self.shift_file.write_text(str(ahead))

    async def report(self, source: str = "flow", id_: str = "", **changes: Any) -> str:
        """Publish one report and return its case's id."""
        self.numbered += 1
        body = {
            "source": source,
            "id": id_ or f"{self.numbered}-{self.now().timestamp()}",
            "channel": "grid_member",
            "reported_at": self.now().isoformat(),
            "place": {"point": {"lat": 28.6885, "lon": 115.9521}},
            "description": "flow test",
            **changes,
        }
        await self.publish(INCIDENT_REPORTS, key=f"{source}/{body['id']}", value=_json(body))
        return str(case_id_for(source, str(body["id"])))

    async def publish(self, topic: str, *, key: str, value: bytes | None) -> None:
        await self.publisher.publish([Message(topic=topic, key=key, value=value, headers=())])

    async def answer(self, party: str, case_id: str, kind: str, **fields: Any) -> None:
        """Answer as a department to its newest work order, or as another party."""
        orders = [t for t in self.seen if t.topic == assignments(party) and _case(t) == case_id]
        if orders:
            fields.setdefault("assignment_id", orders[-1].body["assignment_id"])
        self.numbered += 1
        body = {
            "feedback_id": f"{party}-{self.numbered}-{self.now().timestamp()}",
            "case_id": case_id,
            "kind": kind,
            "at": self.now().isoformat(),
            **fields,
        }
        await self.publish(feedback_of(party), key=case_id, value=_json(body))

    async def work(self, party: str, case_id: str, *kinds: str) -> None:
        """Answer several times, each with what it needs."""
        needs: dict[str, dict[str, Any]] = {
            "done": {
                "result": "done",
                "evidence": [
                    {"kind": k, "link": f"https://example.org/{k}"}
                    for k in ("before_photo", "after_photo", "report", "receipt")
                ],
            },
            "declined": {"reason": "not ours"},
            "progress": {"note": "half way"},
            "check_failed": {"reason": "not yet"},
        }
        for kind in kinds:
            await self.answer(party, case_id, kind, **needs.get(kind, {}))

    def kinds(self, case_id: str) -> list[str]:
        """Return the types of a case's events, in the order they came."""
        return [t.kind for t in self.of(CASES) if _case(t) == case_id]

    def of(self, topic: str, case_id: str = "") -> list[Told]:
        """Return what was on a topic, of one case or of all."""
        return [t for t in self.seen if t.topic == topic and (not case_id or _case(t) == case_id)]

    async def until(self, condition: Callable[[], T], *, told: str) -> T:
        """Return the condition's value when it becomes true; fails telling what was seen."""
        for _ in range(int(PATIENCE_SECONDS / 0.02)):
            if found := condition():
                return found
            await asyncio.sleep(0.02)
        recent = "\n".join(f"{t.topic} {t.kind} {t.body}"[:300] for t in self.seen[-25:])
        msg = f"never came: {told}; last seen:\n{recent}"
        raise AssertionError(msg)

    async def event(self, case_id: str, kind: str, *, times: int = 1) -> dict[str, Any]:
        """Return the data of the n-th event of a type of a case, waiting for it."""

        def found() -> list[Told]:
            got = [t for t in self.of(CASES, case_id) if t.kind == kind]
            return got[times - 1 : times]

        return (await self.until(found, told=f"{kind} x{times}"))[0].body

    async def order(
        self, department: str, case_id: str, *, times: int = 1, role: str = "lead"
    ) -> dict[str, Any]:
        """Return the n-th work order of a department for a case in a role, waiting for it."""

        def found() -> list[Told]:
            orders = self.of(assignments(department), case_id)
            return [t for t in orders if t.body["role"] == role][times - 1 : times]

        return (await self.until(found, told=f"work order x{times} for {department}"))[0].body

    async def known(self, case_id: str, state: str) -> None:
        """Wait until the notifier has read that a case is in a state; others tell it before."""
        async with asking() as http:

            async def is_so() -> bool:
                answer = await http.get(f"{self.house.url('notifier')}/cases/{case_id}")
                return answer.is_success and (answer.json()["case"] or {}).get("state") == state

            await until(is_so, told=f"{case_id} {state} at the notifier")

    async def refusal(self, case_id: str) -> dict[str, Any]:
        """Return the first refused answer of a case, waiting for it."""
        found = await self.until(
            lambda: self.of(FEEDBACK_REFUSALS, case_id), told="a refused answer"
        )
        return found[0].body

    def notices(self, case_id: str, template: str) -> list[dict[str, Any]]:
        """Return the notices of one kind of a case."""
        return [t.body for t in self.of(NOTICES, case_id) if t.body["template"] == template]


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _case(told: Told) -> str:
    return str(told.body.get("case_id", ""))


@contextmanager
def shifted_house(
    *,
    plan: Path = PLAN,
    data: Path | None = None,
    engine: str = "sqlite",
    secure: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Iterator[tuple[House, Path]]:
    """Run a house with servers of its own and a clock that the test moves.

    `variables` are of the environment of its services.
    """
    with tempfile.TemporaryDirectory(prefix="tongxin-flow-") as scratch:
        folder = data or Path(scratch)
        shift = folder / "shift"
        shift.write_text("0")
        keep_first_token(folder)
        asked = HousePlan(
            data=folder,
            plan=plan,
            postgres=engine != "sqlite",
            secure=secure,
            first_port=first_port(),
            kafka_port=server_ports(1)[0],
            environment={
                "TONGXIN_CLOCK": f"shift:{shift}",
                "TONGXIN_LOG_LEVEL": "info",
                **(variables or {}),
            },
        )
        with opened(asked, console=Console(quiet=True)) as house:
            house.wait_ready()
            yield house, shift


@asynccontextmanager
async def town_in(house: House, shift: Path, *, plan: Path = PLAN) -> AsyncIterator[Town]:
    """Watch all topics of a house from their beginning."""
    loaded = load_plan(plan)
    topics = [t.name for t in all_topics(sorted(loaded.departments), loaded.feedback_parties())]
    publisher = Publisher(house.brokers, client_id="test")
    await publisher.start()
    consumer = await ear(house.brokers, topics, wait_ms=200)
    town = Town(house, shift, publisher)
    watching = asyncio.create_task(_watch(consumer, town))
    try:
        yield town
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await consumer.stop()
        await publisher.stop()


async def _watch(consumer: Any, town: Town) -> None:  # noqa: ANN401 - aiokafka has no types
    last: dict[tuple[str, str, str], int] = {}
    letters = {dead_letters(s) for s in SERVICES}
    async for record in consumer:
        if record.topic in letters:
            town.seen.append(Told(record.topic, "dead-letter", "", 0, {"key": record.key.decode()}))
            continue
        told = _told(record)
        if told is None:
            continue
        name = (told.topic, told.source, str(record.key))
        if told.sequence and told.sequence <= last.get(name, 0):
            continue
        last[name] = told.sequence
        town.seen.append(told)


def _told(record: Any) -> Told | None:  # noqa: ANN401 - aiokafka has no types
    """Return what a record says, None for one that no house writes."""
    try:
        body = json.loads(record.value or b"")
        told = attributes(record.headers)
        sequence = int(told.get("sequence", "0"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    return Told(record.topic, told.get("type", ""), told.get("source", ""), sequence, body)


def in_utc(text: str) -> datetime:
    """Return an instant of an event."""
    return datetime.fromisoformat(text).astimezone(UTC)
