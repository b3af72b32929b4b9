"""What intake refuses, and that it says why."""

import json
from collections import Counter

import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, TypeAdapter

from schemas.cloudevents import Headers
from schemas.events.incident import IncidentReport
from services.assessment.plan_index import PlanIndex
from services.intake.handlers import ReportsReader
from services.intake.metrics import IntakeMetrics
from services.kit.records import Fault, Record, Rejected
from services.kit.stage.bounds import MAX_BYTES, MAX_FAULTS
from services.kit.stage.decoding import cloud_event, strict_json, validated
from tests.support.bad_records import bad_records
from tests.support.good_report import BadRecord, changed, good_bytes, good_headers, with_tail
from tests.support.intake import KEYS

BAD = bad_records()
LONGEST_FAULT = 400


def record(value: bytes | None, *, headers: Headers = ()) -> Record:
    return Record(
        topic="incident-reports.v1",
        partition=0,
        offset=7,
        key=None,
        value=value,
        headers=headers,
        timestamp_ms=0,
    )


def no_plan() -> PlanIndex:
    raise AssertionError("decoding asks no plan")


@pytest.fixture(scope="module")
def reader() -> ReportsReader:
    return ReportsReader(index=no_plan, metrics=IntakeMetrics(CollectorRegistry()), keys=KEYS)


class TestCorpus:
    def test_is_large_and_names_each_record_once(self) -> None:
        assert len(BAD) >= 300
        assert [n for n, times in Counter(bad.name for bad in BAD).items() if times > 1] == []

    def test_has_every_code_there_is(self) -> None:
        assert {bad.code for bad in BAD} == {
            "empty",
            "too_large",
            "not_json",
            "invalid",
            "not_a_cloud_event",
            "unknown_type",
        }

    def test_spoils_a_report_that_is_taken(self, reader: ReportsReader) -> None:
        for headers in ((), good_headers()):
            incoming = reader.decode(record(good_bytes(), headers=headers))
            assert incoming.event.source == "hotline-12345"
            assert incoming.id == incoming.event.case_id


class TestBadRecord:
    @pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
    def test_is_refused_with_its_code_and_a_short_reason(
        self, bad: BadRecord, reader: ReportsReader
    ) -> None:
        with pytest.raises(Rejected) as caught:
            reader.decode(record(bad.value, headers=bad.headers))
        assert caught.value.code == bad.code
        assert caught.value.faults
        for fault in caught.value.faults:
            assert fault.field
            assert fault.reason
            assert len(fault.field) + len(fault.reason) < LONGEST_FAULT


class TestUnusualReport:
    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(b" \n\t" + good_bytes() + b"\r\n", id="blanks around it"),
            pytest.param(with_tail(b'"x":{"y":[1,null]}'), id="unknown fields"),
            pytest.param(changed("place.point.lat", 28), id="whole degrees"),
            pytest.param(changed("place.point", {"lat": -90, "lon": 180}), id="edge of the map"),
            pytest.param(changed("place", {"grid": "g1"}), id="a grid and nothing else"),
            pytest.param(changed("category", None), id="no category but a description"),
            pytest.param(changed("description", "😀" * 4_000), id="4000 emoji"),
            pytest.param(changed("media", ["http://a.example/x"] * 20), id="20 links"),
            pytest.param(changed("reported_at", "2026-05-01T00:00:00Z"), id="UTC"),
            pytest.param(changed("reported_at", "2026-05-01T08:00:00.123456+08:00"), id="micro"),
            pytest.param(
                good_bytes().replace("自".encode(), b"\\ud83d\\ude00"), id="escaped surrogate pair"
            ),
        ],
    )
    def test_is_taken(self, value: bytes, reader: ReportsReader) -> None:
        assert reader.decode(record(value)).event.id == "2026-0501-000123"

    def test_is_taken_up_to_the_last_byte_of_the_limit(self) -> None:
        whole = good_bytes() + b" " * (MAX_BYTES - len(good_bytes()))
        assert strict_json(whole) == whole

    def test_may_have_headers_without_a_type(self, reader: ReportsReader) -> None:
        headers = (("traceparent", b"\xff"), ("ce_source", b"/hotline"))
        assert reader.decode(record(good_bytes(), headers=headers)).event.id


class TestFaults:
    def test_name_the_field_by_its_path(self) -> None:
        with pytest.raises(Rejected) as caught:
            validated(TypeAdapter(IncidentReport), changed("place.point.lat", 91))
        (fault,) = caught.value.faults
        assert fault.field == "place.point.lat"
        assert "90" in fault.reason

    def test_are_counted_when_there_are_too_many_to_list(self) -> None:
        class Many(BaseModel):
            numbers: list[int]

        value = json.dumps({"numbers": ["x"] * (MAX_FAULTS + 5)}).encode()
        with pytest.raises(Rejected) as caught:
            validated(TypeAdapter(Many), value)
        assert len(caught.value.faults) == MAX_FAULTS + 1
        assert caught.value.faults[-1] == Fault("value", "and 5 more")

    def test_are_told_with_the_code(self) -> None:
        with pytest.raises(Rejected, match=r"^empty: value: is empty$"):
            strict_json(None)
        assert str(Rejected("closed")) == "closed"


class TestOwnEvent:
    def test_needs_the_headers_of_an_event(self) -> None:
        with pytest.raises(Rejected, match="ce_specversion: is missing") as caught:
            cloud_event(record(b"{}"))
        assert caught.value.code == "not_a_cloud_event"
