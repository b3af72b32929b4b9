"""A ledger as a person checks it: what ran adds up, and one is late at the most."""

from datetime import datetime, timedelta

from schemas.plan import Plan
from schemas.standing import whose_turn
from services.notifier.domain.case import Case
from services.notifier.domain.ledger import Ledger
from services.notifier.domain.own_clocks import own_clocks
from services.notifier.http.stages import own_clock_views


def add_up(ledger: Ledger, case: Case, *, now: datetime, plan: Plan) -> None:
    """See that segments sum to what passed, and whom each clock is of."""
    for account in ledger.accounts:
        for run in account.runs:
            after = account.used(now) if run.used_after is None else run.used_after
            passed = account.clock.counting.between(run.since, run.until or now)
            assert after - run.used_before == max(passed, timedelta())
    for stage in ledger.stages.all:
        spans = [
            stage.running.counting.between(one.since, one.until or now) for one in stage.stretches
        ]
        assert stage.used(now) == sum(spans, timedelta())
        assert stage.goes_on == (stage.stretches[-1].until is None)
    running = {stage.running.clock: stage.running for stage in ledger.stages.all if stage.goes_on}
    assert ("dispatch" in running) == (case.dispatch_by is not None)
    assert ("resident" in running) == (case.closed_at is None and case.promised_by is not None)
    assert [s.running.clock for s in ledger.stages.all].count("acceptance") == 1
    assert ledger.file is not None
    turns, turn = [*own_clocks(ledger.file, plan)], whose_turn(case)
    assert turns[:1] == ([] if turn is None else [turn])
    late = [one for one in own_clock_views(ledger.file, plan, now=now) if one.late_now]
    assert len(late) <= 1
    assert (len(late) == 1) == (turn is not None and turn.is_late(now))
