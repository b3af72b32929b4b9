"""How long somebody waits after tries in vain."""

from datetime import UTC, datetime, timedelta

import pytest

from services.desk.domain.pauses import (
    OF_ACCOUNT,
    OF_ADDRESS,
    Patience,
    failures_before,
    pause_after,
)

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize("patience", [OF_ACCOUNT, OF_ADDRESS])
class TestPause:
    def test_never_shrinks_with_failures_and_has_an_end(self, patience: Patience) -> None:
        pauses = [pause_after(n, patience) for n in range(10_000)]
        assert pauses == sorted(pauses)
        assert pauses[patience.free] == timedelta()
        assert pauses[-1] == patience.longest

    def test_lets_few_guesses_a_day(self, patience: Patience) -> None:
        tries, waited = 0, timedelta()
        while waited < timedelta(days=1):
            tries += 1
            waited += pause_after(tries, patience)
        assert tries < patience.free + 110


class TestFailures:
    def test_are_forgotten_after_a_day_without_one(self) -> None:
        def counted(last: datetime) -> int:
            return failures_before(9, last=last, now=NOW, patience=OF_ACCOUNT)

        assert counted(NOW - timedelta(hours=23)) == 9
        assert counted(NOW - timedelta(hours=24)) == 0
