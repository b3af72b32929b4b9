"""Reports on their way to the broker."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from aiokafka.errors import KafkaTimeoutError

from schemas.cloudevents import from_kafka
from schemas.events.incident import IncidentReport
from schemas.topics import INCIDENT_REPORTS
from services.kit.records import Message
from services.upstream.deliver import Delivery, outcomes_of, reject_writer
from services.upstream.outcomes import BadRow, Outcome, Row, Skipped, Tally
from services.upstream.publish import KafkaOutlet, PrintedOutlet, message_for
from services.upstream.spool import Spool
from tests.support.upstreams import a_mapping, a_row, translated

MAPPING = a_mapping(tables='[[skip]]\nreason = "test"\ncolumn = "what"\nis = ["test"]')


def a_report(**cells: object) -> IncidentReport:
    return translated(MAPPING, **cells).report


class FakeBroker:
    """Acknowledges when told to; keeps what it was given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.waiting: list[asyncio.Future[object]] = []

    async def enqueue(self, messages: Iterable[Message]) -> list[asyncio.Future[object]]:
        given = list(messages)
        futures = [asyncio.get_running_loop().create_future() for _ in given]
        self.messages += given
        self.waiting += futures
        return futures

    def acknowledge(self, error: Exception | None = None) -> None:
        """Answer for everything that waits."""
        for future in self.waiting:
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
        self.waiting.clear()


class TestMessage:
    def test_is_a_cloud_event_keyed_by_source_and_id(self) -> None:
        report = a_report()
        message = message_for(report)
        event = from_kafka(key=message.key.encode(), value=message.value, headers=message.headers)
        assert (message.topic, message.key) == (INCIDENT_REPORTS, "test-city/7")
        assert (event.id, event.type) == (report.case_id, "incident.reported")
        assert (event.source, event.subject) == ("/upstreams/test-city", "test-city/7")
        assert event.time == report.reported_at
        assert IncidentReport.model_validate_json(event.data) == report

    def test_is_the_same_when_the_row_comes_again(self) -> None:
        assert message_for(a_report()) == message_for(a_report())


class TestKafkaOutlet:
    async def test_waits_for_room(self) -> None:
        broker = FakeBroker()
        outlet = KafkaOutlet(broker, most_in_flight=3)
        for _ in range(3):
            await outlet.put(a_report())
        fourth = asyncio.create_task(outlet.put(a_report()))
        await asyncio.sleep(0)
        assert (len(broker.messages), outlet.done) == (3, 0)
        broker.acknowledge()
        await fourth
        assert len(broker.messages) == 4

    async def test_counts_what_the_broker_has(self) -> None:
        broker = FakeBroker()
        outlet = KafkaOutlet(broker)
        await outlet.put(a_report())
        await outlet.put(a_report(id="8"))
        broker.acknowledge()
        await outlet.finish()
        assert outlet.done == 2

    async def test_raises_what_the_broker_refused(self) -> None:
        broker = FakeBroker()
        outlet = KafkaOutlet(broker)
        await outlet.put(a_report())
        broker.acknowledge()
        await outlet.put(a_report(id="8"))
        broker.acknowledge(KafkaTimeoutError())
        with pytest.raises(KafkaTimeoutError):
            await outlet.finish()
        assert outlet.done == 1

    async def test_gives_up_on_a_broker_that_says_nothing(self) -> None:
        outlet = KafkaOutlet(FakeBroker(), patience=timedelta(milliseconds=10))
        await outlet.put(a_report())
        with pytest.raises(KafkaTimeoutError, match="no answer"):
            await outlet.finish()
        assert outlet.done == 0

    async def test_counts_what_arrives_while_it_is_interrupted(self) -> None:
        broker = FakeBroker()
        outlet = KafkaOutlet(broker)
        await outlet.put(a_report())
        await outlet.put(a_report(id="8"))
        waiting = asyncio.create_task(outlet.finish())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        broker.waiting.pop().set_exception(KafkaTimeoutError())
        broker.acknowledge()
        await outlet.abandon()
        assert outlet.done == 1


