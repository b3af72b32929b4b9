"""Which records are news or answers, and which can never be."""

import json
import re
from typing import Any

import pytest

from schemas import topics
from schemas.events.base import event_of
from schemas.events.case import CaseClosed
from services.case_events import Told
from services.kit.records import Rejected
from services.notifier.handlers import all_about_cases
from services.notifier.use_cases.inputs import Answer, Command
from tests.support.notifier import NOON, NotifierBench, assigned, case_of, registered
from tests.support.structured import structured

BINARY = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"0b2a7c1e-8f57-4f5e-9a2f-0c6f1d0e2a11"),
    ("ce_source", b"/desk"),
    ("ce_time", b"2026-05-01T12:00:00+00:00"),
)


class TestRecord:
    def test_of_intake_and_router_is_news(self, bench: NotifierBench) -> None:
        for fact, producer in ((registered(), "intake"), (assigned(), "router")):
            found = bench.reader.decode(bench.news(fact))
            assert found is not None
            assert isinstance(found.event, Told)
            assert (found.event.producer, found.event.sequence) == (producer, 1)

    def test_of_the_notifier_itself_is_none_of_its_business(self, bench: NotifierBench) -> None:
        fact = CaseClosed(case_id=case_of(), at=NOON, department="police", result="", overdue=False)
        event = event_of(fact, service="notifier", sequence=1)
        record = bench.record(topics.CASES, key=event.key, value=b"{", headers=event.headers())
        assert bench.reader.decode(record) is None

    def test_of_a_party_is_its_answer(self, bench: NotifierBench) -> None:
        found = bench.reader.decode(bench.answer("police", "accepted"))
        assert found is not None
        assert isinstance(found.event, Answer)
        assert found.event.party == "police"

    def test_of_a_party_may_be_a_structured_cloud_event(self, bench: NotifierBench) -> None:
        said = bench.answer("police", "accepted")
        event = structured("feedback.given", json.loads(said.value or b""))
        value = json.dumps(event).encode()
        headers = (("content-type", b"application/cloudevents+json"),)
        record = bench.record(said.topic, key=str(case_of()), value=value, headers=headers)
        found, plain = bench.reader.decode(record), bench.reader.decode(said)
        assert found is not None
        assert plain is not None
        assert found.id == plain.id

    def test_of_a_person_is_a_command(self, bench: NotifierBench) -> None:
        found = bench.reader.decode(bench.command())
        assert found is not None
        assert isinstance(found.event, Command)
        assert found.home == str(case_of())

    def test_with_the_same_command_id_is_the_same_command_of_a_case(
        self, bench: NotifierBench
    ) -> None:
        found = [
            bench.reader.decode(bench.command(report=report, command_id="1")) for report in "112"
        ]
        assert len({one.id for one in found if one is not None}) == 2

    @pytest.mark.parametrize("type_", ["case.annotate", "case.annotated", "feedback.given", ""])
    def test_of_a_command_says_the_same_in_its_type_and_its_kind(
        self, bench: NotifierBench, type_: str
    ) -> None:
        plain = bench.command()
        event = structured(type_, json.loads(plain.value or b""))
        event_json = (("content-type", b"application/cloudevents+json"),)
        records = [
            bench.command()._replace(headers=(*BINARY, ("ce_type", type_.encode()))),
            plain._replace(value=json.dumps(event).encode(), headers=event_json),
        ]
        for record in records:
            if type_ == "case.annotate":
                assert bench.reader.decode(record) is not None
            else:
                with pytest.raises(Rejected) as rejected:
                    bench.reader.decode(record)
                assert rejected.value.code == "unknown_type"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"acting": None}, "acting"),
            ({"acting": {"person": " ", "door": "desk"}}, "acting.person"),
            ({"note": ""}, "note"),
            ({"note": "x" * 2001}, "note"),
            ({"note": "a\x00b"}, "note"),
            ({"note": None}, "note"),
            ({"kind": "case.annotated"}, "kind"),
            ({"kind": ["case.annotate"]}, "kind"),
            ({"command_id": ""}, "command_id"),
            ({"command_id": "a\nb"}, "command_id"),
            ({"command_id": "x" * 129}, "command_id"),
            ({"command_id": 1}, "command_id"),
            ({"case_id": "1"}, "case_id"),
            ({"at": "2026-01-05T12:00:00"}, "at"),
            ({"at": 1767585600}, "at"),
        ],
    )
    def test_of_a_bad_command_is_rejected_by_its_field(
        self, bench: NotifierBench, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(Rejected) as rejected:
            bench.reader.decode(bench.command(**changes))
        assert rejected.value.code == "invalid"
        assert [fault.field for fault in rejected.value.faults] == [field]

    @pytest.mark.parametrize("value", [None, b"", b"[]", b'"case.annotate"', b"\xff", b"{} {}"])
    def test_of_no_command_is_rejected(self, bench: NotifierBench, value: bytes | None) -> None:
        with pytest.raises(Rejected):
            bench.reader.decode(bench.command()._replace(value=value))

    def test_with_the_same_feedback_id_is_the_same_event(self, bench: NotifierBench) -> None:
        found = [
            bench.reader.decode(bench.answer(party, "accepted", feedback_id="1"))
            for party in ("police", "police", "fire")
        ]
        assert len({one.id for one in found if one is not None}) == 2

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"value": b"{"}, "not_json"),
            ({"value": b'{"kind":"accepted"}'}, "invalid"),
            ({"headers": (("ce_type", b"case.closed"),)}, "unknown_type"),
        ],
    )
    def test_that_is_wrong_is_rejected(
        self, bench: NotifierBench, changes: dict[str, Any], code: str
    ) -> None:
        good = bench.answer("police", "accepted")
        fields: dict[str, Any] = {"key": str(case_of()), "value": good.value, "headers": ()}
        with pytest.raises(Rejected) as rejected:
            bench.reader.decode(bench.record(good.topic, **(fields | changes)))
        assert rejected.value.code == code

    def test_of_news_by_somebody_else_is_rejected(self, bench: NotifierBench) -> None:
        event = event_of(assigned(), service="intake", sequence=1)
        record = bench.record(
            topics.CASES, key=event.key, value=event.data, headers=event.headers()
        )
        with pytest.raises(Rejected) as rejected:
            bench.reader.decode(record)
        assert rejected.value.code == "unknown_source"

    def test_of_news_without_a_number_is_rejected(self, bench: NotifierBench) -> None:
        event = event_of(assigned(), service="router", sequence=0)
        record = bench.record(
            topics.CASES, key=event.key, value=event.data, headers=event.headers()
        )
        with pytest.raises(Rejected) as rejected:
            bench.reader.decode(record)
        assert rejected.value.code == "not_numbered"

    def test_may_have_fields_nobody_knows_here(self, bench: NotifierBench) -> None:
        assert bench.reader.decode(bench.answer("police", "accepted", colour="blue")) is not None

    @pytest.mark.parametrize("key", [None, b"", b"other", b"\xff"])
    def test_of_a_party_belongs_to_its_case_whatever_its_key(
        self, bench: NotifierBench, key: bytes | None
    ) -> None:
        found = bench.reader.decode(bench.answer("police", "accepted")._replace(key=key))
        assert found is not None
        assert found.home == str(case_of())


class TestSubscription:
    @pytest.mark.parametrize(
        "topic", ["cases.v1", "commands.v1", "feedback.police.v1", "feedback.reporters.v1"]
    )
    def test_takes_cases_commands_and_every_feedback_topic(self, topic: str) -> None:
        pattern = all_about_cases(None).pattern
        assert pattern is not None
        assert re.match(pattern, topic)

    @pytest.mark.parametrize(
        "topic", ["casesXv1", "cases.v10", "feedback-refusals.v1", "my.feedback.police.v1"]
    )
    def test_takes_nothing_else(self, topic: str) -> None:
        pattern = all_about_cases(None).pattern
        assert pattern is not None
        assert not re.match(pattern, topic)
