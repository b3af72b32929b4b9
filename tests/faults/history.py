"""A run's history as files: what was said, what was seen, what stayed, what was broken.

A folder of JSON lines that independent processes append to. Whoever judges it needs nothing else:
no broker, no database, no clock. Two clocks are kept apart: the recorder's own (`begun_at`,
`ended_at`, `seen_at`) and the house's (`at`, `due_by`, `sign_by`); `Meta.house_time` leads over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import override

from tests.faults.standing import StandingCase

Instant = AwareDatetime


class Line(BaseModel):
    """One record of a history; a field nobody knows is a mistake of the recorder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def encoded(self) -> bytes:
        """Return it as a line of JSON, what has its default left out."""
        return self.model_dump_json(exclude_defaults=True).encode()


class Row(Line):
    """A row of a database; `row` says of which kind, also where that is its default."""

    @override
    def encoded(self) -> bytes:
        return self.model_dump_json(include=self.model_fields_set | {"row"}).encode()


class Clock(Line):
    """The house's clock: it showed `origin` when the recorder's showed `started`.

    It ran `factor` times as fast from then on, and stood still from `stopped` on.
    """

    started: Instant
    origin: Instant
    factor: float = 1.0
    stopped: Instant | None = None


class Limits(Line):
    """What deadlines are judged by, in seconds of the house's clock and shares of a limit.

    `early` is what clocks of several processes may differ by. A drain leaves nothing overdue: what
    was due `settled` before its end had its effect, whatever broke before.
    """

    settled: float = 5.0
    early: float = 0.0
    remind_at: float = 0.8
    overdue_far: float = 3.0
    rework_floor: float = 0.5


class Meta(Line):
    """What was run: the row of the matrix, its seed, the engine; when it was healed and drained.

    `processes` counts each service's processes. What was said before `drained_at` must have had its
    effect; a drain that gave up says so with `drained` false. `truncated` are topics that lost
    records on purpose.
    """

    seed: int
    row: str
    engine: Literal["sqlite", "postgres"] = "sqlite"
    partitions: int = 12
    processes: dict[str, int] = Field(default_factory=dict)
    limits: Limits = Limits()
    clock: Clock | None = None
    began_at: Instant
    healed_at: Instant
    drained_at: Instant
    drained: bool = True
    truncated: tuple[str, ...] = ()

    def house_time(self, recorded: datetime) -> datetime:
        """Return what the house's clock showed at an instant of the recorder's."""
        if self.clock is None:
            return recorded
        counted = min(recorded, self.clock.stopped or recorded)
        return self.clock.origin + (counted - self.clock.started) * self.clock.factor


class Sent(Line):
    """An attempt to say something. Written twice: before it, as `unknown`, and with its outcome.

    The last line of an `attempt` counts, so an attempt that a kill cut off stays unknown. `id` is a
    report's own id, a `feedback_id` or a `command_id`; `source` who reports, `party` who answers. A
    `raw` record is one nobody can read: `readers` are the services that must put it among their
    dead letters. `position` is "topic/partition/offset", when the broker told it.
    """

    attempt: int
    op: Literal["report", "feedback", "command", "raw"]
    outcome: Literal["ok", "refused", "unknown"]
    via: Literal["kafka", "http"] = "kafka"
    expected: Literal["valid", "invalid", "duplicate"] = "valid"
    source: str = ""
    party: str = ""
    id: str = ""
    kind: str = ""
    case_id: str | None = None
    position: str | None = None
    sha256: str | None = None
    readers: tuple[str, ...] = ()
    begun_at: Instant
    ended_at: Instant | None = None
    note: str = ""


class Offer(Line):
    """A part of a case as `case.assigned` offers it."""

    assignment_id: str
    department: str
    person: str | None = None


class Seen(Line):
    """A record on a topic: its position, its CloudEvents attributes, and what judging it takes.

    `ce_source` is "/tongxin/<service>", `cause` is `ce_causationid`. `source` and `id` are a
    report's; of an answer `party` and `id`, of a command `id` alone; of a lead that waits `party`
    is for whom; `person` acted; of a file its case's standing and last numbers; of a dead letter
    `letter_of` alone, where it was put aside, and `taken_off` if it is null; `readable` is JSON.
    """

    topic: str
    partition: int
    offset: int
    seen_at: Instant
    sha256: str
    key: str | None = None
    readable: bool = True
    ce_id: str = ""
    ce_type: str = ""
    ce_source: str = ""
    sequence: int = 0
    cause: str = ""
    case_id: str | None = None
    at: Instant | None = None
    merged_id: str | None = None
    primary_id: str | None = None
    source: str = ""
    id: str = ""
    party: str = ""
    department: str = ""
    assignment_id: str | None = None
    role: str = ""
    round: int = 0
    lead: Offer | None = None
    co_handlers: tuple[Offer, ...] = ()
    sign_seconds: int = 0
    limit_seconds: int = 0
    resumes: bool = False
    urgency: str = ""
    level: int = 0
    trigger: str = ""
    sign_by: Instant | None = None
    due_by: Instant | None = None
    limit_text: str = ""
    request_id: str = ""
    asked_by: str = ""
    person: str = ""
    until: Instant | None = None
    decide_by: Instant | None = None
    again_at: Instant | None = None
    left_seconds: float | None = None
    after: Instant | None = None
    clock: str = ""
    template: str = ""
    recipient: str = ""
    state: str = ""
    intake_seq: int = 0
    router_seq: int = 0
    own_seq: int = 0
    letter_of: str | None = None
    taken_off: bool = False

    @property
    def position(self) -> str:
        """Where it stands, as dead letters name it."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class IntakeReport(Row):
    """A row of intake's reports; `closed` tells that its case takes in no others any more."""

    row: Literal["report"] = "report"
    case_id: str
    source: str
    id: str
    outcome: Literal["registered", "merged", "rejected"]
    primary_id: str | None = None
    closed: bool = False


