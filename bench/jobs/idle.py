"""What a house costs that has nothing to do."""

import time

from bench import costs, stand
from bench.results import Row, Scale
from schemas.topics import SERVICES
from services.machine.house import House

_SETTLE_SECONDS = 10
_SECONDS = 30


def idle(scale: Scale) -> list[Row]:
    """Measure CPU and memory of each part of a fresh house that nobody reports to."""
    with stand.house(postgres=scale.postgres) as running:
        time.sleep(scale.of(_SETTLE_SECONDS, quick=1))
        seconds = scale.of(_SECONDS, quick=2)
        return [
            Row(
                what=f"idle: {name}",
                found=f"{cost.cpu / seconds * 100:.1f} % CPU, "
                f"{cost.resident / costs.MIB:.0f} MiB resident",
                more=f"{cost.memory / costs.MIB:.0f} MiB with shared pages counted once",
                aim="3 % CPU, 100 MiB" if name in SERVICES else "",
            )
            for name, cost in used_in(running, seconds=seconds).items()
        ]


def used_in(running: House, *, seconds: float) -> costs.Costs:
    """Return what each part of a house uses in so many seconds from now."""
    before = costs.measured(stand.groups(running))
    time.sleep(seconds)
    return costs.since(before, costs.measured(stand.groups(running)))
