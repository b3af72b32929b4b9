"""What the load of a run is: how much of what, from which seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open-loop reports at `rate` a second, and how the departments answer.

    Shares are of the reports (`http`, `duplicates`, `invalid`, `nearby`) or of the work orders
    (`sleepy`, `decline`, `shuffled`, `foreign`, `notes`, `commands`). A duplicate comes `copies`
    times more. `poison` is how many records nobody can read are strewn in, `early` the share of
    reports that somebody answers before the order can be there, `burst` sends all reports at once.
    A `steady` load goes on after its `reports` for as long as something is being broken.
    `librdkafka` says all of it by another client than ours.
    """

    reports: int = 120
    rate: float = 20.0
    http: float = 0.25
    duplicates: float = 0.05
    copies: tuple[int, int] = (1, 3)
    invalid: float = 0.03
    nearby: float = 0.08
    poison: int = 4
    early: float = 0.0
    burst: bool = False
    steady: bool = True
    sleepy: float = 0.05
    decline: float = 0.07
    shuffled: float = 0.0
    foreign: float = 0.02
    notes: float = 0.1
    commands: float = 0.0
    unknown_fields: bool = False
    librdkafka: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the actors are told: where everything is, what to do, and where to write it down.

    `tokens` are those of keys by the role that they command in.
    """

    kafka: str
    intake: tuple[str, ...]
    notifier: tuple[str, ...]
    tokens: Mapping[str, str]
    plan: str
    clock: str
    seed: int
    history: Path
    load: Load = field(default_factory=Load)

    @property
    def over_file(self) -> Path:
        """Where the run says that nothing more is broken."""
        return self.history / "faults.over"


def done_file(history: Path) -> Path:
    """Return where the reporters say that everything is sent."""
    return history / "load.done"
