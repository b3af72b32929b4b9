"""`tongxin serve`: one service in this process, as in a container."""

import os
from typing import Annotated

import typer

from services.commands.options import stop_with
from services.machine import serving
from services.machine.services import UnknownService

Service = Annotated[str, typer.Argument(help="intake, router, notifier or desk")]


def serve(service: Service) -> None:
    """Run one service, as its environment says, until it is told to stop."""
    for told in serving.passed_over(os.environ):
        typer.echo(told, err=True)
    try:
        serving.serve(service)
    except (UnknownService, serving.WrongSettings) as wrong:
        stop_with(f"{service} was not started: {wrong}", code=2)
