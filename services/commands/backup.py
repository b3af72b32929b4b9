"""`tongxin backup` and `tongxin restore`: the databases to a folder, and back."""

import asyncio
import shutil
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select

from schemas.topics import SERVICES
from schemas.vocabulary import DESK, NOTIFIER
from services.commands.backups import copying, kept_files, manifest
from services.commands.backups.counting_anew import count_from_today
from services.commands.backups.manifest import BackupRefused, Copied, Manifest
from services.commands.backups.without_desk import desk_reads_anew
from services.commands.options import DEFAULT_DATA, known_broker, stop_with
from services.kit.clock import system_clock
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.topics import administered
from services.kit.private_folder import private_folder
from services.kit.sql.database import open_database
from services.kit.sql.declaring import table_of
from services.kit.sql.revisions import Revision
from services.kit.stage.tables import BrokerIdentity
from services.machine.data_folder import occupied
from services.machine.databases import FAILURES, Addresses, addresses, revision_of
from services.machine.embedded import DataDirectoryBusy
from services.machine.kept_files import files_folder
from services.machine.private_postgres import databases, databases_in_use
from services.machine.services import GROUPS, REGISTRY

_REFUSED = (BackupRefused, DataDirectoryBusy, OSError, *FAILURES)
Folder = Annotated[Path, typer.Argument(help="The backup's folder.", file_okay=False)]
Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the house's data.")
]
Broker = Annotated[str, typer.Option("--kafka", help="host:port; default: the running house's.")]


def backup(folder: Folder, data: Data = Path(DEFAULT_DATA), kafka: Broker = "") -> None:
    """Copy the databases of all services into a new folder; the services may work on meanwhile.

    Each file is one consistent state. They need not be of one instant: after `tongxin restore` each
    service reads again from the broker what its database has not taken.
    """
    draft = folder.with_name(f".{folder.name}.draft")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise BackupRefused(f"{folder} is not empty: give a new folder for each backup.")
        shutil.rmtree(draft, ignore_errors=True)
        private_folder(draft)
        with databases_in_use(data) as where:
            copied = {
                service: _copied(service, where[service], draft)
                for service in _shown(where, "copied")
            }
            cluster_id = asyncio.run(_cluster_id(where["intake"].app))
            files = kept_files.copied_out(files_folder(data), draft)  # there before their rows
        made = Manifest(
            tongxin=version("tongxin"),
            made_at=system_clock(),
            engine="sqlite" if copying.engine_of(where["intake"].app) == "sqlite" else "postgresql",
            cluster_id=cluster_id,
            databases=copied,
            files=files,
            groups=asyncio.run(_groups(known_broker(kafka, data=data))),
        )
        manifest.written(draft, made)
        if folder.exists():
            folder.rmdir()
        draft.replace(folder)
    except _REFUSED as error:
        shutil.rmtree(draft, ignore_errors=True)
        stop_with(f"No backup was made: {error}")
    Console().print(_told(folder, made), soft_wrap=True)


def restore(
    folder: Folder,
    data: Data = Path(DEFAULT_DATA),
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where there are databases; they are set aside.")
    ] = False,
) -> None:
    """Put a backup's databases in the place of the house's, which must be stopped.

    Nothing is done to the broker. At the next start each service goes back by itself to what its
    database has not taken, as long as the broker still has it.
    """
    try:
        found = manifest.read(folder)
        with (
            occupied(data.resolve()),
            databases(data, postgres=_is_own_server(found, data)) as where,
        ):
            _check_target(found, where)
            held = [service for service in SERVICES if service in found.databases]
            there = [service for service in held if _has_tables(where[service])]
            if there and not replace:
                raise BackupRefused(
                    f"there are databases already ({', '.join(there)}): with --replace they are set"
                    f" aside in {data} and the backup's take their place."
                )
            aside = _set_aside(data, where, there)
            kept = f" What was there before is in {aside}." if aside else ""
            try:
                told = _put_back(folder, found, where, files=files_folder(data))
            except (BackupRefused, OSError, *FAILURES) as error:
                stop_with(f"Not all was put back, do not start the services: {error}{kept}")
    except _REFUSED as error:
        stop_with(f"Nothing was put back: {error}")
    Console().print(
        f"The databases are those of {found.made_at:%Y-%m-%d %H:%M:%S %Z}.{kept}{told} Start the"
        " services now: they read again what came after it.",
        soft_wrap=True,
    )


