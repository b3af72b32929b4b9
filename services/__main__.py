"""The `tongxin` command."""

from typing import Annotated

import typer

from services.commands import db, dead_letters, demo, importing, plan, run, serving, topics

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
    serving.serve(service)


def main() -> None:
    """Run the command line."""
    build()()


if __name__ == "__main__":
    main()
