"""When what has ended is started again."""

from dataclasses import dataclass, field

from services.machine.children import Restarts


@dataclass
class Part:
    """Something that is started, runs for a while and ends, on a clock of its own."""

    seconds: float = 0.0
    restarts: Restarts = field(init=False)

    def __post_init__(self) -> None:
        self.restarts = Restarts(now=lambda: self.seconds)

    def ended_after(self, seconds: float) -> float:
        """Run for so many seconds and end; returns how long the next start took to come."""
        self.seconds += seconds
        ended_at = self.seconds
        while not self.restarts.may_start():
            assert self.restarts.is_waiting
            self.seconds += 0.5
        assert not self.restarts.is_waiting
        return self.seconds - ended_at


class TestRestarts:
    def test_come_at_once_and_then_after_pauses_that_grow_to_half_a_minute(self) -> None:
        part = Part()
        pauses = [part.ended_after(0.5) for _ in range(8)]
        assert pauses == [0, 1, 2, 4, 8, 16, 30, 30]

    def test_come_at_once_for_what_ran_for_a_minute(self) -> None:
        part = Part()
        assert [part.ended_after(1) for _ in range(4)] == [0, 1, 2, 4]
        assert part.ended_after(61) == 0
        assert part.ended_after(1) == 1

    def test_never_give_up(self) -> None:
        part = Part()
        assert max(part.ended_after(0.5) for _ in range(1_000)) == 30
