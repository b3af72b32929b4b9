"""The `tongxin` command."""

import errno
import os
import sys
from typing import Annotated

import typer

from services.commands import (
    backup,
    case,
    case_files,
    db,
    dead_letters,
    demo,
    desk,
    importing,
    keys,
    people,
    person,
    plan,
    records,
    run,
    topics,
)
from services.commands.options import stop_with
from services.kit.exits import STOPPED_EXIT
from services.machine import serving
from services.machine.services import UnknownService

VERSION = "0.1.0"
"""As in pyproject.toml, which is not in an image."""
_ABOUT_A_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)
_NO_ROOM = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.ENAMETOOLONG, errno.ELOOP}
SERVICE = typer.Argument(help="intake, router, notifier or desk")


def build() -> typer.Typer:
    """Return the whole command."""
    app = typer.Typer(
        name="tongxin",
        help="同心 Tongxin: from report to closed case.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    app.command("run")(run.run)
    app.command("demo")(demo.demo)
    app.command("case")(case.case)
    app.command("import")(importing.import_reports)
    app.command("serve")(serve)
    app.command("backup")(backup.backup)
    app.command("restore")(backup.restore)
    app.add_typer(case_files.app, name="case-files")
    app.add_typer(keys.app, name="keys")
    app.add_typer(people.app, name="people")
    app.add_typer(person.app, name="person")
    app.add_typer(plan.app, name="plan")
    app.add_typer(topics.app, name="topics")
    app.add_typer(db.app, name="db")
    app.add_typer(desk.app, name="desk")
    app.add_typer(dead_letters.app, name="dead-letters")
    app.add_typer(records.app, name="records")
    return app


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer's own protocol
    if asked:
        typer.echo(f"tongxin {VERSION}")
        raise typer.Exit


def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say which it is."),
    ] = False,
) -> None:
    pass


def serve(service: Annotated[str, SERVICE]) -> None:
    """Run one service, as its environment says, until it is told to stop."""
    for told in serving.passed_over(os.environ):
        typer.echo(told, err=True)
    try:
        serving.serve(service)
    except (UnknownService, serving.WrongSettings) as wrong:
        stop_with(f"{service} was not started: {wrong}", code=2)


def main() -> None:
    """Run the command line; Ctrl-C and a path that cannot be used end it without a traceback."""
    try:
        build()()
    except KeyboardInterrupt:
        sys.exit(STOPPED_EXIT)
    except OSError as error:
        if not (isinstance(error, (*_ABOUT_A_PATH, PermissionError)) or error.errno in _NO_ROOM):
            raise
        path = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{path}{error.strerror or error}")


if __name__ == "__main__":
    main()
