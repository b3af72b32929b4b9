"""`tongxin plan`: check routing plans before they are used, and show what one says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from schemas.plan import (
    Category,
    Department,
    Examined,
    Finding,
    Plan,
    Severity,
    departures,
    examine,
    plan_bytes,
)
from services.commands.options import usable_plan
from services.commands.plan_calendar import calendar
from services.kit.clock import system_clock
from services.kit.printable import printable_lines

app = typer.Typer(name="plan", help="Check routing plans, and show one.", no_args_is_help=True)

app.command()(calendar)

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True)]

Against = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="The plan in force: warn of what is taken away from it.",
    ),
]


On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Check as on this day, for which years matter: today."),
]


@app.command()
def check(files: Files, *, against: Against = None, on: On = None) -> None:
    """Name every mistake in the plans, with line and advice; exit 1 if one cannot be used."""
    console = Console()
    before = None if against is None else usable_plan(against)
    today = (on or system_clock()).date()
    examined = {file: _examine(file, before=before, today=today) for file in files}
    for file, result in examined.items():
        _print_findings(console, file, result)
    if any(result.errors for result in examined.values()):
        raise typer.Exit(1)


@app.command()
def show(file: File) -> None:
    """Print departments, categories and rules of a plan."""
    console = Console()
    examined = _examine(file)
    if examined.plan is None or examined.errors:
        _print_findings(console, file, examined)
        raise typer.Exit(1)
    plan = examined.plan
    console.print(f"[bold]{escape(plan.title_zh)} {escape(plan.title_en)}[/]")
    console.print(f"version {plan.version}, {plan.timezone}, {len(plan.grids)} grids")
    console.print(_working(plan))
    console.print(_departments(plan.departments.values()))
    console.print(_categories(plan.categories.values()))
    console.print(_rules(plan))


def _examine(file: Path, *, before: Plan | None = None, today: date | None = None) -> Examined:
    examined = examine(plan_bytes(file), name=str(file), today=today)
    if before is None or examined.plan is None:
        return examined
    gone = departures(before, examined.plan)
    return replace(examined, findings=(*examined.findings, *gone))


def _print_findings(console: Console, file: Path, examined: Examined) -> None:
    if examined.findings and console.is_terminal:
        console.print(_findings(file, examined.findings))
    else:
        # In a pipe or an editor one line per finding is worth more than a table.
        for found in examined.findings:
            typer.echo(printable_lines(f"{found.severity}: {found.describe(str(file))}"))
    errors = len(examined.errors)
    warnings = len(examined.findings) - errors
    version = f", version {examined.plan.version}" if examined.plan and not errors else ""
    typer.echo(f"{file}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}{version}")


def _counted(number: int, what: str) -> str:
    """Return a number with its noun.

    >>> _counted(1, "error"), _counted(0, "warning")
    ('1 error', '0 warnings')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _findings(file: Path, findings: Iterable[Finding]) -> Table:
    table = Table("line", "", "where", "what", "advice", title=str(file))
    for found in findings:
        table.add_row(
            str(found.line),
            f"[{_COLOURS[found.severity]}]{found.severity}[/]",
            escape(found.where),
            escape(found.message),
            escape(found.advice),
        )
    return table


def _working(plan: Plan) -> str:
    """Return when people work, and of which years the plan knows the holidays."""
    week = f"{', '.join(plan.working.days)} {', '.join(map(str, plan.working.periods))}"
    years = ", ".join(f"{table.year} {table.status}" for table in plan.calendar.values())
    return f"works {week}; holidays of {years or 'no year'}"


def _departments(departments: Iterable[Department]) -> Table:
    table = Table(
        Column("code", overflow="fold"), "tier", "名称", "title", "on call", title="departments"
    )
    for department in departments:
        persons = ", ".join(person.id for person in department.people)
        table.add_row(
            department.code,
            department.tier,
            escape(department.title_zh),
            escape(department.title_en),
            escape(persons or department.desk or "desk"),
        )
    return table


def _categories(categories: Iterable[Category]) -> Table:
    table = Table(
        Column("code", overflow="fold"),
        "名称",
        "title",
        "lead",
        "co-handlers",
        "",
        "limit",
        title="categories",
    )
    for category in categories:
        table.add_row(
            escape(category.code),
            escape(category.title_zh),
            escape(category.title_en),
            category.lead,
            ", ".join(category.co_handlers),
            category.urgency,
            str(category.limit),
        )
    return table


def _rules(plan: Plan) -> Table:
    table = Table("", "id", "when", "lead", "why", title="rules, the first that matches decides")
    for number, rule in enumerate(plan.rules, start=1):
        when = rule.when.model_dump(by_alias=True, exclude_defaults=True, exclude={"between"})
        conditions = [f"{key}: {', '.join(values)}" for key, values in when.items()]
        if rule.when.between is not None:
            conditions.append(f"between: {rule.when.between}")
        table.add_row(
            str(number),
            escape(rule.id),
            escape("; ".join(conditions)),
            rule.lead,
            escape(rule.reason_en),
        )
    return table
