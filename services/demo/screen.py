"""What the audience sees: the day as it goes, and the sums at its end."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.lifecycle import CaseState
from schemas.plan import Plan
from services.demo.ledger import COUNTED, Ledger
from services.demo.scenes import SetPiece
from services.kit.printable import printable

_SHOWN_NOTES = 6
_SHOWN_OPEN = 12
ROOM_FOR_DEPARTMENTS = 36
"""Lines a terminal must have for the long screen."""

_WAITS_FOR: Mapping[CaseState, str] = {
    CaseState.REGISTERED: "the router",
    CaseState.ASSIGNED: "a signature of {department}",
    CaseState.ACCEPTED: "{department} to start",
    CaseState.HANDLING: "{department}'s work, or a co-handler's part",
    CaseState.RETURNED: "the router",
    CaseState.SUSPENDED: "the date until which it rests",
    CaseState.INSPECTING: "the supervision's check",
    CaseState.REWORK: "{department} to do it again",
    CaseState.REOPENED: "the router",
}


def live(ledger: Ledger, plan: Plan, *, at: datetime, factor: float, short: bool) -> Group:
    """Return the screen while the day goes on; `at` is the demo's clock in the plan's zone.

    `factor` is how fast that clock runs. A `short` screen leaves out the departments, for a
    terminal that has no room for them.
    """
    head = Text.assemble(
        ("同心 Tongxin", "bold green"),
        f"   {plan.title_zh} {plan.title_en}   {at:%H:%M} at {factor:.0f}x"
        f"  reports {ledger.reported}  cases {len(ledger.cases)}  merged {len(ledger.merged)}"
        f"  refused or unreadable {ledger.refused}  closed {ledger.closed}"
        f"  notices {ledger.notices}",
    )
    notes = "\n".join(ledger.noted[-_SHOWN_NOTES:]) or "a quiet day so far"
    states, noted = _states(ledger), Panel(notes, title="of note")
    if short:
        return Group(head, states, noted)
    return Group(Panel(head), _departments(ledger, plan), states, noted)


def _departments(ledger: Ledger, plan: Plan) -> Table:
    table = Table(title="1+3+N: leads", expand=True, box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.add_column("tier", no_wrap=True, min_width=len("tier"))
    # Only the name gives way where the screen is narrow; numbers and heads stay whole.
    table.add_column("department", no_wrap=True, overflow="ellipsis", ratio=1)
    for name in COUNTED.values():
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    for code, department in plan.departments.items():
        line = ledger.departments.get(code)
        if line is not None:
            name = f"{department.title_zh} {department.title_en}"
            table.add_row(department.tier, name, *(str(line[event]) for event in COUNTED))
    return table


def _states(ledger: Ledger) -> Panel:
    told = "   ".join(f"{state} {n}" for state, n in sorted(ledger.states().items()))
    return Panel(told or "no cases yet", title="cases by state")


def final(ledger: Ledger, console: Console) -> None:
    """Print the sums, and every case that is still open with what it waits for."""
    table = Table(title="The day adds up" if ledger.holds() else "The day does NOT add up")
    table.add_column("sum")
    table.add_column("count", justify="right")
    rows = (
        ("records sent to incident-reports.v1", ledger.records),
        ("  of them the same report again", ledger.repeats),
        ("reported", ledger.reported),
        ("  registered as a case", len(ledger.cases)),
        ("  merged into an open case", len(ledger.merged)),
        ("  rejected by the plan (case.rejected)", sum(ledger.rejected.values())),
        ("  unreadable (dead letters)", len(ledger.letters)),
        ("  not accounted for", ledger.missing()),
        ("registered", len(ledger.cases)),
        ("  closed", ledger.closed),
        ("  open, each with its reason below", len(ledger.open_cases())),
        ("events out of order or against the life cycle", len(ledger.violations)),
        ("notices issued", ledger.notices),
        ("answers that came too late or out of turn, refused", ledger.refusals),
    )
    for name, number in rows:
        table.add_row(name, str(number), style="" if name.startswith("  ") else "bold")
    console.print(table)
    _print_open(ledger, console)
    for violation in ledger.violations:
        console.print(printable(violation), style="red", markup=False)


def scene(
    piece: SetPiece, story: Iterable[Mapping[str, Any]], console: Console, *, zone: tzinfo
) -> None:
    """Print what the story of a scene's case tells of it; times in the plan's zone."""
    console.print(f"\n{piece.title}", style="bold", markup=False, highlight=False)
    for line in story:
        if piece.tells(line):
            at = datetime.fromisoformat(line["at"]).astimezone(zone)
            for head, text in ((f"{at:%a %H:%M}", line["text_zh"]), ("", line["text_en"])):
                told = f"  {head:9}  {printable(text)}"
                console.print(told, markup=False, highlight=False, soft_wrap=True)


def _print_open(ledger: Ledger, console: Console) -> None:
    cases = ledger.open_cases()
    if not cases:
        return
    console.print(f"Open at the end of the day: {len(cases)}", style="bold")
    # Lines and no table: a terminal of 80 columns has no room for an id beside what it is.
    for case in cases[:_SHOWN_OPEN]:
        waits = _WAITS_FOR.get(case.state, "{department}").format(department=case.department)
        console.print(f"{case.case_id}  {printable(case.title)}", markup=False, highlight=False)
        console.print(f"    {case.state}, waits for {waits}", markup=False, highlight=False)
    if len(cases) > _SHOWN_OPEN:
        more = len(cases) - _SHOWN_OPEN
        console.print(
            f"and {more} more: GET /cases?open=true of the desk of a house that runs (--stay)"
        )
