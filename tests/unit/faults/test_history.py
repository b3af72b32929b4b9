"""A history as files: what is written is read again, and what a kill tore is left out."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.cloudevents import CloudEvent
from schemas.events.base import CaseFact, event_of
from schemas.events.incident import IncidentReport
from schemas.topics import CASES, INCIDENT_REPORTS, dead_letters
from tests.faults.history import (
    FAULT,
    SENT,
    Appender,
    Clock,
    Fault,
    History,
    Meta,
    Sent,
    load,
    read_lines,
)
from tests.faults.sighting import Raw, seen_of
from tests.support.examples import EXAMPLES

NOW = datetime(2026, 5, 1, tzinfo=UTC)
META = Meta(seed=7, row="R-01", began_at=NOW, healed_at=NOW, drained_at=NOW)


def fault(number: int) -> Fault:
    return Fault(kind="kill", target=f"router-{number}", begun_at=NOW)


def sent(attempt: int, *, outcome: str) -> Sent:
    return SENT.validate_python(
        {"attempt": attempt, "op": "report", "outcome": outcome, "id": "1", "begun_at": NOW}
    )


class TestFileOfLines:
    def test_gives_back_what_was_appended(self, tmp_path: Path) -> None:
        path = tmp_path / "faults.jsonl"
        with Appender(path) as appender:
            appender.add(fault(1))
            appender.add(fault(2))
        assert list(read_lines(path, FAULT)) == [fault(1), fault(2)]

    def test_leaves_out_a_torn_last_line(self, tmp_path: Path) -> None:
        path = tmp_path / "faults.jsonl"
        with Appender(path) as appender:
            appender.add(fault(1))
        path.write_bytes(path.read_bytes() + b'{"kind":"kil')
        assert list(read_lines(path, FAULT)) == [fault(1)]

    def test_goes_on_after_a_torn_line(self, tmp_path: Path) -> None:
        path = tmp_path / "faults.jsonl"
        path.write_bytes(b'{"kind":"kil')
        with Appender(path) as appender:
            appender.add(fault(2))
        assert list(read_lines(path, FAULT)) == [fault(2)]

    def test_refuses_a_field_nobody_knows(self, tmp_path: Path) -> None:
        path = tmp_path / "faults.jsonl"
        path.write_text('{"knd":"kill"}\n', encoding="utf-8")
        with pytest.raises(ValidationError):
            list(read_lines(path, FAULT))


class TestHistory:
    def test_is_read_as_it_was_saved(self, tmp_path: Path) -> None:
        history = History(meta=META, sent=[sent(1, outcome="ok")], faults=[fault(1)])
        history.save(tmp_path)
        assert load(tmp_path) == history

    def test_takes_the_last_line_of_each_attempt(self, tmp_path: Path) -> None:
        before, after = sent(1, outcome="unknown"), sent(1, outcome="ok")
        cut_off = sent(2, outcome="unknown")
        History(meta=META, sent=[before, cut_off, after]).save(tmp_path)
        assert load(tmp_path).sent == [after, cut_off]

    def test_tells_attempts_of_two_clients_apart(self, tmp_path: Path) -> None:
        History(meta=META).save(tmp_path)
        for client in ("a", "b"):
            with Appender(tmp_path / f"sent-{client}.jsonl") as appender:
                appender.add(sent(1, outcome="ok"))
        assert len(load(tmp_path).sent) == 2


class TestHouseTime:
    def test_is_the_recorders_without_a_clock(self) -> None:
        assert META.house_time(NOW) == NOW

    def test_runs_ahead_with_a_fast_clock(self) -> None:
        origin = datetime(2030, 1, 1, tzinfo=UTC)
        fast = META.model_copy(update={"clock": Clock(started=NOW, origin=origin, factor=60)})
        assert fast.house_time(NOW + timedelta(seconds=2)) == origin + timedelta(minutes=2)

    def test_stands_still_with_a_stopped_clock(self) -> None:
        stopped = NOW + timedelta(seconds=2)
        still = Clock(started=NOW, origin=NOW, factor=60, stopped=stopped)
        meta = META.model_copy(update={"clock": still})
        assert meta.house_time(stopped) == NOW + timedelta(minutes=2)
        assert meta.house_time(stopped + timedelta(hours=1)) == NOW + timedelta(minutes=2)


def raw_of(event: CloudEvent, topic: str) -> Raw:
    return Raw(
        topic=topic,
        partition=0,
        offset=5,
        key=event.key.encode(),
        value=event.data,
        headers=event.headers(),
    )


class TestSighting:
    @pytest.mark.parametrize(
        "model",
        [m for m in EXAMPLES if issubclass(m, CaseFact) and m.type.startswith(("case.", "ass"))],
        ids=lambda model: model.__name__,
    )
    def test_keeps_what_judging_an_event_takes(self, model: type[CaseFact]) -> None:
        fact = model.model_validate_json(json.dumps(EXAMPLES[model]))
        event = event_of(fact, service="router", sequence=3, cause="why")
        seen = seen_of(raw_of(event, CASES), seen_at=NOW)
        assert (seen.readable, seen.case_id, seen.at) == (True, str(fact.case_id), fact.at)
        assert (seen.ce_id, seen.ce_type) == (str(event.id), fact.type)
        assert (seen.sequence, seen.cause) == (3, "why")
        kept = seen.model_dump(mode="json")
        shared = {"assignment_id", "department", "round", "level", "merged_id", "sign_seconds"}
        data = EXAMPLES[model]
        assert {n: kept[n] for n in shared & data.keys()} == {
            n: data[n] for n in shared & data.keys()
        }

    def test_knows_the_case_of_a_report(self) -> None:
        example = EXAMPLES[IncidentReport]
        report = IncidentReport.model_validate_json(json.dumps(example))
        value = json.dumps(example).encode()
        raw = Raw(topic=INCIDENT_REPORTS, partition=1, offset=2, key=None, value=value)
        seen = seen_of(raw, seen_at=NOW)
        assert (seen.source, seen.id, seen.case_id) == (
            report.source,
            report.id,
            str(report.case_id),
        )
        assert seen.position == f"{INCIDENT_REPORTS}/1/2"

    @pytest.mark.parametrize("value", [None, b"", b"[]", b"{", b'{"id":1}', b"\xff", b"[" * 99_999])
    def test_says_that_a_record_is_unreadable(self, value: bytes | None) -> None:
        raw = Raw(topic=INCIDENT_REPORTS, partition=0, offset=0, key=None, value=value)
        assert not seen_of(raw, seen_at=NOW).readable

    @pytest.mark.parametrize(("value", "taken_off"), [(b"x", False), (None, True)])
    def test_knows_what_a_dead_letter_is_of(self, value: bytes | None, *, taken_off: bool) -> None:
        topic = dead_letters("intake")
        raw = Raw(topic=topic, partition=0, offset=0, key=b"a/0/1", value=value)
        seen = seen_of(raw, seen_at=NOW)
        assert (seen.letter_of, seen.taken_off) == ("a/0/1", taken_off)
