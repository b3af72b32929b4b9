"""`tongxin topics apply` on a broker of its own: what it makes, what it tells, what it leaves."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.plan import load_plan
from schemas.topics import (
    CASES,
    NOTICES,
    all_topics,
    dead_letters,
    installation_topic,
    is_ours,
)
from services.commands.options import DEFAULT_PLAN
from services.kit.kafka.drift import FoundTopic, fix_settings, topics_found
from services.kit.kafka.topics import TopicSpec, administered, specs_of
from services.kit.recovery.installation import Claimant, TopicMissing, claim_topics
from services.kit.sql.database import sqlite_url
from services.machine.embedded import KafkaNode, ensure_jars
from tests.support.command import Said, tongxin, until
from tests.support.databases import opened

pytestmark = pytest.mark.kafka

PARTITIONS = 2
STRANGER = "assignments.closed-last-year.v1"
FOREIGN = "payments.v1"
LETTERS = dead_letters("router")
Topics = Mapping[str, FoundTopic]


def declared() -> list[TopicSpec]:
    plan = load_plan(Path(DEFAULT_PLAN))
    of_plan = all_topics(sorted(plan.departments), plan.feedback_parties())
    topics = (installation_topic(), *of_plan)
    return specs_of(topics, partitions=PARTITIONS, replication=1)


@dataclass(frozen=True)
class Step:
    """What the command said, and the topics there were after it."""

    said: Said
    topics: Topics

    @property
    def rows(self) -> set[tuple[str, ...]]:
        return {tuple(line.split("\t")) for line in self.said.text.splitlines() if "\t" in line}


@dataclass(frozen=True)
class Story:
    """An installation's life: set up, then changed by hand, then put right as far as may be."""

    unable: str
    empty_checked: Step
    applied: Step
    applied_again: Step
    checked: Step
    drifted: Topics
    drifted_checked: Step
    drifted_applied: Step
    fixed: Step
    other_count: Step
    other_count_checked: Step
    three_replicas: Step
    refused: Step


