"""Which records the router takes, leaves alone and rejects."""

import pytest

from schemas.events.base import event_of
from schemas.events.case import HandlingStarted
from services.kit.records import Record, Rejected
from services.router.handlers import CasesReader
from tests.support.router import MONDAY_NOON, RouterBench, registered


def code_of(bench: RouterBench, record: Record) -> str:
    reader = CasesReader(plan=lambda: bench.plan, metrics=bench.metrics)
    with pytest.raises(Rejected) as rejected:
        reader.decode(record)
    return rejected.value.code


class TestRecord:
    async def test_of_another_kind_is_left_alone_without_being_read(
        self, bench: RouterBench
    ) -> None:
        case = registered()
        started = HandlingStarted(
            case_id=case.case_id, at=MONDAY_NOON, assignment_id=case.case_id, department="fire"
        )
        event = event_of(started, service="notifier", sequence=3)._replace(data=b"{")
        answers = await bench.read([bench.carrying(event)])
        assert (answers.messages, answers.letters) == ([], [])

    async def test_from_somebody_else_is_rejected(self, bench: RouterBench) -> None:
        event = event_of(registered(), service="notifier", sequence=1)
        assert code_of(bench, bench.carrying(event)) == "unknown_source"

    async def test_under_another_key_is_rejected(self, bench: RouterBench) -> None:
        assert code_of(bench, bench.record(registered())._replace(key=b"other")) == "wrong_key"

    async def test_without_a_number_is_rejected(self, bench: RouterBench) -> None:
        event = event_of(registered(), service="intake", sequence=0)
        assert code_of(bench, bench.carrying(event)) == "not_numbered"

    async def test_that_is_broken_is_rejected(self, bench: RouterBench) -> None:
        record = bench.record(registered())
        assert code_of(bench, record._replace(value=b"{")) == "not_json"
        assert code_of(bench, record._replace(value=b"{}")) == "invalid"
        assert code_of(bench, record._replace(value=None)) == "empty"
