"""A record that was put aside comes back exactly as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import Headers
from services.kit.records import Fault, Message, Record, Rejected
from services.kit.sealing.keys import KeyFile, Ring
from services.kit.stage.dead_letters import (
    DeadLetter,
    letter,
    letter_id,
    opened,
    replay_of,
    replayed,
    taken_off,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TOPIC = "intake.dead-letters.v1"

headers = st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=24)), max_size=6).map(tuple)
records = st.builds(
    Record,
    topic=st.sampled_from(["incident-reports.v1", "feedback.police.v1"]),
    partition=st.integers(0, 99),
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=24),
    value=st.none() | st.binary(max_size=200),
    headers=headers,
    timestamp_ms=st.just(0),
)
faults = st.builds(Fault, field=st.text(max_size=20), reason=st.text(max_size=40))
rejections = st.builds(Rejected, code=st.text(max_size=12), faults=st.lists(faults, max_size=4))


def record(
    *, key: bytes | None = b"k", value: bytes | None = b"{}", headers: Headers = ()
) -> Record:
    return Record(
        topic="incident-reports.v1",
        partition=3,
        offset=7,
        key=key,
        value=value,
        headers=headers,
        timestamp_ms=0,
    )


KEYS = KeyFile(Path("none"), Ring({"first": bytes(32)}))


def kept(
    of: Record, *, rejected: Rejected | None = None, keys: KeyFile | None = None
) -> DeadLetter:
    """Return the record after it went to the topic, sealed by `keys`, and was read again."""
    ring = None if keys is None else keys.ring
    message = letter(of, rejected or Rejected("invalid"), topic=TOPIC, now=NOW, ring=ring)
    assert message.value is not None
    return opened(message.key.encode(), message.value, message.headers, keys=keys)


class TestDeadLetter:
    @given(record=records, rejected=rejections, keys=st.sampled_from([None, KEYS]))
    def test_gives_the_record_and_the_reason_again(
        self, record: Record, rejected: Rejected, keys: KeyFile | None
    ) -> None:
        found = kept(record, rejected=rejected, keys=keys)
        assert (found.topic, found.key, found.value, found.headers) == (
            record.topic,
            record.key,
            record.value,
            record.headers,
        )
        assert (found.code, found.faults) == (rejected.code, tuple(rejected.faults))
        assert found.position == record.position
        assert found.rejected_at == NOW.isoformat()

    def test_tells_no_value_from_an_empty_one(self) -> None:
        assert kept(record(value=None)).value is None
        assert kept(record(value=b"")).value == b""

    def test_tells_no_key_from_an_empty_one(self) -> None:
        assert kept(record(key=None)).key is None
        assert kept(record(key=b"")).key == b""

    def test_never_has_a_null_value_which_would_take_it_off_the_list(self) -> None:
        message = letter(record(value=None), Rejected("empty"), topic=TOPIC, now=NOW)
        assert message.value == b""
        assert message.key == f"incident-reports.v1/3/7/{record(value=None).identity.hex[:8]}"
        assert message.topic == TOPIC

    def test_is_not_fooled_by_headers_that_bear_our_names(self) -> None:
        forged = (("tongxin_topic", b"cases.v1"), ("tongxin_faults", b"["), ("tongxin_null", b"1"))
        found = kept(record(headers=forged))
        assert found.topic == "incident-reports.v1"
        assert found.value == b"{}"
        assert found.faults == ()
        assert found.headers == forged

    def test_of_a_dead_letter_still_comes_back(self) -> None:
        first = letter(record(), Rejected("invalid"), topic=TOPIC, now=NOW)
        second = record(headers=first.headers, value=first.value)
        assert kept(second).headers == first.headers

    def test_can_be_read_when_it_has_no_headers_of_ours(self) -> None:
        found = opened(b"a/0/1", b"x", ())
        assert (found.code, found.faults, found.value) == ("unknown", (), b"x")
        assert (found.name, found.position) == ("a/0/1", "a/0/1")

    def test_has_one_id_per_stage_and_record(self) -> None:
        assert letter_id(record(), stage="a") == letter_id(record(), stage="a")
        assert letter_id(record(), stage="a") != letter_id(record(), stage="b")

    @pytest.mark.parametrize(
        "other",
        [
            record(value=b"other"),
            record(key=b"other"),
            record(key=None),
            record(headers=(("k", b"{}"),)),
            record()._replace(timestamp_ms=1),
            record()._replace(offset=8),
        ],
    )
    def test_of_another_record_at_its_place_is_another(self, other: Record) -> None:
        """A topic that was made anew begins again with its first offset."""
        assert letter_id(other, stage="a") != letter_id(record(), stage="a")
        assert kept(other).name != kept(record()).name


class TestReplay:
    @given(sent=records)
    def test_sends_the_record_as_it_was(self, sent: Record) -> None:
        again = replayed(kept(sent), by=["intake"])
        assert (again.topic, again.key_bytes, again.value) == (sent.topic, sent.key, sent.value)
        assert again.headers[:-1] == sent.headers

    def test_is_told_from_a_repeat_by_those_who_put_it_aside(self) -> None:
        letter_ = kept(record())
        again = replayed(letter_, by=["router", "notifier"])
        came = record(headers=again.headers)
        assert replay_of(came, service="router") == letter_.name
        assert replay_of(came, service="intake") is None
        assert replay_of(record(), service="router") is None

    def test_leaves_no_trace_in_the_letter_of_one_that_is_still_wrong(self) -> None:
        again = replayed(kept(record(headers=(("x", b"1"),))), by=["intake"])
        assert kept(record(headers=again.headers)).headers == (("x", b"1"),)

    def test_takes_the_letter_off_the_list(self) -> None:
        letter_ = kept(record())
        gone = taken_off(letter_, dead_letter_topic=TOPIC)
        assert (gone.topic, gone.key, gone.value) == (TOPIC, letter_.name, None)


class TestSealedLetter:
    FAULTS = Rejected("invalid", (Fault("13800138000", "is not expected here"),))

    def message(self) -> Message:
        found = record(
            key=b"13800138000", value=b'{"13800138000": 1}', headers=(("x", b"13800138000"),)
        )
        return letter(found, self.FAULTS, topic=TOPIC, now=NOW, ring=KEYS.ring)

    def test_tells_nothing_of_the_record_but_its_place_and_why_in_a_word(self) -> None:
        message = self.message()

        parts = [message.key.encode(), message.value or b"", *(body for _, body in message.headers)]
        assert not [part for part in parts if b"138" in part]
        found = opened(message.key.encode(), message.value or b"", message.headers)
        assert (found.code, found.topic, found.is_sealed) == (
            "invalid",
            "incident-reports.v1",
            True,
        )
        assert "was not given" in found.faults[0].reason

    def test_says_which_key_it_needs(self) -> None:
        message = self.message()
        other = KeyFile(Path("none"), Ring({"second": bytes(32)}))

        found = opened(message.key.encode(), message.value or b"", message.headers, keys=other)

        assert found.is_sealed
        assert "first" in found.faults[0].reason

    def test_does_not_open_under_another_name(self) -> None:
        message = self.message()

        found = opened(
            b"incident-reports.v1/3/8/0", message.value or b"", message.headers, keys=KEYS
        )

        assert found.is_sealed
