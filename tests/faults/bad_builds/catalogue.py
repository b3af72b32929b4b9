"""Every known-bad build: the row that shows it, and the anomalies it may be caught by."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.faults.checker.anomalies import Kind
from tests.faults.load.asked import Load
from tests.faults.matrix import ALL_ROWS
from tests.faults.rows.databases import killed_at_commit
from tests.faults.rows.kills import told_to_stop
from tests.faults.rows.members import joined_late
from tests.faults.rows.row import Form, Row
from tests.faults.stand import Setting, Stand

_PACKAGE: Final = "tests.faults.bad_builds"
_FEW: Final = Load(reports=70, rate=25.0)
# The clock is quick, so that a case's next deadline is due while a stale owner's news is late.
_TWO: Final = Setting(processes=2, static=False, factor=3_000.0)
_LOSS: Final = frozenset({Kind.LOST_INCIDENT, Kind.LOST_FEEDBACK, Kind.POISON})


@dataclass(frozen=True, slots=True, kw_only=True)
class BadBuild:
    """A mutation, how it is shown, and what it must be caught by (one of these at least)."""

    name: str
    row: Row
    expected: frozenset[Kind]

    @property
    def module(self) -> str:
        """Where its `spoil` is."""
        return f"{_PACKAGE}.{self.name}"


def _row(
    id_: str,
    inject: Callable[[Stand, Form], Awaitable[None]] | None = None,
    *,
    load: Load = _FEW,
    setting: Setting | None = None,
) -> Row:
    row = ALL_ROWS[id_]
    return replace(row, inject=inject or row.inject, load=load, setting=setting or row.setting)


_BUILDS: Final = (
    BadBuild(
        name="ack_first",
        row=_row("R-04", killed_at_commit),
        expected=_LOSS,
    ),
    BadBuild(
        name="publish_before_commit",
        row=_row("R-04", killed_at_commit),
        expected=frozenset({Kind.CONFLICTING, Kind.PRECOMMITTED_READ, Kind.DUP_CASE}),
    ),
    BadBuild(
        name="no_inbox",
        row=_row("R-20", load=replace(_FEW, duplicates=0.5, copies=(1, 5))),
        expected=frozenset({Kind.DUP_EFFECT, Kind.CONFLICTING, Kind.DUP_CASE}),
    ),
    BadBuild(
        name="no_fence",
        row=_row("R-10", joined_late, load=replace(_FEW, reports=200, sleepy=0.6), setting=_TWO),
        expected=frozenset({Kind.NONMONOTONIC_CASE, Kind.CONFLICTING, Kind.POLL_SKIP}),
    ),
    BadBuild(
        name="timer_not_cancelled",
        row=_row("R-21", load=replace(_FEW, reports=50), setting=Setting(factor=3_000.0)),
        expected=frozenset({Kind.ZOMBIE_ESCALATION, Kind.DOUBLE_DEADLINE, Kind.EARLY_DEADLINE}),
    ),
    BadBuild(
        name="timer_forgotten",
        row=_row("R-02", load=replace(_FEW, sleepy=0.6)),
        expected=frozenset({Kind.MISSED_DEADLINE}),
    ),
    BadBuild(
        name="timer_late",
        row=_row("R-21", load=replace(_FEW, reports=12, sleepy=0.6)),
        expected=frozenset({Kind.LATE_DEADLINE}),
    ),
    BadBuild(
        name="outbox_not_swept",
        row=_row("R-04"),
        expected=_LOSS | {Kind.UNSEEN, Kind.VERSION_GAP},
    ),
    BadBuild(
        name="out_of_order",
        row=_row("R-21"),
        expected=frozenset({Kind.NONMONOTONIC_CASE}),
    ),
    BadBuild(
        name="no_order_key",
        row=_row("R-21"),
        expected=frozenset({Kind.NONMONOTONIC_CASE}),
    ),
    BadBuild(
        name="poison_swallowed",
        row=_row("R-24", load=replace(_FEW, poison=20)),
        expected=frozenset({Kind.POISON}),
    ),
    BadBuild(
        name="offsets_at_shutdown",
        row=_row("R-07", told_to_stop, load=replace(_FEW, reports=250)),
        # What the router never read is a case without a lead.
        expected=_LOSS | {Kind.STATE_MISMATCH, Kind.NO_LEAD},
    ),
    BadBuild(
        name="new_ids_at_retry",
        row=_row("R-04"),
        expected=frozenset({Kind.CONFLICTING, Kind.DUP_EFFECT, Kind.PRECOMMITTED_READ}),
    ),
    BadBuild(
        name="case_id_of_clock",
        row=_row("R-20", load=replace(_FEW, duplicates=0.5, copies=(1, 5))),
        expected=frozenset({Kind.DUP_CASE, Kind.PRECOMMITTED_READ}),
    ),
    BadBuild(
        name="reads_uncommitted",
        row=_row("R-44", load=replace(_FEW, librdkafka=True)),
        expected=frozenset({Kind.ABORTED_INCIDENT, Kind.ABORTED_FEEDBACK}),
    ),
    BadBuild(
        name="not_brought_home",
        row=_row("R-44", load=replace(_FEW, librdkafka=True)),
        expected=frozenset({Kind.LOST_FEEDBACK}),
    ),
    BadBuild(
        name="commands_forgotten",
        row=_row("R-01", load=replace(_FEW, commands=0.9)),
        expected=frozenset({Kind.LOST_FEEDBACK}),
    ),
    BadBuild(
        name="commands_twice",
        row=_row("R-01", load=replace(_FEW, commands=0.9)),
        expected=frozenset({Kind.DUP_EFFECT}),
    ),
)

BUILDS: Final = {build.name: build for build in _BUILDS}
"""The bad builds by name."""

STALE: Final = replace(BUILDS["no_fence"], name="stale_owner", expected=frozenset())
"""The same stale owners, with the fence: nothing may be caught."""
