"""What intake's two stages make of records."""

import json
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry

from schemas.cloudevents import Headers
from schemas.events.base import CaseFact, event_of
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentRevoked,
    CaseClosed,
    CaseReopened,
)
from schemas.events.charge import CoHandlerDropped
from schemas.events.incident import IncidentReport
from schemas.events.part import PartChanged
from schemas.vocabulary import PartStatus
from services.intake.domain.closure import Closure
from services.intake.domain.holding import Lead, Offered, Part
from services.intake.handlers import (
    ClosuresReader,
    ReportsReader,
    closures_subscription,
    reports_subscription,
)
from services.intake.metrics import IntakeMetrics
from services.intake.migrations import HISTORY
from services.intake.use_cases.submissions import message_for
from services.kit.records import Incoming, Record, Rejected
from services.kit.sql.database import Database
from services.kit.stage.batch import Batch
from tests.support.databases import Place
from tests.support.intake import (
    HERE,
    KEYS,
    NOON,
    north_of,
    record,
    report,
    report_at,
    report_data,
    seed_index,
)
from tests.support.notifier import assigned
from tests.support.structured import structured

CASE = UUID(int=7)


def reports_reader() -> tuple[ReportsReader, CollectorRegistry]:
    registry = CollectorRegistry()
    return ReportsReader(index=seed_index, metrics=IntakeMetrics(registry), keys=KEYS), registry


def refused(value: bytes | None, *, headers: Headers = ()) -> Rejected:
    with pytest.raises(Rejected) as caught:
        reports_reader()[0].decode(record(value, headers=headers))
    return caught.value


class TestReportRecord:
    def test_needs_no_headers(self) -> None:
        found = reports_reader()[0].decode(record(json.dumps(report_data()).encode()))

        assert found.event == report()
        assert found.id == report().case_id

    def test_may_be_a_cloud_event(self) -> None:
        message = message_for(report())

        found = reports_reader()[0].decode(record(message.value, headers=message.headers))

        assert found.event == report()

    def test_may_be_a_structured_cloud_event(self) -> None:
        headers = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)
        value = json.dumps(structured(IncidentReport.type, report_data(1))).encode()
        found = reports_reader()[0].decode(record(value, headers=headers))
        assert found.event == report(1)

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"type": "case.closed"}, "unknown_type", "type"),
            ({"specversion": "0.3"}, "not_a_cloud_event", "specversion"),
            ({"data": None}, "invalid", "value"),
            ({"data": report_data(1, id="a\nb")}, "invalid", "id"),
        ],
    )
    def test_that_is_a_wrong_structured_event_is_put_aside(
        self, changes: dict[str, object], code: str, field: str
    ) -> None:
        headers = (("Content-Type", b"application/cloudevents+json"),)
        rejected = refused(
            json.dumps(structured(IncidentReport.type, {}) | changes).encode(), headers=headers
        )
        assert (rejected.code, rejected.faults[0].field) == (code, field)

    def test_that_is_a_batch_of_events_is_put_aside_with_what_to_do(self) -> None:
        rejected = refused(
            b"[]", headers=(("content-type", b"application/cloudevents-batch+json"),)
        )
        assert "record of its own" in str(rejected)

    def test_of_another_type_is_put_aside(self) -> None:
        found = refused(b"{}", headers=(("ce_type", b"case.closed"),))

        assert found.code == "unknown_type"

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (None, "empty"),
            (b"\xff\xfe", "not_json"),
            (b'{"id": NaN}', "not_json"),
            (b'{"id": "1", "id": "2"}', "not_json"),
            (b'"' + b"x" * 300_000 + b'"', "too_large"),
            (b"[]", "invalid"),
        ],
    )
    def test_that_is_no_sound_json_is_put_aside(self, value: bytes | None, code: str) -> None:
        assert refused(value).code == code

    def test_is_put_aside_with_a_reason_per_field(self) -> None:
        data = report_data(channel="pigeon", place={"point": {"lat": 91, "lon": 0}}, source="")

        found = refused(json.dumps(data).encode())

        assert {fault.field for fault in found.faults} == {"channel", "place.point.lat", "source"}
        assert all(fault.reason for fault in found.faults)


def of_notifier(fact: CaseFact, *, service: str = "notifier", sequence: int = 5) -> Record:
    event = event_of(fact, service=service, sequence=sequence)
    return record(event.data, headers=event.headers())._replace(key=event.key.encode())


def heard(fact: CaseFact, *, service: str = "notifier") -> object:
    found = ClosuresReader().decode(of_notifier(fact, service=service))
    assert found is not None
    return found.event


CLOSED = CaseClosed(case_id=CASE, at=NOON, department="police", result="done", overdue=False)
REOPENED = CaseReopened(case_id=CASE, at=NOON, reason="not solved")


