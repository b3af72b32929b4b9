"""Report to closure: every event of a case, with departments that answer at once."""

from contextlib import nullcontext

from bench import costs, stand
from bench.open_loop import Asked, Outcome, run
from bench.results import Row, Scale
from schemas.lifecycle import CaseEvent

SEED_CASES = 70_970
_FRESH_SHARE = 0.94
_PATIENCE = 60.0


def full_life(scale: Scale) -> list[Row]:
    """Measure closed cases a second while a full queue is worked off.

    The desk only reads along; once more without it tells what the way of a case itself costs.
    """
    count, found = scale.of(10_000, quick=400), []
    for processes, desk in ((1, True), (stand.PROCESSES, True), (1, False)):
        outcome = _closed(count, processes=processes, scale=scale, desk=desk)
        told = f"{outcome.throughput:,.0f} cases/s"
        found.append(_row(outcome, told, processes=processes, desk=desk, aim="1,500 cases/s"))
    return found


def district(scale: Scale) -> list[Row]:
    """Take the seed district's ledger, a year or more of cases, from report to closure."""
    cases = scale.of(SEED_CASES, quick=800)
    outcome = _closed(int(cases / _FRESH_SHARE), processes=stand.PROCESSES, scale=scale)
    told = f"{outcome.found['seconds']:.1f} s"
    return [_row(outcome, told, processes=stand.PROCESSES, aim="60 s")]


def _closed(count: int, *, processes: int, scale: Scale, desk: bool = True) -> Outcome:
    with (
        stand.house(postgres=scale.postgres, processes=processes) as running,
        nullcontext() if desk else stand.paused(running, "desk"),
    ):
        stand.start_departments(running)
        return run(
            Asked(
                kafka=running.kafka,
                count=count,
                rate=0,
                seed=1,
                wanted=CaseEvent.CLOSED.value,
                patience=_PATIENCE,
            ),
            groups=lambda: stand.groups(running),
        )


def _row(outcome: Outcome, found: str, *, processes: int, aim: str, desk: bool = True) -> Row:
    closed, merged, missing = (outcome.found[name] for name in ("ended", "merged", "missing"))
    return Row(
        what=f"report to closure{'' if desk else ' without the desk'}, "
        f"processes a service: {processes}; "
        f"{closed:,} cases closed, {merged:,} merged, {missing:,} open",
        found=found,
        aim=aim,
        more=costs.told(outcome.used, seconds=outcome.found["seconds"]),
    )
