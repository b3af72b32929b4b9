"""The `tongxin` command."""

from typing import Annotated

import typer

from schemas.plan import InvalidPlan
from services.commands import db, dead_letters, demo, importing, plan, run, serving, topics
from services.commands.options import stop_with

_CANNOT_SERVE = (
    *(serving.UnknownService, serving.WrongSettings, InvalidPlan),
    *(FileNotFoundError, IsADirectoryError, PermissionError),  # the plan
)
SERVICE = typer.Argument(help="intake, router or notifier")


def build() -> typer.Typer:
    """Return the whole command."""
    app = typer.Typer(
        name="tongxin",
        help="同心 Tongxin: from report to closed case.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.command("run")(run.run)
    app.command("demo")(demo.demo)
    app.command("import")(importing.import_reports)
    app.command("serve")(serve)
    app.add_typer(plan.app, name="plan")
    app.add_typer(topics.app, name="topics")
    app.add_typer(db.app, name="db")
    app.add_typer(dead_letters.app, name="dead-letters")
    return app


def serve(service: Annotated[str, SERVICE]) -> None:
    """Run one service, as its environment says, until it is told to stop."""
    try:
        serving.serve(service)
    except _CANNOT_SERVE as wrong:
        stop_with(f"{service} was not started: {wrong}", code=2)


def main() -> None:
    """Run the command line."""
    build()()


if __name__ == "__main__":
    main()
