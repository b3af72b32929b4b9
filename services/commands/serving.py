"""One service in this process: the place that knows all three by name."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from schemas.topics import SERVICES
from services.kit import processes

PRELOADED = tuple(f"services.{service}.app" for service in SERVICES)
"""What is imported once before the services are forked, so that all start in parallel at once."""


class UnknownService(LookupError):
    """There is no service of this name."""


def serve(service: str) -> None:
    """Run one service with the settings of the environment until it is told to stop.

    Raises `UnknownService`. Only the service that is asked for is imported.
    """
    # ruff: noqa: PLC0415 - a service process must not pay for the other two
    match service:
        case "intake":
            from services.intake import app as intake
            from services.intake.settings import IntakeSettings

            intake.run(IntakeSettings())
        case "router":
            from services.router import app as router
            from services.router.settings import RouterSettings

            router.run(RouterSettings())
        case "notifier":
            from services.notifier import app as notifier
            from services.notifier.settings import NotifierSettings

            notifier.run(NotifierSettings())
        case _:
            msg = f"{service!r} is not one of {', '.join(SERVICES)}"
            raise UnknownService(msg)


def serve_as_child(service: str, environment: Mapping[str, str], log_file: Path | None) -> None:
    """Run one service as the supervisor's child, its logs in a file, ending with its parent."""
    processes.become_child(log_file)
    os.environ.update(environment)
    serve(service)
    sys.exit(0)
