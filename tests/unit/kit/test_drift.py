"""How a topic that is there is compared with the one that is declared."""

from dataclasses import replace

import pytest

from schemas.topics import CASES, shared_topics
from services.kit.kafka.drift import Drift, FoundTopic, Kind, drifts
from services.kit.kafka.topics import specs_of

(SPEC,) = specs_of(
    [t for t in shared_topics() if t.name == "router.dead-letters.v1"], partitions=4, replication=3
)
SETTINGS = SPEC.settings(replicas=3)
SAME = FoundTopic(partitions=4, replication=3, settings=SETTINGS, own=SETTINGS)


class TestTopicAsDeclared:
    def test_does_not_differ(self) -> None:
        assert drifts([SPEC], {SPEC.name: SAME}) == []

    def test_may_name_the_parts_of_a_setting_in_another_order(self) -> None:
        settings = {**SETTINGS, "cleanup.policy": "delete, compact", "segment.ms": "1"}
        assert drifts([SPEC], {SPEC.name: replace(SAME, settings=settings)}) == []


class TestTopicThatDiffers:
    def test_is_told_for_every_difference(self) -> None:
        settings = {**SETTINGS, "min.insync.replicas": "1"}
        found = replace(SAME, partitions=12, replication=4, settings=settings)
        assert [
            (d.kind, d.setting, d.declared, d.found) for d in drifts([SPEC], {SPEC.name: found})
        ] == [
            (Kind.PARTITIONS, "", "4", "12"),
            (Kind.REPLICATION, "", "3", "4"),
            (Kind.SETTING, "min.insync.replicas", "2", "1"),
        ]

    def test_is_missing_when_it_is_not_there_and_undeclared_when_only_there(self) -> None:
        assert drifts([SPEC], {CASES: SAME}) == [
            Drift(kind=Kind.MISSING, topic=SPEC.name),
            Drift(kind=Kind.UNDECLARED, topic=CASES),
        ]


class TestInSyncReplicas:
    @pytest.mark.parametrize(
        ("replication", "declared"), [(1, None), (2, None), (3, "2"), (5, "2")]
    )
    def test_are_two_from_three_replicas_on(self, replication: int, declared: str | None) -> None:
        specs = specs_of(shared_topics(), partitions=1, replication=replication)
        told = {spec.settings(replicas=replication).get("min.insync.replicas") for spec in specs}
        assert told == {declared}

    @pytest.mark.parametrize("replicas", [1, 2])
    def test_are_not_asked_of_a_topic_that_has_fewer_replicas_than_declared(
        self, replicas: int
    ) -> None:
        found = replace(
            SAME, replication=replicas, settings={**SETTINGS, "min.insync.replicas": "1"}
        )
        assert [d.kind for d in drifts([SPEC], {SPEC.name: found})] == [Kind.REPLICATION]
