"""`tongxin import`: a city's export, published as the reports its mapping makes of it."""

import asyncio
import io
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from schemas.plan import InvalidPlan, load_plan
from services.commands.options import brokers_to_ask, stop_with
from services.kit.kafka.brokers import Brokers
from services.upstream.broker import TopicMissing, connected
from services.upstream.deliver import Delivery, outcomes_of, reject_writer
from services.upstream.header import check_header, unknown_codes
from services.upstream.mapping import InvalidMapping, UpstreamMapping, load_mapping
from services.upstream.opening import read_rows
from services.upstream.outcomes import BadRow, Tally, UnusableFile
from services.upstream.progress import Watch
from services.upstream.publish import KafkaOutlet, PrintedOutlet
from services.upstream.replay import Pace
from services.upstream.spool import spooled

_UNUSABLE = 2
_INTERRUPTED = 130
_STDIN = Path("-")
_NOT_ONE_ROW = "Not one row could be read as a report: look at the mapping, or at the file."
_WHAT_CAME_OF_IT = (
    "Reports that were known already change nothing; the desk's /cases/summary says how many "
    "cases there are."
)

File = Annotated[
    Path, typer.Argument(help="CSV, JSON or a workbook; - is standard input.", show_default=False)
]
Upstream = Annotated[
    Path, typer.Option(help="The mapping: deploy/upstreams/nyc-311.toml, or one of your own.")
]
Broker = Annotated[
    str, typer.Option("--kafka", help="host:port; default: TONGXIN_KAFKA, or the running house's.")
]
Speed = Annotated[
    float | None, typer.Option(min=0.001, help="Replay in order of time, so many times as fast.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Stop after so many rows.")]
Rejects = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Write bad rows there, as JSON lines.")
]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", exists=True, dir_okay=False, help="Check the mapping's codes with it."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the reports; needs no broker.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    mapping: UpstreamMapping
    stream: io.BufferedReader
    watch: Watch
    tally: Tally
    on_bad: Callable[[BadRow], None]
    limit: int | None
    speed: float | None
    at_once: int
    is_in_order: bool

    async def run(self, kafka: Brokers | None) -> None:
        """Send everything to the broker, or print it when there is none."""
        if kafka is None:
            await self._deliver(PrintedOutlet(sys.stdout))
            return
        async with connected(kafka) as publisher:
            await self._deliver(KafkaOutlet(publisher))

    async def _deliver(self, outlet: KafkaOutlet | PrintedOutlet) -> None:
        rows = read_rows(self.stream, self.mapping.file, on_header=self._check_header)
        outcomes = outcomes_of(islice(rows, self.limit), self.mapping)
        with spooled(keep=self.is_in_order) as spool:
            delivery = Delivery(
                spool=spool,
                outlet=outlet,
                tally=self.tally,
                on_bad=self.on_bad,
                on_progress=self.watch.moved,
                pace=None if self.speed is None else Pace(self.speed, monotonic=time.monotonic),
                at_once=self.at_once,
            )

            def tell() -> None:
                for line in spool.advice():
                    self.watch.say(line)

            def before_sending() -> None:
                tell()
                skipped = self.tally.skipped.total()
                self.watch.sending(self.tally.read - self.tally.refused - skipped)

            if self.is_in_order:
                await delivery.in_order_of_time(outcomes, before_sending=before_sending)
            else:
                await delivery.as_they_come(outcomes)
                tell()

    def _check_header(self, names: Sequence[str]) -> None:
        for warning in check_header(names, self.mapping):
            self.watch.say(warning)


