"""Reports let go at their own times."""

from services.upstream.outcomes import Translated
from services.upstream.replay import Pace
from tests.support.upstreams import a_mapping, translated

MAPPING = a_mapping()


def at(time: str, id_: str = "7") -> Translated:
    return translated(MAPPING, at=f"2021-03-04T{time}", id=id_)


class FakeTime:
    """Seconds that pass by sleeping only."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class TestPace:
    async def test_is_that_of_the_reports_sped_up(self) -> None:
        time = FakeTime()
        pace = Pace(60, monotonic=time.now, sleep=time.sleep)
        for clock in ("09:00", "09:01", "09:01", "10:01"):
            await pace.until(at(clock).report.reported_at)
        assert time.slept == [1.0, 60.0]

    async def test_makes_up_for_time_lost(self) -> None:
        time = FakeTime()
        pace = Pace(60, monotonic=time.now, sleep=time.sleep)
        await pace.until(at("09:00").report.reported_at)
        time.seconds += 5
        await pace.until(at("09:03").report.reported_at)
        await pace.until(at("09:10").report.reported_at)
        assert time.slept == [5.0]
