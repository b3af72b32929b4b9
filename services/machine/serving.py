"""One service in this process, and what its environment may hold."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from schemas.plan import InvalidPlan
from services.kit.exits import REFUSED_EXIT
from services.kit.sealing.keys import WrongKeys
from services.machine import children, services
from services.machine.secrets_kept import FIRST_TOKEN

PRELOADED = tuple(f"services.{service}.app" for service in services.REGISTRY)
"""What is imported once before the services are forked, so that all start in parallel at once."""


class WrongSettings(ValueError):
    """The environment holds what a service cannot use; the message names variable and reason."""


_UNUSABLE_PLAN = (InvalidPlan, FileNotFoundError, IsADirectoryError, PermissionError)


def serve(service: str) -> None:
    """Run one service with the settings of the environment until it is told to stop.

    Only the service that is asked for is imported. Raises `UnknownService`, and `WrongSettings` for
    a setting that cannot be used or names a plan that cannot.
    """
    try:
        services.service(service).run()
    except ValidationError as wrong:
        raise WrongSettings("; ".join(settings_told(wrong, service))) from wrong
    except WrongKeys as wrong:
        raise WrongSettings(f"{_variable(service, 'PRIVACY_KEY_FILE')}: {wrong}") from wrong
    except _UNUSABLE_PLAN as wrong:
        raise WrongSettings(f"{_variable(service, 'PLAN')}: {wrong}") from wrong


def settings_told(wrong: ValidationError, service: str = "") -> Iterator[str]:
    """Say of each setting that cannot be used which variable holds it, and why."""
    for error in wrong.errors(include_url=False, include_context=False, include_input=False):
        name = "_".join(str(part) for part in error["loc"]).upper()
        said = error["msg"].removeprefix("Value error, ")
        # What is wrong with several together names them itself.
        yield f"{_variable(service, name)}: {said}" if name else said


def _variable(service: str, name: str) -> str:
    """Return the variable that holds a setting: the service's own, or the general one."""
    variables = (f"TONGXIN_{service.upper()}_{name}", f"TONGXIN_{name}")[not service :]
    return next((one for one in variables if one in os.environ), variables[0])


def passed_over(environment: Iterable[str]) -> Iterator[str]:
    """Say of each variable of ours that nothing reads that it is not used, and which may be meant.

    >>> list(passed_over(["TONGXIN_PARTITONS", "TONGXIN_KAFKA", "HOME"]))
    ['TONGXIN_PARTITONS names no setting and is passed over; is TONGXIN_PARTITIONS meant?']
    """
    known = set(_known_variables())
    for name in sorted(environment):
        if name.startswith("TONGXIN_") and name not in known:
            meant = "".join(f"; is {near} meant?" for near in get_close_matches(name, known, n=1))
            yield f"{name} names no setting and is passed over{meant}"


def _known_variables() -> Iterator[str]:
    from services.machine.databases import owner_variable  # noqa: PLC0415 - slow, seldom needed
    from services.machine.embedded.jars import REPOSITORY_VARIABLE  # noqa: PLC0415 - as above

    yield from (
        "TONGXIN_DATA",
        FIRST_TOKEN,
        REPOSITORY_VARIABLE,
        *map(owner_variable, services.REGISTRY),
    )
    for name, service in services.REGISTRY.items():
        for field in service.settings.model_fields:
            yield f"TONGXIN_{field.upper()}"
            yield f"TONGXIN_{name.upper()}_{field.upper()}"


def serve_as_child(service: str, environment: Mapping[str, str], log_file: Path | None) -> None:
    """Run one service as the supervisor's child, its logs in a file, ending with its parent."""
    children.become_child(log_file)
    os.environ.update(environment)
    try:
        serve(service)
    except WrongSettings as wrong:
        print(f"not started: {wrong}", file=sys.stderr)
        sys.exit(REFUSED_EXIT)
    sys.exit(0)
