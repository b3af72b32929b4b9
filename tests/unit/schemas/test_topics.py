"""Every topic is declared whole: who writes it, who reads it, its key, how long it is kept."""

import re

import pytest

from schemas import asyncapi, topics
from schemas.events.base import CaseFact
from schemas.topics import Topic

DEPARTMENTS = ("police", "urban-management")
PARTIES = (*DEPARTMENTS, "reporters", "supervision")
ALL = (topics.installation_topic(), *topics.all_topics(DEPARTMENTS, PARTIES))
KAFKA_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.v[1-9][0-9]*")


def named(name: str) -> Topic:
    (found,) = [topic for topic in ALL if topic.name == name]
    return found


class TestTopic:
    @pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
    def test_says_who_writes_reads_and_keys_it(self, topic: Topic) -> None:
        assert topic.owner
        assert topic.readers
        assert all(topic.readers)
        assert topic.key
        assert topic.title

    @pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
    def test_has_a_name_with_a_version_that_kafka_takes(self, topic: Topic) -> None:
        assert KAFKA_NAME.fullmatch(topic.name)
        assert len(topic.name) <= 249

    @pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
    def test_is_kept_for_a_week_at_least(self, topic: Topic) -> None:
        kept = int(topic.configs()["retention.ms"])
        for_ever = {topics.INSTALLATIONS, topics.CASE_FILES, topics.PEOPLE}
        assert kept >= 7 * 24 * 3_600_000 or (topic.name in for_ever and kept == -1)

    def test_is_declared_once(self) -> None:
        assert len({topic.name for topic in ALL}) == len(ALL)

    def test_carries_events_unless_it_holds_raw_records_or_claims(self) -> None:
        empty = {topic.name for topic in ALL if not topic.messages}
        letters = {topics.dead_letters(service) for service in topics.SERVICES}
        assert empty == {topics.INSTALLATIONS, *letters}

    def test_is_compacted_only_where_records_are_taken_off(self) -> None:
        states = {topics.CASE_FILES, topics.PEOPLE}
        for topic in ALL:
            expected = "compact,delete" if "dead-letters" in topic.name else "delete"
            policy = topic.configs()["cleanup.policy"]
            assert policy == ("compact" if topic.name in states else expected)

    def test_has_room_for_the_largest_record_where_raw_ones_are_kept(self) -> None:
        roomy = {topic.name for topic in ALL if "max.message.bytes" in topic.configs()}
        assert roomy == {topics.dead_letters(service) for service in topics.SERVICES}

    def test_is_read_and_written_by_every_service(self) -> None:
        for service in topics.SERVICES:
            assert any(service in topic.owner for topic in ALL)
            assert any(service in topic.readers for topic in ALL)


class TestCasesTopic:
    def test_is_written_by_those_who_decide_and_read_by_all(self) -> None:
        cases = named("cases.v1")
        assert cases.owner.split(", ") == ["intake", "router", "notifier"]
        assert cases.readers == topics.SERVICES
        assert cases.key == "case_id"

    def test_carries_each_kind_of_fact_once(self) -> None:
        types = []
        for message in named("cases.v1").messages:
            assert issubclass(message, CaseFact)
            types.append(message.type)
        assert len(types) == len(set(types))


class TestInstallationTopic:
    def test_keeps_the_first_record_for_ever_in_one_partition(self) -> None:
        claims = named(topics.INSTALLATIONS)
        assert claims.configs() == {"retention.ms": "-1", "cleanup.policy": "delete"}
        assert claims.partitions == 1

    @pytest.mark.parametrize("service", topics.SERVICES)
    def test_is_no_part_of_the_contract(self, service: str) -> None:
        assert topics.INSTALLATIONS not in asyncapi.document(service)["channels"]


class TestOurs:
    @pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
    def test_is_told_by_its_name(self, topic: Topic) -> None:
        assert topics.is_ours(topic.name)


class TestDepartmentTopics:
    def test_are_one_of_work_orders_each(self) -> None:
        for code in DEPARTMENTS:
            orders = named(f"assignments.{code}.v1")
            assert (orders.owner, orders.readers) == ("router", (code, "desk"))

    def test_are_one_of_answers_for_each_party(self) -> None:
        for party in PARTIES:
            answers = named(f"feedback.{party}.v1")
            assert (answers.owner, answers.readers) == (f"{party}, desk", ("notifier",))
            assert answers.messages == topics.FEEDBACK_MESSAGES

    def test_share_the_key_of_cases_so_that_one_process_owns_a_case(self) -> None:
        keys = {
            t.key
            for t in ALL
            if t.name.startswith(("feedback.", "assignments.", "cases.", "commands."))
        }
        assert keys == {"case_id"}

    def test_answer_to_the_pattern_the_notifier_subscribes_to(self) -> None:
        for topic in ALL:
            matches = re.fullmatch(topics.FEEDBACK_PATTERN, topic.name) is not None
            assert matches is topic.name.startswith("feedback.")

    def test_leave_the_refusals_out_of_that_pattern(self) -> None:
        assert not re.match(topics.FEEDBACK_PATTERN, topics.FEEDBACK_REFUSALS)


class TestParty:
    @pytest.mark.parametrize("party", PARTIES)
    def test_is_read_from_its_topic(self, party: str) -> None:
        assert topics.party_of(topics.feedback_of(party)) == party

    @pytest.mark.parametrize(
        "name", ["cases.v1", "feedback-refusals.v1", "feedback.police.v2", "assignments.police.v1"]
    )
    def test_is_of_no_other_topic(self, name: str) -> None:
        with pytest.raises(ValueError, match="is not a feedback topic"):
            topics.party_of(name)
