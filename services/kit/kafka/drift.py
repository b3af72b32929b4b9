"""How the broker's topics differ from what is declared, and their settings brought back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import UnknownTopicOrPartitionError

from services.kit.kafka.topics import TopicSpec, raise_refused

_SET_ON_THE_TOPIC: Final = 1  # Kafka's ConfigSource.DYNAMIC_TOPIC_CONFIG


class Kind(StrEnum):
    """In what a topic differs."""

    MISSING = "missing"
    UNDECLARED = "undeclared"
    PARTITIONS = "partitions"
    REPLICATION = "replication"
    SETTING = "setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference of one topic; `setting` is the name of a setting, `found` what is there."""

    kind: Kind
    topic: str
    setting: str = ""
    declared: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTopic:
    """A topic as it is: `settings` are those in force, `own` those that were set on it itself.

    `replication` is that of the partition with the fewest replicas.
    """

    partitions: int
    replication: int
    settings: Mapping[str, str]
    own: Mapping[str, str]


async def topics_found(
    admin: AIOKafkaAdminClient, wanted: Callable[[str], bool]
) -> dict[str, FoundTopic]:
    """Return the topics that exist and are wanted by their name. Raises `TopicsRefused`."""
    described = {t["topic"]: t["partitions"] for t in await admin.describe_topics()}
    names = sorted(filter(wanted, described))
    settings = await _settings_of(admin, names)
    return {
        name: FoundTopic(
            partitions=len(described[name]),
            replication=min(len(partition["replicas"]) for partition in described[name]),
            settings={key: value for key, value, _ in settings[name]},
            own={
                key: value for key, value, source in settings[name] if source == _SET_ON_THE_TOPIC
            },
        )
        for name in names
        if described[name] and name in settings
    }


async def _settings_of(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, list[tuple[str, str, int]]]:
    """Return name, value and source of every setting of each topic."""
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    (answer,) = await admin.describe_configs(asked)
    # One that was just deleted may still have been on the list.
    there = [r for r in answer.resources if r[0] != UnknownTopicOrPartitionError.errno]
    raise_refused({name: (code, why) for code, why, _, name, _ in there})
    return {
        name: [(key, value, source) for key, value, _, source, *_ in entries]
        for *_, name, entries in there
    }


def drifts(specs: Iterable[TopicSpec], found: Mapping[str, FoundTopic]) -> list[Drift]:
    """Return every difference, by topic in the order of their declaration, the undeclared last."""
    declared = list(specs)
    names = {spec.name for spec in declared}
    told = [drift for spec in declared for drift in _drifts_of(spec, found.get(spec.name))]
    strangers = [Drift(kind=Kind.UNDECLARED, topic=name) for name in found if name not in names]
    return [*told, *strangers]


def _drifts_of(spec: TopicSpec, found: FoundTopic | None) -> Iterator[Drift]:
    if found is None:
        yield Drift(kind=Kind.MISSING, topic=spec.name)
        return
    counts = (
        (Kind.PARTITIONS, spec.partitions, found.partitions),
        (Kind.REPLICATION, spec.replication, found.replication),
    )
    for kind, wanted, there in counts:
        if wanted != there:
            yield Drift(kind=kind, topic=spec.name, declared=str(wanted), found=str(there))
    for setting, value in spec.settings(replicas=found.replication).items():
        there_is = found.settings.get(setting, "")
        if _members(value) != _members(there_is):
            yield Drift(
                kind=Kind.SETTING,
                topic=spec.name,
                setting=setting,
                declared=value,
                found=there_is,
            )


def _members(value: str) -> list[str]:
    # `compact,delete` and `delete,compact` are one policy.
    return sorted(part.strip() for part in value.split(","))


async def fix_settings(
    admin: AIOKafkaAdminClient, specs: Iterable[TopicSpec], found: Mapping[str, FoundTopic]
) -> None:
    """Set what is declared on topics that exist, and leave their other settings as they are.

    What depends on the number of replicas follows the number that is there, as in `drifts`.

    The client knows only Kafka's request that replaces all settings of a topic, so those that were
    set on it are sent along. Raises `TopicsRefused`.
    """
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, spec.name, _fixed(spec, found[spec.name]))
        for spec in specs
    ]
    if not resources:
        return
    answers: list[Any] = await admin.alter_configs(resources)
    raise_refused({name: (code, why) for a in answers for code, why, _, name in a.resources})


def _fixed(spec: TopicSpec, found: FoundTopic) -> dict[str, str]:
    return {**found.own, **spec.settings(replicas=found.replication)}
