"""When the work counts as done, whether somebody looks again, and how long it can be reopened."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas.plan import ClosingRule
from services.notifier.domain.case import COUNTED, CaseFile, PartStatus


def is_done(file: CaseFile) -> bool:
    """Tell whether enough parts are done: the closing rule of the case, over who is still in it.

    After a failed check the lead must have done the work again, whatever the others did before.
    """
    lead = file.lead
    lead_done = lead is not None and lead.status is PartStatus.DONE
    if file.case.failures and not lead_done:
        return False
    parties = [part for part in file.parts.values() if part.status in COUNTED]
    done = sum(part.status is PartStatus.DONE for part in parties)
    rule = ClosingRule.parse(file.case.closing)
    return rule.is_met(lead_done=lead_done, done=done, parties=len(parties))


def missing_evidence(demanded: Sequence[str], *, given: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of proof that were demanded and are not there; `given` can be looked at."""
    there = set(given)
    return tuple(kind for kind in demanded if kind not in there)


def may_reopen(closed_at: datetime, *, now: datetime, within: timedelta) -> bool:
    """Tell whether a reporter may still say that a closed case is not solved."""
    return now <= closed_at + within