class TestCaseRecord:
    def test_of_the_notifier_closes_and_reopens(self) -> None:
        reader = ClosuresReader()

        closing = reader.decode(of_notifier(CLOSED))
        reopening = reader.decode(of_notifier(REOPENED, sequence=9))

        assert closing is not None
        assert reopening is not None
        assert closing.event == Closure(
            case_id=CASE, closed_at=NOON, sequence=5, ended_as="closed", why=CLOSED.result
        )
        assert reopening.event == Closure(case_id=CASE, closed_at=None, sequence=9)

    def test_tells_who_signed_for_a_case_and_who_lost_it(self) -> None:
        part: dict[str, Any] = {"case_id": CASE, "at": NOON, "assignment_id": CASE}
        part["department"] = "fire"
        signed = AssignmentAccepted(**part)
        lost = AssignmentRevoked(**part, reason="left_the_plan")

        assert heard(signed) == Lead(case_id=CASE, department="fire", sequence=5)
        assert heard(lost) == Lead(case_id=CASE, department=None, sequence=5)

    def test_tells_who_is_at_a_part(self) -> None:
        part: dict[str, Any] = {"case_id": CASE, "at": NOON, "assignment_id": CASE}
        part["department"] = "fire"
        statuses = (PartStatus.ACCEPTED, PartStatus.WORKING, PartStatus.DONE)
        changed = [PartChanged(**part, status=status.value) for status in statuses]
        dropped = CoHandlerDropped(**part, reason="not needed")

        found = [heard(one) for one in (*changed, dropped)]

        assert [one.works for one in found if isinstance(one, Part)] == [True, True, False, False]

    def test_of_the_router_tells_what_is_offered(self) -> None:
        offered = assigned("urban-management", "police")

        parts = (offered.lead, *offered.co_handlers)
        ids = frozenset(one.assignment_id for one in parts)
        assert heard(offered, service="router") == Offered(
            case_id=offered.case_id, assignment_ids=ids, sequence=5
        )

    def test_of_anything_else_is_not_even_read(self) -> None:
        other_type = (("ce_type", b"handling.started"), ("ce_source", b"/tongxin/notifier"))

        assert ClosuresReader().decode(record(b"\xff", headers=other_type)) is None
        assert ClosuresReader().decode(record(b"\xff")) is None

    def test_of_anybody_else_or_without_its_number_is_put_aside(self) -> None:
        for wrong in (of_notifier(CLOSED, service="router"), of_notifier(CLOSED, sequence=0)):
            with pytest.raises(Rejected):
                ClosuresReader().decode(wrong)

    def test_that_is_damaged_is_put_aside(self) -> None:
        damaged = of_notifier(CLOSED)
        with pytest.raises(Rejected):
            ClosuresReader().decode(record(b"{}", headers=damaged.headers))


class TestSubscriptions:
    def test_are_a_group_each(self) -> None:
        assert reports_subscription(instance="a").topics == ("incident-reports.v1",)
        assert reports_subscription(instance="a").group == "tongxin.intake"
        assert closures_subscription(instance=None).topics == ("cases.v1",)
        assert closures_subscription(instance=None).group == "tongxin.intake.closures"


class TestMetrics:
    async def test_count_what_became_of_reports_without_exercises(self, place: Place) -> None:
        reader, registry = reports_reader()
        far = north_of(HERE, 300)
        reports = [
            report(1),
            report(2),
            report_at(far, 3, exercise=True),
            report(4, place={"grid": "nowhere"}),
        ]

        async with place.opened(HISTORY) as database:
            await _decide(reader, reports, database=database)
            await _decide(reader, reports[:1], database=database)

        def value(name: str, **labels: str) -> float | None:
            return registry.get_sample_value(f"tongxin_{name}_total", labels)

        source = "hotline-12345"
        for outcome in ("registered", "merged", "rejected", "duplicate"):
            assert value("reports", source=source, outcome=outcome) == 1
        assert value("case_events", type="case.merged", source_system=source) == 1
        assert value("case_intake_rejected", reason="unknown_grid") == 1
        assert value("case_dedup", outcome="opened") == 1
        assert value("case_dedup", outcome="merged") == 1

    async def test_name_fifty_sources_and_count_the_rest_together(self, place: Place) -> None:
        reader, registry = reports_reader()
        many = [report(n, source=f"s{n}", place={"address": "here"}) for n in range(53)]

        async with place.opened(HISTORY) as database:
            await _decide(reader, many, database=database)

        labels = {"source": "other", "outcome": "registered"}
        assert registry.get_sample_value("tongxin_reports_total", labels) == 3


async def _decide(
    reader: ReportsReader, reports: list[IncidentReport], *, database: Database
) -> None:
    async with database.write() as conn:
        incoming = [Incoming(id=r.case_id, event=r, record=record(None)) for r in reports]
        await reader.decide(Batch(conn, NOON, "intake.reports", incoming=incoming))