@dataclass(frozen=True)
class Operator:
    """Gives the command, and changes topics by hand."""

    address: str
    admin: AIOKafkaAdminClient
    folder: Path

    async def apply(self, *options: str, partitions: int | None = PARTITIONS) -> Step:
        base = ("topics", "apply", "--kafka", self.address)
        asked = () if partitions is None else ("--partitions", str(partitions))
        said = await tongxin(*base, *asked, *options)
        return Step(said, await topics_found(self.admin, is_ours))

    async def sees(self, is_so: Callable[[Topics], bool]) -> Topics:
        """Wait until the broker shows what its controller has already agreed to."""

        async def ask() -> Topics | None:
            found = await topics_found(self.admin, is_ours)
            return found if is_so(found) else None

        found = await until(ask, told="a change of topics")
        assert found is not None
        return found

    async def starts_without_creating(self) -> str:
        """Return why a service that may create no topics does not start."""
        claimant = Claimant(service="intake", kafka=self.address, replication=None)
        async with opened(sqlite_url(self.folder / "none.sqlite")) as database:
            with pytest.raises(TopicMissing) as missing:
                await claim_topics(database, self.admin, claimant)
        return str(missing.value)

    async def create(self, topic: str) -> None:
        await self.admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])

    async def set(self, topic: str, settings: dict[str, str]) -> None:
        found = await topics_found(self.admin, is_ours)
        spec = TopicSpec(name=topic, partitions=PARTITIONS, replication=1, configs=settings)
        await fix_settings(self.admin, [spec], found)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Live the whole story once."""
    folder = tmp_path_factory.mktemp("topics")
    with KafkaNode(folder, jars=ensure_jars()) as node:
        return asyncio.run(_lived(node.bootstrap, folder))


async def _lived(address: str, folder: Path) -> Story:
    async with administered(address) as admin:
        return await _story(Operator(address, admin, folder))


async def _story(operator: Operator) -> Story:
    unable = await operator.starts_without_creating()
    empty_checked = await operator.apply("--check")
    first = await operator.apply()
    applied = Step(first.said, await operator.sees(lambda t: len(t) == len(declared())))
    applied_again = await operator.apply()
    checked = await operator.apply("--check", partitions=None)
    await operator.create(STRANGER)
    await operator.create(FOREIGN)
    await operator.set(CASES, {"retention.ms": "60000", "segment.ms": "120000"})
    await operator.set(LETTERS, {"cleanup.policy": "delete"})
    drifted = await operator.sees(
        lambda t: STRANGER in t and t[LETTERS].own["cleanup.policy"] == "delete"
    )
    drifted_checked = await operator.apply("--check")
    drifted_applied = await operator.apply()
    fixing = await operator.apply("--fix-configs")
    fixed = await operator.sees(lambda t: t[LETTERS].own["cleanup.policy"] != "delete")
    await operator.admin.delete_topics([NOTICES, STRANGER])
    await operator.sees(lambda t: not {NOTICES, STRANGER} & t.keys())
    other_count = await operator.apply(partitions=PARTITIONS + 1)
    return Story(
        unable=unable,
        empty_checked=empty_checked,
        applied=applied,
        applied_again=applied_again,
        checked=checked,
        drifted=drifted,
        drifted_checked=drifted_checked,
        drifted_applied=drifted_applied,
        fixed=Step(fixing.said, fixed),
        other_count=other_count,
        other_count_checked=await operator.apply("--check", partitions=PARTITIONS + 1),
        three_replicas=await operator.apply("--check", "--replication", "3"),
        refused=await operator.apply("--replication", "3"),
    )


class TestFirstApply:
    def test_creates_every_topic_of_the_plan_as_declared(self, story: Story) -> None:
        assert story.applied.said.code == 0
        assert story.applied.topics.keys() == {spec.name for spec in declared()}
        for spec in declared():
            found = story.applied.topics[spec.name]
            assert (found.partitions, found.replication) == (spec.partitions, 1)
            assert found.own == spec.configs

    def test_tells_what_it_created(self, story: Story) -> None:
        assert story.applied.rows == {
            (spec.name, "missing", "", "", "created") for spec in declared()
        }

    def test_has_nothing_left_to_do_for_the_second_one(self, story: Story) -> None:
        assert story.applied_again.said == Said(0, f"{len(declared())} topics, all as declared.\n")
        assert story.applied_again.topics == story.applied.topics


class TestServiceThatMayCreateNone:
    def test_does_not_start_without_the_topic_of_claims_and_says_what_to_do(
        self, story: Story
    ) -> None:
        assert "tongxin topics apply" in story.unable
        assert not story.empty_checked.topics


class TestCheck:
    def test_names_what_is_missing_and_creates_nothing(self, story: Story) -> None:
        assert story.empty_checked.said.code == 1
        assert story.empty_checked.rows == {
            (spec.name, "missing", "", "", "") for spec in declared()
        }
        assert not story.empty_checked.topics

    def test_knows_the_partitions_of_its_own_house(self, story: Story) -> None:
        assert story.checked.said == story.applied_again.said

    def test_changes_nothing_that_differs_and_fails(self, story: Story) -> None:
        assert story.drifted_checked.said.code == 1
        assert story.drifted_checked.topics == story.drifted


class TestDrift:
    def test_of_settings_is_told_with_both_values(self, story: Story) -> None:
        month = next(spec.configs["retention.ms"] for spec in declared() if spec.name == CASES)
        assert story.drifted_checked.rows >= {
            (CASES, "retention.ms", month, "60000", ""),
            (LETTERS, "cleanup.policy", "compact,delete", "delete", ""),
        }

    def test_of_a_topic_of_ours_without_a_party_is_told_and_a_foreign_one_is_not(
        self, story: Story
    ) -> None:
        assert (STRANGER, "undeclared", "", "", "") in story.drifted_checked.rows
        assert FOREIGN not in story.drifted_checked.said.text
        assert len(story.drifted_checked.rows) == 3

    def test_of_settings_stays_without_being_asked_to_fix_it(self, story: Story) -> None:
        assert story.drifted_applied.said.code == 0
        assert story.drifted_applied.topics == story.drifted
        assert "--fix-configs" in story.drifted_applied.said.text

    def test_of_replicas_is_told_and_no_write_waits_for_copies_that_are_not_there(
        self, story: Story
    ) -> None:
        assert story.three_replicas.said.code == 1
        assert (CASES, "replication", "3", "1", "") in story.three_replicas.rows
        assert "min.insync.replicas" not in story.three_replicas.said.text
        assert "kafka-reassign-partitions" in story.three_replicas.said.text


class TestFixConfigs:
    def test_sets_what_is_declared_and_leaves_other_settings_alone(self, story: Story) -> None:
        assert story.fixed.said.code == 0
        before = story.applied.topics
        assert story.fixed.topics[CASES].own == {**before[CASES].own, "segment.ms": "120000"}
        assert story.fixed.topics[LETTERS] == before[LETTERS]
        assert {row[1:2] + row[4:] for row in story.fixed.rows} == {
            ("retention.ms", "set"),
            ("cleanup.policy", "set"),
            ("undeclared", ""),
        }

    async def test_does_not_go_together_with_check(self) -> None:
        said = await tongxin("topics", "apply", "--check", "--fix-configs")
        assert (said.code, "one of the two" in said.text) == (2, True)


class TestAnotherPartitionCount:
    def test_is_refused_with_advice(self, story: Story) -> None:
        assert story.other_count.said.code == 1
        assert (CASES, "partitions", "3", "2", "") in story.other_count.rows
        assert "TONGXIN_PARTITIONS" in story.other_count.said.text
        assert story.other_count_checked.rows == story.other_count.rows

    def test_changes_no_topic_and_creates_none_beside_those_with_the_old_one(
        self, story: Story
    ) -> None:
        assert (NOTICES, "missing", "", "", "") in story.other_count.rows
        assert NOTICES not in story.other_count.topics
        counts = {spec.name: spec.partitions for spec in declared()}
        there = {name: found.partitions for name, found in story.other_count.topics.items()}
        assert there.items() <= counts.items()


class TestBrokerThatCannot:
    def test_is_quoted_for_each_topic_it_refuses(self, story: Story) -> None:
        assert story.refused.said.code == 1
        assert NOTICES in story.refused.said.text
        assert story.refused.said.text.count("replication factor") == 1
        assert NOTICES not in story.refused.topics

    async def test_is_named_when_it_is_not_there(self) -> None:
        said = await tongxin("topics", "apply", "--kafka", "127.0.0.1:1")
        assert (said.code, "127.0.0.1:1" in said.text) == (1, True)

    async def test_is_not_asked_for_a_plan_that_cannot_be_read(self, tmp_path: Path) -> None:
        said = await tongxin("topics", "apply", "--plan", str(tmp_path / "none.toml"))
        assert (said.code, "none.toml" in said.text) == (2, True)
