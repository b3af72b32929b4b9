"""What is heard, and which decision it leads to: the whole life of a case at a glance."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from schemas.plan import Plan
from schemas.vocabulary import CommandKind, Word
from services.notifier.domain.annotating import annotated
from services.notifier.domain.archiving import archived
from services.notifier.domain.blocking import waited_too_long
from services.notifier.domain.case import CaseFile
from services.notifier.domain.checks import check_failed, check_late, check_passed
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.co_handlers import dropped, wanted
from services.notifier.domain.correcting import corrected
from services.notifier.domain.ending import dismissed, withdrawn_by_reporter, withdrawn_for
from services.notifier.domain.facts import Life
from services.notifier.domain.handling import answered
from services.notifier.domain.helping import nobody_helps
from services.notifier.domain.lateness import far_overdue, nobody_signed, overdue, remind
from services.notifier.domain.leaving import take_back
from services.notifier.domain.merging import looked_for, merged, unmerged
from services.notifier.domain.promising import missed
from services.notifier.domain.rating import rated
from services.notifier.domain.reassigning import reassigned
from services.notifier.domain.recounting import recounted
from services.notifier.domain.reopening import reopened, reopening_refused
from services.notifier.domain.requests import approved, asked, refused, withdrawn
from services.notifier.domain.supervising import supervised, unsupervised
from services.notifier.domain.suspending import date_has_come, resumed
from services.notifier.domain.triage import triage_late
from services.notifier.domain.undecided import nobody_decided

ANSWERS: Final[dict[Word, Callable[[CaseFile, Any, str, Plan, datetime], Life]]] = {
    Word.ACCEPTED: answered,
    Word.DECLINED: answered,
    Word.STARTED: answered,
    Word.PROGRESS: answered,
    Word.DONE: answered,
    Word.BLOCKED: answered,
    Word.UNBLOCKED: answered,
    Word.CHECK_PASSED: check_passed,
    Word.CHECK_FAILED: check_failed,
    Word.WITHDRAW: withdrawn_by_reporter,
    Word.RATE: rated,
    Word.REOPEN: reopened,
}
"""By what is said: of the case, by which party, under which plan, at which instant."""

COMMANDS: Final[dict[CommandKind, Callable[[CaseFile, Any, Plan, datetime], Life]]] = {
    CommandKind.ANNOTATE: annotated,
    CommandKind.REASSIGN: reassigned,
    CommandKind.CORRECT: corrected,
    CommandKind.ADD_CO_HANDLER: wanted,
    CommandKind.DROP_CO_HANDLER: dropped,
    CommandKind.SUPERVISE: supervised,
    CommandKind.UNSUPERVISE: unsupervised,
    CommandKind.REQUEST: asked,
    CommandKind.WITHDRAW_REQUEST: withdrawn,
    CommandKind.APPROVE: approved,
    CommandKind.REFUSE: refused,
    CommandKind.RESUME: resumed,
    CommandKind.REFUSE_REOPENING: reopening_refused,
    CommandKind.MERGE: merged,
    CommandKind.UNMERGE: unmerged,
    CommandKind.DISMISS: dismissed,
    CommandKind.WITHDRAW: withdrawn_for,
}
"""By what is commanded: of the case, under which plan, at which instant."""

TIMERS: Final[dict[TimerKind, Callable[[CaseFile, Plan, datetime], Life]]] = {
    TimerKind.SIGN: nobody_signed,
    TimerKind.REMIND: remind,
    TimerKind.OVERDUE: overdue,
    TimerKind.OVERDUE_FAR: far_overdue,
    TimerKind.CHECK: check_late,
    TimerKind.TRIAGE: triage_late,
    TimerKind.PART: nobody_helps,
    TimerKind.BLOCKED: waited_too_long,
    TimerKind.LEFT: take_back,
    TimerKind.RECOUNT: recounted,
    TimerKind.MERGED: looked_for,
    TimerKind.ARCHIVE: archived,
    TimerKind.REQUEST: nobody_decided,
    TimerKind.SUSPENSION: date_has_come,
    TimerKind.PROMISE: missed,
}
"""For every kind but `PARKED` and `FILE`, which are no deadlines of a case."""