class TestPrintedOutlet:
    async def test_prints_key_case_and_report(self) -> None:
        to = StringIO()
        outlet = PrintedOutlet(to)
        await outlet.put(a_report(what="坑"))
        await outlet.finish()
        shown = json.loads(to.getvalue())
        assert shown["key"] == "test-city/7"
        assert shown["case_id"] == str(a_report().case_id)
        assert shown["report"]["description"] == "坑"
        assert "坑" in to.getvalue()


class TestDelivery:
    def outcomes(self) -> Iterator[Outcome]:
        rows: list[Row | BadRow] = [
            a_row(at="2021-03-04T12:00:00"),
            a_row(id=""),
            BadRow(3, {"row": "broken"}, "x"),
            a_row(what="test"),
            a_row(id="8"),
        ]
        return outcomes_of(rows, MAPPING)

    @pytest.mark.parametrize("is_in_order", [True, False])
    async def test_counts_each_row_once(self, spool: Spool, *, is_in_order: bool) -> None:
        tally, bad, told, printed = Tally(), list[BadRow](), list[str](), StringIO()
        delivery = Delivery(
            spool=spool,
            outlet=PrintedOutlet(printed),
            tally=tally,
            on_bad=bad.append,
            on_progress=lambda: told.append(f"{tally.read} read, {tally.published} published"),
            at_once=2,
        )
        if is_in_order:
            sends = partial(told.append, "sends")
            await delivery.in_order_of_time(self.outcomes(), before_sending=sends)
        else:
            await delivery.as_they_come(self.outcomes())
        assert (tally.read, tally.published, tally.refused) == (5, 2, 2)
        assert tally.skipped == {"test": 1}
        assert [one.reason for one in bad] == ["id: id is empty", "row: broken"]
        assert [line.strip() for line in tally.lines()] == [
            "5 rows read",
            "2 published",
            "1 skipped: test",
            "2 refused",
        ]
        ids = [json.loads(line)["report"]["id"] for line in printed.getvalue().splitlines()]
        assert ids == (["8", "7"] if is_in_order else ["7", "8"])
        assert told[-1] == "5 read, 2 published"
        if is_in_order:
            read = [f"{count} read, 0 published" for count in (2, 4, 5)]
            assert told[:4] == [*read, "sends"]

    async def test_counts_what_arrived_before_it_broke(self, spool: Spool) -> None:
        tally = Tally()

        def breaking() -> Iterator[Outcome]:
            yield translated(MAPPING)
            yield Skipped(3, "x")
            raise KafkaTimeoutError

        delivery = Delivery(
            spool=spool,
            outlet=PrintedOutlet(StringIO()),
            tally=tally,
            on_bad=lambda _bad: None,
            on_progress=lambda: None,
            at_once=1,
        )
        with pytest.raises(KafkaTimeoutError):
            await delivery.as_they_come(breaking())
        assert (tally.read, tally.published) == (2, 1)

    async def test_counts_what_the_broker_has_when_it_is_interrupted(self, spool: Spool) -> None:
        broker, tally = FakeBroker(), Tally()
        asyncio.get_running_loop().call_later(0.2, broker.acknowledge)

        def interrupt() -> None:
            if broker.messages:
                task.cancel()

        delivery = Delivery(
            spool=spool,
            outlet=KafkaOutlet(broker),
            tally=tally,
            on_bad=lambda _bad: None,
            on_progress=interrupt,
        )
        reports = iter([translated(MAPPING, id=str(number)) for number in range(3)])
        task = asyncio.create_task(delivery.as_they_come(reports))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (tally.read, tally.published) == (3, 3)


class TestRejects:
    def test_are_json_lines_with_line_reason_fields_and_row(self) -> None:
        to = StringIO()
        write = reject_writer(to)
        write(BadRow(3, {"id": "is empty", "at": "no date"}, {"id": "", "x": "\ud800路"}))
        write(BadRow(4, {"row": "broken"}, Row))
        first, second = map(json.loads, to.getvalue().splitlines())
        assert first == {
            "line": 3,
            "reason": "id: is empty; at: no date",
            "fields": {"id": "is empty", "at": "no date"},
            "row": {"id": "", "x": "\ud800路"},
        }
        assert second["line"] == 4
