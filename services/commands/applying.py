"""`tongxin topics apply`: the broker's topics as they are declared, and what differs."""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console

from schemas.topics import CASES, DEFAULT_PARTITIONS, Topic, is_ours
from services.commands.applying_rights import Rights, apply_rights
from services.commands.options import (
    DEFAULT_PLAN,
    PlanFile,
    brokers_to_ask,
    data_folder,
    declared_topics,
    print_rows,
    stop_with,
    usable_plan,
)
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.drift import Drift, FoundTopic, Kind, drifts, fix_settings, topics_found
from services.kit.kafka.topics import (
    TopicSpec,
    TopicsRefused,
    administered,
    create_topics,
    specs_of,
)
from services.machine.locking import Passwords
from services.machine.own_broker import passwords_in

Broker = Annotated[str, typer.Option("--kafka", help="host:port; default: the running house's.")]
Partitions = Annotated[
    int | None,
    typer.Option(
        envvar="TONGXIN_PARTITIONS",
        min=1,
        help=f"Partitions of every topic; default: as cases.v1 has, else {DEFAULT_PARTITIONS}.",
    ),
]
Replication = Annotated[
    int | None,
    typer.Option(
        envvar="TONGXIN_REPLICATION",
        min=1,
        help="Replicas of every partition; default: as cases.v1 has, else 1.",
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if anything differs.")]
Acls = Annotated[
    bool, typer.Option("--acls", help="Also make users, and what each may do, and no more.")
]
KeptIn = Annotated[
    Path | None,
    typer.Option(
        "--passwords",
        envvar="TONGXIN_KAFKA_PASSWORDS",
        file_okay=False,
        help="Folder with a file for each user's password; default: the house's.",
    ),
]
NewPassword = Annotated[
    list[str] | None,
    typer.Option("--new-password", help="Give a user a new password; may be given repeatedly."),
]
FixConfigs = Annotated[
    bool, typer.Option("--fix-configs", help="Set settings that differ as declared.")
]
_HEADS = ("topic", "what", "declared", "found", "done")
_NOTHING = ""
_ADVICE = {
    Kind.PARTITIONS: (
        "The number of partitions is never changed: the next record of a case would be in another "
        "partition than those before it, and its order lost. Nothing was created beside such "
        "topics either, for the topics of a case need one number. Give the number that is there: "
        "--partitions here, TONGXIN_PARTITIONS for the services. Another one needs a new "
        "installation."
    ),
    Kind.REPLICATION: (
        "Replicas are moved by Kafka's own kafka-reassign-partitions.sh; or give the number that "
        "is there: --replication here, TONGXIN_REPLICATION for the services."
    ),
    Kind.SETTING: "Settings are set as declared with --fix-configs.",
    Kind.UNDECLARED: (
        "The plan has no party for a topic that is undeclared. Once all on it has been read, "
        "remove it with Kafka's own kafka-topics.sh --delete."
    ),
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What differed, what was done about each difference, and how many topics are declared."""

    told: Sequence[tuple[Drift, str]]
    declared: int

    @property
    def open_kinds(self) -> set[Kind]:
        """The kinds of differences that are still there."""
        return {drift.kind for drift, done in self.told if done == _NOTHING}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The declared topics, and the counts that were asked for."""

    topics: Sequence[Topic]
    partitions: int | None
    replication: int | None

    def specs(self, found: Mapping[str, FoundTopic]) -> list[TopicSpec]:
        """Return what the broker must have; a count that nobody gave is what the house runs with.

        A topic of another number beside its siblings could not be repaired.
        """
        known = found.get(CASES)
        return specs_of(
            self.topics,
            partitions=self.partitions or (known.partitions if known else DEFAULT_PARTITIONS),
            replication=self.replication or (known.replication if known else 1),
        )


def apply(  # noqa: PLR0913 - each is an option of the command
    *,
    kafka: Broker = "",
    plan: PlanFile = Path(DEFAULT_PLAN),
    partitions: Partitions = None,
    replication: Replication = None,
    check: Check = False,
    fix_configs: FixConfigs = False,
    acls: Acls = False,
    passwords: KeptIn = None,
    new_password: NewPassword = None,
) -> None:
    """Create the topics that the plan needs, and report those that differ from what is declared.

    Partition and replica counts are never changed, and no topic is deleted. With 3 replicas or more
    a record counts as written once 2 have it (min.insync.replicas). Exit 1 if a partition count
    differs or the broker refuses something. With --acls users of ours and rights that the plan does
    not have are taken away.
    """
    if new_password and (check or not acls):
        stop_with("--new-password changes users: give it with --acls, without --check.", code=2)
    if check and fix_configs:
        stop_with("--check changes nothing and --fix-configs does: give one of the two.", code=2)
    wanted = _Wanted(declared_topics(plan), partitions, replication)
    address = brokers_to_ask(kafka)
    try:
        applied = asyncio.run(_apply(address, wanted, create=not check, fix=fix_configs))
    except TopicsRefused as refused:
        stop_with(str(refused))
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {address} does not answer as it should: {error}")
    _tell(applied)
    folder = passwords or passwords_in(data_folder(None)).folder
    kept = Passwords(folder, given=os.environ)
    asked = Rights(passwords=kept, renew=new_password or (), check=check)
    differs = acls and apply_rights(address, usable_plan(plan), asked)
    if differs or Kind.PARTITIONS in applied.open_kinds or (check and applied.open_kinds):
        raise typer.Exit(1)


async def _apply(address: Brokers, wanted: _Wanted, *, create: bool, fix: bool) -> Applied:
    async with administered(address) as admin:
        found = await topics_found(admin, is_ours)
        specs = wanted.specs(found)
        differing = drifts(specs, found)
        created: list[str] = []
        # A topic created beside siblings with another number of partitions could not be repaired.
        if create and not _names(differing, Kind.PARTITIONS):
            missing = _names(differing, Kind.MISSING)
            created = await create_topics(admin, [s for s in specs if s.name in missing])
        fixable = _names(differing, Kind.SETTING) if fix else set()
        await fix_settings(admin, [s for s in specs if s.name in fixable], found)
    done = {Kind.MISSING: ("created", set(created)), Kind.SETTING: ("set", fixable)}
    return Applied([(drift, _done(drift, done)) for drift in differing], len(specs))


def _names(differing: Iterable[Drift], kind: Kind) -> set[str]:
    return {drift.topic for drift in differing if drift.kind is kind}


def _done(drift: Drift, done: dict[Kind, tuple[str, set[str]]]) -> str:
    word, topics = done.get(drift.kind, (_NOTHING, set()))
    return word if drift.topic in topics else _NOTHING


def _tell(applied: Applied) -> None:
    if not applied.told:
        print(f"{applied.declared} topics, all as declared.")
        return
    print_rows(
        _HEADS,
        [(d.topic, d.setting or d.kind, d.declared, d.found, done) for d, done in applied.told],
    )
    console = Console(stderr=True)
    for kind, advice in _ADVICE.items():
        if kind in applied.open_kinds:
            console.print(f"{kind}: {advice}", markup=False, highlight=False, soft_wrap=True)
