"""A service whose database was put back gives no number that the log has under another event."""

from uuid import UUID

from aiokafka import ConsumerRecord

from services.kit.stage.said_before import SaidBefore

CASE = UUID(int=7)
OURS = "/tongxin/notifier"


def record(number: int, kind: str, source: str = OURS) -> ConsumerRecord[bytes, bytes]:
    headers = (
        ("ce_source", source.encode()),
        ("ce_type", kind.encode()),
        ("ce_sequence", str(number).encode()),
    )
    key = str(CASE).encode()
    return ConsumerRecord("cases.v1", 0, number, 0, 0, key, b"{}", None, 3, 2, headers)


def said(*kinds: str, source: str = OURS) -> SaidBefore:
    found = SaidBefore(OURS)
    for number, kind in enumerate(kinds, start=3):
        found.note(record(number, kind, source))
    return found


class TestNumber:
    def test_of_what_is_told_again_stays(self) -> None:
        found = said("case.accepted", "case.escalated", "case.closed")
        assert found.next_number(CASE, last=2, kind="case.accepted") == 3

    def test_of_another_event_is_not_given_again(self) -> None:
        found = said("case.accepted", "case.escalated", "case.closed")
        assert found.next_number(CASE, last=3, kind="case.closed") == 5
        assert found.next_number(CASE, last=3, kind="case.returned") == 6

    def test_goes_on_from_the_last_where_nothing_was_said(self) -> None:
        found = said("case.accepted", source="/tongxin/router")
        assert found.next_number(CASE, last=2, kind="case.closed") == 3
        assert said("case.accepted").next_number(UUID(int=8), last=2, kind="case.closed") == 3
