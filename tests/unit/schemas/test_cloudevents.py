"""Events as Kafka records, both ways."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import (
    CloudEvent,
    Headers,
    NotACloudEvent,
    attributes,
    event_source,
    event_type,
    from_kafka,
)
from schemas.events.base import event_of, in_utc
from schemas.events.case import CheckPassed
from tests.support.good_report import good_headers

HEADERS: Headers = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"7b0f5d52-6f0c-5c39-9c4e-3f1d8d9e7a10"),
    ("ce_type", b"case.closed"),
    ("ce_source", b"/tongxin/notifier"),
    ("ce_subject", b"c1"),
    ("ce_time", b"2026-05-01T08:00:00+08:00"),
    ("ce_sequence", b"12"),
)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
texts = st.text(min_size=1, max_size=40)
events = st.builds(
    CloudEvent,
    id=st.uuids(),
    type=texts,
    source=texts,
    subject=st.text(max_size=40),
    time=st.datetimes(datetime(1900, 1, 2), datetime(2199, 1, 1), timezones=offsets),  # noqa: DTZ001 - hypothesis wants bounds without an offset
    data=st.binary(min_size=1),
    key=st.text(max_size=40),
    sequence=st.integers(0, 999_999_999),
    cause=st.text(max_size=40),
)


def read(headers: Headers, *, key: bytes | None = b"k") -> CloudEvent:
    return from_kafka(key=key, value=b"{}", headers=headers)


def replaced(name: str, value: bytes) -> Headers:
    return (*((n, v) for n, v in HEADERS if n != name), (name, value))


def without(name: str) -> Headers:
    return tuple((n, v) for n, v in HEADERS if n != name)


class TestRoundTrip:
    @given(event=events)
    def test_gives_the_same_event_again(self, event: CloudEvent) -> None:
        read_again = from_kafka(key=event.key.encode(), value=event.data, headers=event.headers())
        assert read_again == event

    @given(event=events)
    def test_needs_headers_only_to_tell_type_and_source(self, event: CloudEvent) -> None:
        assert event_type(event.headers()) == event.type
        assert event_source(event.headers()) == event.source

    @given(event=events)
    def test_names_no_header_twice(self, event: CloudEvent) -> None:
        names = [name for name, _ in event.headers()]
        assert len(names) == len(set(names))


class TestHeaders:
    def test_are_read_whatever_their_case_and_order(self) -> None:
        shouted = tuple((name.upper(), value) for name, value in reversed(HEADERS))
        assert read(shouted) == read(HEADERS)

    def test_tell_the_attributes(self) -> None:
        event = read(HEADERS)
        assert event.id == UUID("7b0f5d52-6f0c-5c39-9c4e-3f1d8d9e7a10")
        assert (event.type, event.source, event.subject) == (
            "case.closed",
            "/tongxin/notifier",
            "c1",
        )
        assert event.time == datetime(2026, 5, 1, tzinfo=UTC)
        assert event.sequence == 12

    def test_may_leave_out_what_is_optional(self) -> None:
        event = read((*HEADERS[:4], HEADERS[5]), key=None)
        assert (event.subject, event.sequence, event.cause, event.key) == ("", 0, "", "")

    def test_of_others_are_passed_over(self) -> None:
        assert read((*HEADERS, ("traceparent", b"\xff"))) == read(HEADERS)

    def test_give_no_attributes_when_there_are_none(self) -> None:
        assert attributes(()) == {}
        assert (event_type(()), event_source(())) == ("", "")
        assert set(attributes(good_headers())) == {"specversion", "id", "type", "source"}

    def test_of_no_utf_8_still_let_a_reader_pass_the_record_over(self) -> None:
        assert event_type((("ce_type", b"case\xff"),)) == "case\ufffd"
        assert event_source((("ce_source", b"\xff"),)) == "\ufffd"


class TestNoCloudEvent:
    @pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_type", "ce_source"])
    def test_is_a_record_without_a_required_header(self, name: str) -> None:
        for headers in (without(name), replaced(name, b"")):
            with pytest.raises(NotACloudEvent) as caught:
                read(headers)
            assert caught.value.header == name

    @pytest.mark.parametrize(
        ("name", "value", "reason"),
        [
            ("ce_specversion", b"0.3", "only '1.0' is known"),
            ("ce_specversion", b"1.0 ", "only '1.0' is known"),
            ("ce_id", b"1", "not a UUID"),
            ("ce_id", b"7b0f5d52-6f0c-5c39-9c4e", "not a UUID"),
            ("ce_time", b"", "not an RFC 3339 instant"),
            ("ce_time", b"yesterday", "not an RFC 3339 instant"),
            ("ce_time", b"2026-02-30T08:00:00Z", "not an RFC 3339 instant"),
            ("ce_time", b"1777593600", "not an RFC 3339 instant"),
            ("ce_time", b"2026-05-01T08:00:00", "no offset"),
            ("ce_time", b"2026-05-01", "no offset"),
            ("ce_sequence", b"", "not a whole number"),
            ("ce_sequence", b"-1", "not a whole number"),
            ("ce_sequence", b"1.5", "not a whole number"),
            ("ce_sequence", "１".encode(), "not a whole number"),
            ("ce_sequence", b"1000000000", "not a whole number"),
            ("ce_subject", b"\xff", "not UTF-8"),
            ("ce_anything", b"\xff", "not UTF-8"),
        ],
    )
    def test_is_a_record_with_a_wrong_header(self, name: str, value: bytes, reason: str) -> None:
        with pytest.raises(NotACloudEvent, match=reason) as caught:
            read(replaced(name, value))
        assert caught.value.header == name
        assert str(caught.value).startswith(f"header {name}: ")

    def test_is_a_record_whose_key_is_no_text(self) -> None:
        with pytest.raises(NotACloudEvent, match="header key: is not UTF-8"):
            read(HEADERS, key=b"\xff")

    @given(name=st.sampled_from([n for n, _ in HEADERS]), value=st.binary(max_size=64))
    def test_is_refused_by_name_and_nothing_else_is_raised(self, name: str, value: bytes) -> None:
        refused: NotACloudEvent | None = None
        try:
            read(replaced(name, value))
        except NotACloudEvent as error:
            refused = error
        assert refused is None or refused.header == name
        assert len(str(refused)) < 400


class TestEventOfAFact:
    def fact(self) -> CheckPassed:
        return CheckPassed(case_id=UUID(int=1), at=NOON)

    def test_is_about_and_keyed_by_its_case(self) -> None:
        event = event_of(self.fact(), service="notifier", sequence=3, cause="timer")
        assert event.subject == event.key == str(UUID(int=1))
        assert (event.type, event.source) == ("check.passed", "/tongxin/notifier")
        assert (event.time, event.sequence, event.cause) == (NOON, 3, "timer")

    def test_has_an_id_that_follows_from_who_tells_what_as_the_nth(self) -> None:
        told = event_of(self.fact(), service="notifier", sequence=3)
        again = event_of(self.fact(), service="notifier", sequence=3, cause="elsewhere")
        assert told.id == again.id
        assert told.id != event_of(self.fact(), service="notifier", sequence=4).id
        assert told.id != event_of(self.fact(), service="router", sequence=3).id

    def test_leaves_out_what_is_absent(self) -> None:
        assert b'"by"' not in event_of(self.fact(), service="notifier", sequence=1).data

    def test_keeps_instants_in_utc_for_databases(self) -> None:
        local = NOON.astimezone(timezone(timedelta(hours=8)))
        assert in_utc(local).isoformat() == "2026-05-01T12:00:00+00:00"
