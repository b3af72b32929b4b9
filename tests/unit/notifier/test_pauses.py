"""In which pauses somebody silent is asked again: of working hours no night is one."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.plan.limits import Limit
from services.notifier.domain.lateness import Pause, growing, pause_of
from tests.support.notifier import the_plan

HOUR = timedelta(hours=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=the_plan().timezone).astimezone(UTC)


def asked(due: datetime, pause: Pause, *, times: int) -> list[datetime]:
    """Return when somebody is asked who is silent from an instant on."""
    found = [due]
    for _ in range(times):
        found.append(growing(due, pause=pause, plan=the_plan(), now=found[-1]))
    return found[1:]


class TestPauses:
    @pytest.mark.parametrize("limit", ["2 WH", "1 WD"])
    def test_of_working_time_pass_while_people_work(self, limit: str) -> None:
        wait = Limit.parse(limit)
        pause = pause_of(wait, the_plan(), 14 * HOUR)
        monday = local("2026-01-05 17:00")
        expected = {
            "2 WH": ["2026-01-06 09:00", "2026-01-06 15:00", "2026-01-07 15:00"],
            "1 WD": ["2026-01-06 17:00", "2026-01-07 17:00", "2026-01-08 17:00"],
        }[limit]
        assert asked(monday, pause, times=3) == [local(text) for text in expected]

    def test_of_time_that_runs_on_are_as_long_as_it_was_waited(self) -> None:
        pause = pause_of(timedelta(minutes=5), the_plan(), 2 * HOUR)
        monday = local("2026-01-05 17:00")
        hours = (2, 6, 14, 30, 54)
        assert asked(monday, pause, times=5) == [monday + n * HOUR for n in hours]
