"""`tongxin person`: what is held of somebody who reports, and how it is erased; the master keys."""

import asyncio
import getpass
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from schemas.vocabulary import INTAKE, NOTIFIER
from services.commands.options import DEFAULT_DATA, known_broker, stop_with
from services.commands.persons.letters import letters_of, take_off
from services.commands.persons.telling import as_json, proof, words_of
from services.intake.use_cases.contacts import seal_all, unreadable_keys
from services.intake.use_cases.persons import Held, Who, erase, held_of
from services.kit.clock import clock_from
from services.kit.sealing.keys import KeyFile, Ring, WrongKeys
from services.kit.sql.database import Database, open_database
from services.machine.databases import FAILURES
from services.machine.private_postgres import databases_in_use
from services.machine.secrets_kept import PRIVACY_KEY_FILE, privacy_key_file
from services.machine.services import REGISTRY

app = typer.Typer(help="Personal data of those who report.", no_args_is_help=True)

T = TypeVar("T")
_UNUSABLE: Final = 2
_NOBODY: Final = (
    "Nothing is held under that. A report that is older than its contact is kept has none."
)

Phone = Annotated[str, typer.Option(help="A number they left; how it is written does not matter.")]
Mail = Annotated[str, typer.Option(help="A mail address they left.")]
Report = Annotated[str, typer.Option(metavar="SOURCE/ID", help="A report of theirs.")]
Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
]
Broker = Annotated[str, typer.Option("--kafka", help="host:port; default: the running house's.")]


@app.command()
def export(
    phone: Phone = "",
    mail: Mail = "",
    report: Report = "",
    data: Data = Path(DEFAULT_DATA),
    kafka: Broker = "",
) -> None:
    """Print all that is held of a person as JSON: contacts, reports, words, and who looked.

    Exit status: 1 when nothing is held, 2 when nobody is named.
    """
    who, keys = _who(phone, mail, report), _keys(data)
    broker = known_broker(kafka, data=data)

    async def told(intake: Database, notifier: Database) -> dict[str, Any]:
        held = await held_of(intake, who, keys=keys)
        letters = await letters_of(broker, who, keys=keys)
        if not held and not letters:
            stop_with(_NOBODY)
        return as_json(who, held, await words_of(notifier, held), letters)

    _print(_with_databases(data, told))


@app.command(name="erase")
def erase_(  # noqa: PLR0913 - each is an option of the command
    reason: Annotated[str, typer.Option(help="Kept with the proof: who asked, and how.")],
    phone: Phone = "",
    mail: Mail = "",
    report: Report = "",
    by: Annotated[str, typer.Option(help="Who erases; default: the machine's user.")] = "",
    data: Data = Path(DEFAULT_DATA),
    kafka: Broker = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Destroy how a person can be reached, in all their reports, and print the proof as JSON.

    Their reports and cases stay, without them. It cannot be taken back. Exit status: 1 when nothing
    is held, 2 when nobody is named or no reason is given.
    """
    if not reason.strip():
        stop_with("--reason is empty: say who asked, and how.", code=_UNUSABLE)
    who, keys = _who(phone, mail, report), _keys(data)
    broker = known_broker(kafka, data=data)

    async def told(intake: Database, _: Database) -> dict[str, Any]:
        held = await held_of(intake, who, keys=keys)
        letters = await letters_of(broker, who, keys=keys)
        if not held and not letters:
            stop_with(_NOBODY)
        _confirm(held, len(letters or ()), yes=yes)
        now, eraser = _now(), by or getpass.getuser()
        ids = {one.report.case_id for one in held}
        await erase(intake, ids, reason=reason, by=eraser, now=now)
        await take_off(broker, letters or ())
        return proof(held, letters, by=eraser, at=now)

    _print(_with_databases(data, told))


@app.command("rotate-key")
def rotate_key(data: Data = Path(DEFAULT_DATA)) -> None:
    """Add a master key to the file, and put all contacts under it; services may run meanwhile.

    A running intake takes it within half a minute. The keys before it stay, to open backups and
    dead letters; `forget-keys` takes them away.
    """
    keys = _keys(data)
    key_id = keys.add(now=_now())

    async def sealed(intake: Database, _: Database) -> int:
        return await seal_all(intake, keys=keys)

    count = _with_databases(data, sealed)
    _say(
        f"{keys.file} has the key {key_id}; {count} contacts were put under it. Copy the file to"
        " where you keep it, and to every machine of intake."
    )


@app.command("forget-keys")
def forget_keys(data: Data = Path(DEFAULT_DATA)) -> None:
    """Take every master key but the last out of the file: what only they open is lost for good.

    That is what stands in backups and old rows, of erased persons too, and dead letters of their
    time. Refused while a contact needs one. Restart intake afterwards.
    """
    keys = _keys(data)
    current = keys.ring.current
    only = Ring({current: keys.ring.keys[current]})
    old = frozenset(keys.ring.keys) - {current}

    async def needed(intake: Database, _: Database) -> list[str]:
        await seal_all(intake, keys=keys)
        return [one for one in await unreadable_keys(intake, ring=only) if one in old]

    if found := _with_databases(data, needed):
        stop_with(f"Contacts need {', '.join(found)} still. Nothing was taken away; try again.")
    keys.take_away(old)
    _say(f"{len(old)} keys are forgotten, {current} is left. Restart intake.")


def _who(phone: str, mail: str, report: str) -> Who:
    given = [one for one in (phone, mail, report) if one.strip()]
    source, _, id_ = report.partition("/")
    if len(given) != 1 or (report and not (source and id_)):
        stop_with("Name a person by one of --phone, --mail and --report SOURCE/ID.", code=_UNUSABLE)
    return Who(phone=phone or None, mail=mail or None, report=(source, id_) if report else None)


def _keys(data: Path) -> KeyFile:
    try:
        return KeyFile.read(privacy_key_file(data))
    except WrongKeys as wrong:
        stop_with(f"{wrong}; name the file of intake's master keys in {PRIVACY_KEY_FILE}.")


def _confirm(held: list[Held], letters: int, *, yes: bool) -> None:
    told = f"The contacts of {len(held)} reports, and {letters} dead letters, will be destroyed."
    if not (yes or typer.confirm(f"{told} Go on?", err=True)):
        raise typer.Exit(1)


def _with_databases(data: Path, work: Callable[[Database, Database], Awaitable[T]]) -> T:
    """Return what comes of work with the databases of intake and the notifier."""
    try:
        with databases_in_use(data) as where:
            urls = [where[service].app for service in (INTAKE, NOTIFIER)]
            if any(where[service].is_missing for service in (INTAKE, NOTIFIER)):
                stop_with(f"{data} has no databases; name the folder with --data.")
            return asyncio.run(_worked(urls, work))
    except (KafkaError, *FAILURES) as error:
        stop_with(f"Not all was done: {error}. Give the same command again.")


async def _worked(urls: list[str], work: Callable[[Database, Database], Awaitable[T]]) -> T:
    async with _opened(urls[0]) as intake, _opened(urls[1]) as notifier:
        return await work(intake, notifier)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url, name="tongxin person")
    try:
        yield database
    finally:
        await database.close()


def _now() -> datetime:
    return clock_from(REGISTRY[INTAKE].settings().clock)()


def _print(found: dict[str, Any]) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=2))


def _say(text: str) -> None:
    Console().print(text, soft_wrap=True, highlight=False, markup=False)
