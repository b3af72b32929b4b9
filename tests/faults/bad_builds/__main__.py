"""`python -m tests.faults.bad_builds`: see that each known-bad build is caught, on a real house."""

from typing import Annotated

import typer
from rich.console import Console

from tests.faults.bad_builds.catalogue import BUILDS, STALE
from tests.faults.bad_builds.provoking import judged
from tests.faults.servers import Yard


def main(
    *,
    builds: Annotated[str, typer.Option(help="Such as no_fence,no_inbox; default: all.")] = "",
    record: Annotated[bool, typer.Option("--record", help="Keep what caught it.")] = False,
) -> None:
    """Provoke known-bad builds; exit code 1 when one is not caught, or a sound one is."""
    console, failed = Console(), False
    wanted = builds.split(",") if builds else [*BUILDS, STALE.name]
    with Yard() as yard:
        for name in wanted:
            build = STALE if name == STALE.name else BUILDS[name]
            told, well = judged(build, yard, record=record)
            console.print(f"{name}: {told}", highlight=False, soft_wrap=True)
            failed |= not well
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
