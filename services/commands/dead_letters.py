"""`tongxin dead-letters`: list, show and replay what could not be processed."""

import asyncio
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from schemas.topics import SERVICES, dead_letters
from services.commands.options import broker_address, print_rows, stop_with
from services.kit import dead_letters as letters
from services.kit.dead_letters import DeadLetter
from services.kit.producer import Publisher

app = typer.Typer(help="Records that could not be processed.", no_args_is_help=True)

Broker = Annotated[str, typer.Option("--kafka", help="host:port; default: the running house's.")]
Position = Annotated[str, typer.Argument(help="topic/partition/offset, as `list` prints it.")]


@app.command("list")
def list_(kafka: Broker = "") -> None:
    """List every dead letter that was not replayed, with its reason."""
    found = _found(broker_address(kafka))
    if not found:
        Console().print("No dead letters.")
        return
    print_rows(("record", "service", "at", "code", "bytes", "why"), map(_row, found))
    Console(stderr=True).print(
        f"{len(found)} dead letters. Next: `tongxin dead-letters show RECORD`.", soft_wrap=True
    )


def _row(found: tuple[str, DeadLetter]) -> tuple[str, ...]:
    service, letter = found
    why = "; ".join(f"{f.field}: {f.reason}" for f in letter.faults)
    size = "null" if letter.value is None else str(len(letter.value))
    return letter.position, service, letter.rejected_at[:19], letter.code, size, why


@app.command()
def show(position: Position, kafka: Broker = "") -> None:
    """Show one dead letter whole: reasons, key, headers and raw bytes."""
    console = Console()
    for service, letter in _at(position, found=_found(broker_address(kafka))):
        console.print(
            f"[bold]{letter.position}[/] put aside by {service} at {letter.rejected_at}",
            soft_wrap=True,
        )
        _tell(console, letter)


def _tell(console: Console, letter: DeadLetter) -> None:
    lines = [f"  {fault.field}: {fault.reason}" for fault in letter.faults]
    lines.append(f"key {letter.key!r}")
    lines += [f"header {name} {content!r}" for name, content in letter.headers]
    lines.append(f"value {letter.value!r}")
    for line in lines:
        # Never wrapped by us: in a pipe the bytes stay as they were, a terminal wraps by itself.
        console.print(line, markup=False, soft_wrap=True)


@app.command()
def replay(
    position: Annotated[str, typer.Argument(help="topic/partition/offset, or `all`.")],
    kafka: Broker = "",
) -> None:
    """Publish a dead letter's record again on its own topic and take it off the list."""
    address = broker_address(kafka)
    found = _found(address)
    chosen = found if position == "all" else _at(position, found=found)
    frames = {letter.position for _, letter in chosen if letter.is_frame}
    if frames and position != "all":
        stop_with(f"{position} is no record, but bytes that none could be read from: see `show`.")
    chosen = [one for one in chosen if one[1].position not in frames]
    try:
        asyncio.run(_replay(address, chosen))
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {address} did not take it: {error}. Nothing is lost; try again.")
    count = len({letter.position for _, letter in chosen})
    Console().print(f"{count} replayed. What is still wrong will be listed again.")
    if frames:
        Console().print(f"{len(frames)} not replayed: bytes that no record could be read from.")


def _at(position: str, *, found: list[tuple[str, DeadLetter]]) -> list[tuple[str, DeadLetter]]:
    """Return a record's dead letters: several services may have put the same one aside."""
    chosen = [one for one in found if one[1].position == position]
    if not chosen:
        stop_with(f"No dead letter {position}. `tongxin dead-letters list` shows all.")
    return chosen


def _found(address: str) -> list[tuple[str, DeadLetter]]:
    async def read() -> list[tuple[str, DeadLetter]]:
        return [
            (service, letter)
            for service in SERVICES
            for letter in await letters.listed(address, topic=dead_letters(service))
        ]

    try:
        return asyncio.run(read())
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {address} does not answer: {error}. Is `tongxin run` running?")


async def _replay(address: str, chosen: list[tuple[str, DeadLetter]]) -> None:
    publisher = Publisher(address, client_id="tongxin.dead-letters")
    await publisher.start()
    try:
        published: set[str] = set()
        for service, letter in chosen:
            again, gone = letters.replayed(letter, dead_letter_topic=dead_letters(service))
            once = (gone,) if letter.position in published else (again, gone)
            await publisher.publish(once)
            published.add(letter.position)
    finally:
        await publisher.stop()