class RouterCase(Row):
    """Where the router says a case stands; `sequence` is the last number it told of it."""

    row: Literal["routed"] = "routed"
    case_id: str
    round: int
    lead: str
    assignment_id: str
    sequence: int
    level: int = 0


class NotifierCase(StandingCase, Row):
    row: Literal["followed"] = "followed"


class DeskCase(StandingCase, Row):
    row: Literal["shown"] = "shown"


class ParkedAnswer(Row):
    """An answer, or a command without a party, that still waits for what it is about."""

    row: Literal["parked"] = "parked"
    party: str
    id: str
    case_id: str


class PendingTimer(Row):
    """A deadline that has not run out; `subject` is a case, or an answer that waits."""

    row: Literal["timer"] = "timer"
    subject: str
    kind: str
    due_at: Instant


class OutboxMessage(Row):
    """A message in a chunk of the outbox, published or not; `ce_id` is "" for a dead letter.

    `position` is the chunk's "stage/partition/number". `key` is a dead letter's `letter_of`.
    """

    row: Literal["outbox"] = "outbox"
    topic: str
    position: str
    published: bool
    sha256: str
    ce_id: str = ""
    ce_type: str = ""
    key: str = ""
    sequence: int = 0
    case_id: str | None = None


StateRow = Annotated[
    IntakeReport
    | RouterCase
    | NotifierCase
    | DeskCase
    | ParkedAnswer
    | PendingTimer
    | OutboxMessage,
    Field(discriminator="row"),
]


class Fault(Line):
    """Something broken on purpose, in the recorder's time, until it works; it may be momentary."""

    kind: str
    target: str
    begun_at: Instant
    ended_at: Instant | None = None
    note: str = ""


class Sample(Line):
    """How a service was doing: whether it was ready, and what it had not worked off.

    Of the service that fires deadlines, `idle_rounds` says how often each process had looked for
    what is due and found nothing.
    """

    at: Instant
    service: str
    ready: bool = True
    lag: int = 0
    unpublished: int = 0
    overdue_timers: int = 0
    idle_rounds: dict[str, int] = Field(default_factory=dict)


SENT: Final = TypeAdapter(Sent)
SEEN: Final = TypeAdapter(Seen)
STATE: Final[TypeAdapter[StateRow]] = TypeAdapter(StateRow)
FAULT: Final = TypeAdapter(Fault)
SAMPLE: Final = TypeAdapter(Sample)
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class History:
    """A whole run, as it is judged: `observed` by observer, `state` by service, in file order."""

    meta: Meta
    sent: list[Sent] = field(default_factory=list)
    observed: dict[str, list[Seen]] = field(default_factory=dict)
    final: list[Seen] = field(default_factory=list)
    state: dict[str, list[StateRow]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    timeline: list[Sample] = field(default_factory=list)

    def save(self, folder: Path) -> None:
        """Write all files of a history into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "meta.json").write_text(self.meta.model_dump_json(indent=2), encoding="utf-8")
        write_lines(folder / "sent-client.jsonl", self.sent)
        write_lines(folder / "final.jsonl", self.final)
        write_lines(folder / "faults.jsonl", self.faults)
        write_lines(folder / "timeline.jsonl", self.timeline)
        for observer, seen in self.observed.items():
            write_lines(folder / f"observed-{observer}.jsonl", seen)
        for service, rows in self.state.items():
            write_lines(folder / f"state-{service}.jsonl", rows)


def load(folder: Path) -> History:
    """Return the history in a folder.

    Raises `FileNotFoundError` without a `meta.json`, `pydantic.ValidationError` for a line that is
    not what its file holds; only the last line of a file may be torn.
    """
    return History(
        meta=Meta.model_validate_json((folder / "meta.json").read_bytes()),
        sent=[
            sent
            for path in sorted(folder.glob("sent-*.jsonl"))
            for sent in _last_words(read_lines(path, SENT))
        ],
        observed={name: list(read_lines(p, SEEN)) for name, p in _named(folder, "observed")},
        final=list(read_lines(folder / "final.jsonl", SEEN)),
        state={name: list(read_lines(p, STATE)) for name, p in _named(folder, "state")},
        faults=list(read_lines(folder / "faults.jsonl", FAULT)),
        timeline=list(read_lines(folder / "timeline.jsonl", SAMPLE)),
    )


def _named(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob(f"{prefix}-*.jsonl")):
        yield path.stem.removeprefix(f"{prefix}-"), path


def _last_words(several: Iterable[Sent]) -> Iterable[Sent]:
    return {sent.attempt: sent for sent in several}.values()


def read_lines(path: Path, adapter: TypeAdapter[T]) -> Iterator[T]:
    """Yield the lines of a file, which may be absent; what follows its last line break is torn."""
    if path.exists():
        for line in path.read_bytes().split(b"\n")[:-1]:
            yield adapter.validate_json(line)


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """Append lines to a file."""
    with Appender(path) as appender:
        for line in lines:
            appender.add(line)


class Appender:
    """Appends lines to a file, each written through at once, after what a killed writer left."""

    def __init__(self, path: Path) -> None:
        """Open the file and cut off a line that was begun and not ended."""
        path.touch()
        whole = path.read_bytes()
        self._file = path.open("r+b", buffering=0)
        self._file.truncate(whole.rfind(b"\n") + 1)
        self._file.seek(0, 2)

    def add(self, line: Line) -> None:
        """Append one line; it survives the death of this process."""
        self._file.write(line.encoded() + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
