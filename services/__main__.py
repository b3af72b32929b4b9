"""The `tongxin` command."""

import errno
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from services.kit.exits import STOPPED_EXIT

VERSION = "0.1.0"
"""As in pyproject.toml, which is not in an image."""
_ABOUT_A_PATH = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)
_NO_ROOM = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.ENAMETOOLONG, errno.ELOOP}
_COMMANDS: Final = {
    "run": "run.run",
    "demo": "demo.demo",
    "case": "case.case",
    "import": "importing.import_reports",
    "serve": "serve.serve",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "case-files": "case_files.app",
    "keys": "keys.app",
    "people": "people.app",
    "person": "person.app",
    "plan": "plan.app",
    "topics": "topics.app",
    "db": "db.app",
    "desk": "desk.app",
    "dead-letters": "dead_letters.app",
    "records": "records.app",
}
"""Where each subcommand is, in the order of the help: a function, or a group of subcommands."""


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the command as these arguments need it: whole, or with the subcommand they begin with.

    The modules of the others are not imported, for that takes longer than most commands.
    """
    app = typer.Typer(
        name="tongxin",
        help="同心 Tongxin: from report to closed case.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name in [word for word in arguments[:1] if word in _COMMANDS] or _COMMANDS:
        module, _, attribute = _COMMANDS[name].partition(".")
        found = getattr(import_module(f"services.commands.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
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


def main() -> None:
    """Run the command line; Ctrl-C and a path that cannot be used end it without a traceback."""
    try:
        build(sys.argv[1:])()
    except KeyboardInterrupt:
        sys.exit(STOPPED_EXIT)
    except OSError as error:
        if not (isinstance(error, (*_ABOUT_A_PATH, PermissionError)) or error.errno in _NO_ROOM):
            raise
        path = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{path}{error.strerror or error}")


if __name__ == "__main__":
    main()
