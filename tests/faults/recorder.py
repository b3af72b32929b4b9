"""Where a run writes its history while it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from services.kit.clock import system_clock
from tests.faults.history import Appender, Fault, Sample


class Recorder:
    """The files of one run's faults and samples; whoever acts elsewhere has files of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.began_at = system_clock()
        self.injected: list[str] = []
        self._faults = Appender(folder / "faults.jsonl")
        self._timeline = Appender(folder / "timeline.jsonl")

    def close(self) -> None:
        """Close the files."""
        for appender in (self._faults, self._timeline):
            appender.__exit__()

    def fault(
        self, kind: str, target: str, *, begun_at: datetime | None = None, note: str = ""
    ) -> None:
        """Write down a fault: of this moment, or one that began at `begun_at` and ends now."""
        now = system_clock()
        ended = None if begun_at is None else now
        fault = Fault(kind=kind, target=target, begun_at=begun_at or now, ended_at=ended, note=note)
        self.injected.append(kind)
        self._faults.add(fault)

    @contextmanager
    def lasting(self, kind: str, target: str, *, note: str = "") -> Iterator[None]:
        """Write down a fault that lasts as long as the block."""
        begun_at = system_clock()
        try:
            yield
        finally:
            self.fault(kind, target, begun_at=begun_at, note=note)

    def sample(self, sample: Sample) -> None:
        """Write down how a service was doing."""
        self._timeline.add(sample)
