"""Report to assignment: what is sustained with a level backlog, and how long one report takes."""

from functools import partial

from bench import costs, stand
from bench.open_loop import Asked, Outcome, run
from bench.results import Row, Scale
from services.machine.house import House

_STEP = 0.9
_TRIES = 5
_SECONDS = 20
_WARM_UP = 5.0
_ASKED = {
    25: "p50 10 ms, p99 25 ms",
    100: "p50 10 ms, p99 25 ms",
    400: "p99 50 ms",
    1_000: "p99 50 ms",
}
"""Reports a second, and what is aimed at."""


def sustained(scale: Scale) -> list[Row]:
    """Find the highest rate at which the backlog stays level, from what a full queue gives down."""
    with stand.house(postgres=scale.postgres) as running:
        measure = partial(run, groups=lambda: stand.groups(running))
        count = scale.of(20_000, quick=600)
        drained = measure(Asked(kafka=running.kafka, count=count, rate=0, seed=1))
        rows = [
            Row(what=f"drain of {count:,} waiting reports", found=f"{drained.throughput:,.0f}/s")
        ]
        rate = drained.throughput * _STEP
        for number in range(scale.of(_TRIES, quick=1)):
            outcome = _at(running, rate, seed=2 + number, scale=scale)
            rows.append(_row(outcome, "level" if outcome.is_flat else "growing"))
            if outcome.is_flat:
                break
            rate *= _STEP
    best = next((o for o in rows if o.found.startswith("level")), None)
    told = "none tried was level" if best is None else best.what
    return [Row(what="sustained, backlog level", found=told, aim="5,000/s"), *rows]


def latency(scale: Scale) -> list[Row]:
    """Measure latencies from an ordinary day's rate to a district's at its worst."""
    with stand.house(postgres=scale.postgres) as running:
        _at(running, 200, seed=1, scale=scale)
        return [
            _row(_at(running, rate, seed=seed, scale=scale), aim)
            for seed, (rate, aim) in enumerate(_ASKED.items(), start=2)
        ]


def _at(running: House, rate: float, *, seed: int, scale: Scale) -> Outcome:
    seconds = scale.of(_SECONDS, quick=2)
    return run(
        Asked(
            kafka=running.kafka,
            count=max(1, int(rate * seconds)),
            rate=rate,
            seed=seed,
            warm_up=_WARM_UP if seconds > _WARM_UP else 0.0,
        ),
        groups=lambda: stand.groups(running),
    )


def _row(outcome: Outcome, note: str) -> Row:
    p50, p99, most = (outcome.latency(p) for p in ("50", "99", "100"))
    is_verdict = note in {"level", "growing"}
    told = f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {most:.0f} ms"
    missing = outcome.found["missing"]
    return Row(
        what=f"{outcome.asked.rate:,.0f}/s for {outcome.asked.count / outcome.asked.rate:.0f} s",
        found=f"{note}; {told}" if is_verdict else told,
        aim="" if is_verdict else note,
        more=costs.told(outcome.used, seconds=outcome.found["seconds"])
        + f"; generator at most {outcome.sent['latest_ms']:.0f} ms late"
        + (f"; {missing} not ended" if missing else ""),
    )
