"""Report to closure: every event of a case, with departments that answer at once."""

from bench import answerer, costs, stand
from bench.open_loop import Asked, Outcome, run
from bench.results import Row, Scale
from schemas.lifecycle import CaseEvent

SEED_CASES = 70_970
_FRESH_SHARE = 0.94
_PATIENCE = 60.0


def full_life(scale: Scale) -> list[Row]:
    """Measure closed cases a second while a full queue is worked off."""
    outcome = _closed(scale.of(10_000, quick=400), scale=scale)
    aim = "1,500 cases/s"
    return [_row(outcome, f"{outcome.throughput:,.0f} cases/s", aim=aim)]


def district(scale: Scale) -> list[Row]:
    """Take the seed district's ledger, a year or more of cases, from report to closure."""
    cases = scale.of(SEED_CASES, quick=800)
    outcome = _closed(int(cases / _FRESH_SHARE), scale=scale)
    return [_row(outcome, f"{outcome.found['seconds']:.1f} s", aim="60 s")]


def _closed(count: int, *, scale: Scale) -> Outcome:
    with stand.house(postgres=scale.postgres) as running:
        log = running.logs / "departments.log"
        running.children.start("departments", answerer.main, running.kafka, log)
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


def _row(outcome: Outcome, found: str, *, aim: str) -> Row:
    closed, merged, missing = (outcome.found[name] for name in ("ended", "merged", "missing"))
    return Row(
        what=f"report to closure: {closed:,} cases closed, {merged:,} merged, {missing:,} open",
        found=found,
        aim=aim,
        more=costs.told(outcome.used, seconds=outcome.found["seconds"]),
    )
