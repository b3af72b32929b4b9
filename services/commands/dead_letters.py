"""`tongxin dead-letters`: list, show and replay what could not be processed."""

import asyncio
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from schemas.dead_letters import WhyNot
from schemas.topics import SERVICES, dead_letters
from services.commands.options import brokers_to_ask, data_folder, stop_with
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.publisher import Publisher
from services.kit.printable import printable
from services.kit.sealing.keys import KeyFile, WrongKeys
from services.kit.stage.dead_letters import DeadLetter
from services.kit.stage.letter_topic import listed
from services.kit.stage.replaying import put_back, why_not
from services.machine.secrets_kept import PRIVACY_KEY_FILE, privacy_key_file

app = typer.Typer(help="Records that could not be processed.", no_args_is_help=True)

Broker = Annotated[str, typer.Option("--kafka", help="host:port; default: the running house's.")]
Name = Annotated[
    str, typer.Argument(help="As `list` prints it; topic/partition/offset means all of that place.")
]


@app.command("list")
def list_(kafka: Broker = "") -> None:
    """List every dead letter that was not replayed, the oldest first, with its reason."""
    found = _found(brokers_to_ask(kafka))
    if not found:
        Console().print("No dead letters.")
        return
    console = Console()
    for one in found:
        name, *about, why = map(printable, _row(one))
        # A terminal wraps by itself, so that a name can be copied whole.
        apart, before = ("  ", "\n    ") if console.is_terminal else ("\t", "\t")
        print(apart.join((name, *about)) + before + why)
    Console(stderr=True).print(
        f"{len(found)} dead letters. Next: `tongxin dead-letters show RECORD`.", soft_wrap=True
    )


def _row(found: tuple[str, DeadLetter]) -> tuple[str, ...]:
    service, letter = found
    why = "; ".join(f"{f.field}: {f.reason}" for f in letter.faults)
    size = "null" if letter.value is None else f"{len(letter.value)} bytes"
    return letter.name, service, letter.rejected_at[:19], letter.code, size, why


@app.command()
def show(name: Name, kafka: Broker = "") -> None:
    """Show one dead letter whole: reasons, key, headers and raw bytes."""
    for service, letter in _named(name, found=_found(brokers_to_ask(kafka))):
        lines = [f"{letter.name} put aside by {service} at {letter.rejected_at} as {letter.code}"]
        lines += [f"  {fault.field}: {fault.reason}" for fault in letter.faults]
        lines.append(f"key {letter.key!r}")
        lines += [f"header {header} {content!r}" for header, content in letter.headers]
        lines.append(f"value {letter.value!r}")
        for line in lines:
            # Never wrapped by us: in a pipe the bytes stay as they were, a terminal wraps itself.
            print(printable(line))


@app.command()
def replay(
    name: Annotated[str, typer.Argument(help="As `list` prints it, or `all`.")],
    kafka: Broker = "",
) -> None:
    """Publish a dead letter's record again on its own topic and take it off the list."""
    address = brokers_to_ask(kafka)
    found = _found(address)
    chosen = found if name == "all" else _named(name, found=found)
    _refuse_sealed(chosen)
    frames = {letter.name for _, letter in chosen if why_not(letter) is WhyNot.NO_RECORD}
    if frames and name != "all":
        stop_with(f"{name} is no record, but bytes that none could be read from: see `show`.")
    chosen = [one for one in chosen if one[1].name not in frames]
    try:
        asyncio.run(_replay(address, chosen))
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {address} did not take it: {error}. Nothing is lost; try again.")
    count = len({letter.name for _, letter in chosen})
    Console().print(f"{count} replayed. What is still wrong will be listed again.")
    if frames:
        Console().print(f"{len(frames)} not replayed: bytes that no record could be read from.")


def _refuse_sealed(chosen: list[tuple[str, DeadLetter]]) -> None:
    """End the command when a letter could not be opened: what it was cannot be sent again."""
    closed = sorted({letter.name for _, letter in chosen if why_not(letter) is WhyNot.SEALED})
    if closed:
        file = privacy_key_file(data_folder(None))
        stop_with(
            f"{closed[0]} is sealed, and {file} does not open it: name the file of intake's"
            f" master keys in {PRIVACY_KEY_FILE}."
        )


def _known_keys() -> KeyFile | None:
    """Return the master keys that open intake's letters; None where there are none to be used."""
    try:
        return KeyFile.read(privacy_key_file(data_folder(None)))
    except WrongKeys:
        return None


def _named(name: str, *, found: list[tuple[str, DeadLetter]]) -> list[tuple[str, DeadLetter]]:
    """Return a record's dead letters: several services may have put the same one aside."""
    chosen = [one for one in found if name in {one[1].name, one[1].position}]
    if not chosen:
        stop_with(f"No dead letter {name}. `tongxin dead-letters list` shows all.")
    return chosen


def _found(address: Brokers) -> list[tuple[str, DeadLetter]]:
    keys = _known_keys()

    async def read() -> list[tuple[str, DeadLetter]]:
        found = [
            (service, letter)
            for service in SERVICES
            for letter in await listed(address, topic=dead_letters(service), keys=keys)
        ]
        return sorted(found, key=lambda one: one[1].rejected_at)

    try:
        return asyncio.run(read())
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {address} does not answer: {error}. Is `tongxin run` running?")


async def _replay(address: Brokers, chosen: list[tuple[str, DeadLetter]]) -> None:
    publisher = Publisher(address, client_id="tongxin.dead-letters")
    await publisher.start()
    try:
        by_name: dict[str, list[tuple[str, DeadLetter]]] = {}
        for service, letter in chosen:
            by_name.setdefault(letter.name, []).append((service, letter))
        for several in by_name.values():
            services = [service for service, _ in several]
            off = [dead_letters(service) for service in services]
            await put_back(several[0][1], to=services, off=off, publisher=publisher)
    finally:
        await publisher.stop()