def import_reports(  # noqa: PLR0913 - one for each option of the command
    file: File,
    upstream: Upstream,
    *,
    kafka: Broker = "",
    speed: Speed = None,
    limit: Limit = None,
    rejects: Rejects = None,
    plan: PlanFile = None,
    dry_run: DryRun = False,
) -> None:
    """Publish a city's export as reports, by a mapping you write; running it again adds nothing.

    A file is read whole, kinds and points that the mapping should say more of are told, and the
    reports are sent in the order of their times; what comes through standard input is sent as it
    comes. A bad row is told with its line and reason and the rest goes on. Exit status: 0 when it
    ran to the end, 2 when mapping or file cannot be used, 1 when the broker cannot be reached or
    not one of the rows could be published.
    """
    mapping = _mapping(upstream, plan)
    console = Console(stderr=True)
    tally = Tally()
    with ExitStack() as stack:
        stream = _opened(file, stack)
        address = None if dry_run else brokers_to_ask(kafka)
        watch = Watch(tally, console=console, total=_size(file), position=_position(file, stream))
        job = _Job(
            mapping=mapping,
            stream=stream,
            watch=watch,
            tally=tally,
            on_bad=_bad_row_sink(watch, rejects, stack),
            limit=limit,
            speed=speed,
            at_once=1 if file == _STDIN else 200,
            is_in_order=file != _STDIN or speed is not None,
        )
        stack.enter_context(watch)
        failure = _run(job, address)
    _conclude(tally, watch, failure, is_sent=not dry_run)


def _conclude(
    tally: Tally, watch: Watch, failure: tuple[str, int] | None, *, is_sent: bool
) -> None:
    """Tell what came of the rows; fail when it broke off or nothing did."""
    sent = "published" if is_sent else "would be published"
    watch.say("\n".join(tally.lines(sent=sent)))
    if failure is not None:
        stop_with(failure[0], code=failure[1])
    if tally.refused and not tally.published:
        stop_with(_NOT_ONE_ROW)
    if tally.published and is_sent:
        watch.say(_WHAT_CAME_OF_IT)


def _mapping(upstream: Path, plan: Path | None) -> UpstreamMapping:
    try:
        mapping = load_mapping(upstream)
        unknown = (
            [] if plan is None else list(unknown_codes(mapping, load_plan(plan, loopback=True)))
        )
    except (InvalidMapping, InvalidPlan) as invalid:
        stop_with(str(invalid), code=_UNUSABLE)
    if unknown:
        told = [f"{upstream}: {key!r} = {code!r} is no category of {plan}" for key, code in unknown]
        stop_with("\n".join(told), code=_UNUSABLE)
    return mapping


def _opened(file: Path, stack: ExitStack) -> io.BufferedReader:
    if file != _STDIN:
        try:
            return stack.enter_context(file.open("rb"))
        except OSError as unreadable:
            stop_with(f"{file}: {unreadable.strerror or unreadable}", code=_UNUSABLE)
    piped = sys.stdin.buffer
    return (
        piped
        if isinstance(piped, io.BufferedReader)
        else io.BufferedReader(io.BytesIO(piped.read()))
    )


def _position(file: Path, stream: io.BufferedReader) -> Callable[[], int]:
    return (lambda: 0) if file == _STDIN else stream.raw.tell


def _size(file: Path) -> int | None:
    return None if file == _STDIN else file.stat().st_size


def _bad_row_sink(watch: Watch, rejects: Path | None, stack: ExitStack) -> Callable[[BadRow], None]:
    if rejects is None:
        return watch.bad
    try:
        write = reject_writer(stack.enter_context(rejects.open("w", encoding="utf-8")))
    except OSError as unwritable:
        stop_with(f"{rejects}: {unwritable.strerror or unwritable}", code=_UNUSABLE)

    def sink(bad: BadRow) -> None:
        write(bad)
        watch.bad(bad)

    return sink


@contextmanager
def _told_by_exception_only() -> Iterator[None]:
    """Pass over what aiokafka logs on the way: it is in the exception as well."""
    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        client.setLevel(before)


def _run(job: _Job, address: Brokers | None) -> tuple[str, int] | None:
    """Run the job; return what went wrong and the exit status, None when it ran to the end."""
    again = "Run the same command again: nothing is counted twice."
    try:
        with _told_by_exception_only():
            asyncio.run(job.run(address))
    except UnusableFile as unusable:
        return f"The file cannot be used: {unusable}", _UNUSABLE
    except (TopicMissing, KafkaError) as error:
        return f"The broker {address} did not take it: {error}. {again}", 1
    except KeyboardInterrupt:
        return f"Stopped. {again}", _INTERRUPTED
    return None
