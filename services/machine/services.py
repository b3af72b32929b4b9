"""The services there are: one entry each, and nothing else enumerates them.

What an entry names is imported when it is asked for: a service's process must not pay for the
others, nor a short command for any.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from schemas.topics import (
    ASSIGNMENTS_PATTERN,
    CASE_FILES,
    CASES,
    COMMANDS,
    FEEDBACK_PATTERN,
    FEEDBACK_REFUSALS,
    INCIDENT_REPORTS,
    NOTICES,
    SERVICES,
)
from services.kit.process.settings import ServiceSettings
from services.kit.sql.revisions import History


class UnknownService(LookupError):
    """There is no service of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service: the class of its settings, and by which group it reads which topics, or patterns.

    Its rooms stand in `services.<name>`: `app` with `run`, `settings`, `migrations` with `HISTORY`.
    """

    name: str
    settings_class: str
    groups: Mapping[str, str]

    @property
    def settings(self) -> type[ServiceSettings]:
        """What it can be told by its environment, its port among that."""
        found = getattr(import_module(f"services.{self.name}.settings"), self.settings_class)
        return cast("type[ServiceSettings]", found)

    @property
    def history(self) -> History:
        """What became of its tables."""
        return cast("History", import_module(f"services.{self.name}.migrations").HISTORY)

    def run(self) -> None:
        """Run it with the settings of the environment until it is told to stop."""
        import_module(f"services.{self.name}.app").run(self.settings())


_ALL: Final = (
    Service(
        name="intake",
        settings_class="IntakeSettings",
        groups={INCIDENT_REPORTS: "tongxin.intake", CASES: "tongxin.intake.closures"},
    ),
    Service(name="router", settings_class="RouterSettings", groups={CASES: "tongxin.router"}),
    Service(
        name="notifier",
        settings_class="NotifierSettings",
        groups=dict.fromkeys((CASES, COMMANDS, FEEDBACK_PATTERN), "tongxin.notifier")
        | {NOTICES: "tongxin.notifier.telling"},
    ),
    Service(
        name="desk",
        settings_class="DeskSettings",
        groups=dict.fromkeys(
            (CASES, CASE_FILES, NOTICES, FEEDBACK_REFUSALS, ASSIGNMENTS_PATTERN), "tongxin.desk"
        ),
    ),
)

REGISTRY: Final = {service.name: service for service in _ALL}
GROUPS: Final = tuple(dict.fromkeys(group for one in _ALL for group in one.groups.values()))
"""Every consumer group of a house."""


def service(name: str) -> Service:
    """Return a service. Raises `UnknownService`."""
    found = REGISTRY.get(name)
    if found is None:
        raise UnknownService(f"{name!r} is not one of {', '.join(SERVICES)}")
    return found
