"""From an empty folder to the first assignment of a first report."""

import statistics
import time

from bench import stand
from bench.open_loop import Asked, run
from bench.results import Row, Scale


def start(scale: Scale) -> list[Row]:
    """Start a house several times and give it one report."""
    ready, first = [], []
    for _ in range(scale.of(3, quick=1)):
        began = time.monotonic()
        with stand.house(postgres=scale.postgres) as running:
            ready.append(time.monotonic() - began)
            outcome = run(Asked(kafka=running.kafka, count=1, rate=0, seed=1))
            first.append(outcome.found["seconds"])
    return [
        Row(
            what="nothing to ready",
            found=f"{statistics.median(ready):.1f} s",
            more=", ".join(f"{one:.1f}" for one in ready),
        ),
        Row(
            what="ready, first report to its assignment",
            found=f"{statistics.median(first):.2f} s",
            more=", ".join(f"{one:.2f}" for one in first),
        ),
    ]