def _shown(services: Collection[str], what: str) -> Iterator[str]:
    """Yield each service, and show how many are done."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(f"databases {what}", total=len(services))
        for service in services:
            progress.update(task, description=service)
            yield service
            progress.advance(task)


def _copied(service: str, where: Addresses, folder: Path) -> Copied:
    revision = None if where.is_missing else asyncio.run(revision_of(where.app))
    if revision is None:
        raise BackupRefused(f"the database of {service}, {where.shown}, has no tables yet.")
    file = folder / copying.file_name(service, copying.engine_of(where.owner))
    copying.copy_out(where.owner, file)
    return Copied(
        file=file.name,
        size=file.stat().st_size,
        sha256=manifest.digest(file),
        revision=str(revision),
    )


async def _cluster_id(url: str) -> str | None:
    """Return which cluster a database belongs to; None when no service has begun with it."""
    database = open_database(url, name="tongxin backup")
    try:
        async with database.read() as conn:
            found = await conn.scalar(select(table_of(BrokerIdentity).c.cluster_id))
            return None if found is None else str(found)
    finally:
        await database.close()


async def _groups(kafka: Brokers | None) -> dict[str, dict[str, int]] | None:
    """Return how far the groups are; None when the broker does not say."""
    if kafka is None:
        return None
    try:
        async with administered(kafka) as admin:
            told = {group: await admin.list_consumer_group_offsets(group) for group in GROUPS}
    except (KafkaError, OSError):
        return None
    return {
        group: {f"{tp.topic}/{tp.partition}": at.offset for tp, at in sorted(found.items())}
        for group, found in told.items()
    }


def _told(folder: Path, made: Manifest) -> str:
    size = sum(one.size for one in made.databases.values())
    told = f"{folder}: {len(made.databases)} databases, {size:,} bytes"
    if made.files is not None:
        told += f"; {made.files.count} files, {made.files.size:,} bytes"
    return (
        f"{told}. Keep it where the house's disk is not."
        f" Put it back with `tongxin restore {folder}`."
    )


def _put_back(folder: Path, found: Manifest, where: Mapping[str, Addresses], *, files: Path) -> str:
    """Fill the databases and the folder of files.

    Returns what is to be known of a database that the backup has not.
    """
    for service in _shown([s for s in SERVICES if s in found.databases], "put back"):
        copying.put_back(folder / found.databases[service].file, where[service].owner)
    kept_files.put_back(folder, files)
    if DESK in found.databases:
        asyncio.run(count_from_today(where[DESK].app))
        return ""
    return f" {desk_reads_anew(where[DESK], notifier=where[NOTIFIER])}"


def _is_own_server(found: Manifest, data: Path) -> bool:
    """Tell whether the backup belongs into a PostgreSQL of the folder's own."""
    return found.engine == "postgresql" and all(one.private for one in addresses(data).values())


def _check_target(found: Manifest, where: Mapping[str, Addresses]) -> None:
    """Raise BackupRefused for a backup of another engine, or of a release newer than this one.

    One may lack the desk, which there was not from the beginning.
    """
    for service in SERVICES:
        engine = copying.engine_of(where[service].app)
        if copying.is_in_use(where[service].owner, service):
            raise BackupRefused(f"{service} works with its database: stop every service first.")
        if service == DESK and service not in found.databases:
            continue
        if service not in found.databases:
            raise BackupRefused(f"the backup has no database of {service}.")
        if engine != found.engine:
            raise BackupRefused(
                f"the backup is of {found.engine}, and the database of {service} would be in"
                f" {engine}."
            )
        revision = Revision.parse(found.databases[service].revision)
        if revision > REGISTRY[service].history.head:
            raise BackupRefused(
                f"its tables of {service} are at {revision}, this release knows"
                f" {REGISTRY[service].history.head} at most: use tongxin {found.tongxin} or newer."
            )


def _has_tables(where: Addresses) -> bool:
    """Tell whether there is something to lose; a file that is there may be too broken to say."""
    if copying.engine_of(where.owner) == "sqlite":
        return not where.is_missing
    return asyncio.run(revision_of(where.owner)) is not None


def _set_aside(data: Path, where: Mapping[str, Addresses], there: Collection[str]) -> Path | None:
    """Put the databases that will be replaced into a folder of the house's; returns which."""
    if not there:
        return None
    now = system_clock()
    aside = private_folder(data.resolve() / "replaced" / f"{now:%Y%m%dT%H%M%SZ}")
    for service in there:
        copying.set_aside(where[service].owner, aside)
    return aside
