"""`deploy/` as tests read it: the compose file with its variables, and what an image would hold."""

import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from services.desk.settings import DeskSettings
from services.intake.settings import IntakeSettings
from services.kit.process.settings import ServiceSettings
from services.notifier.settings import NotifierSettings
from services.router.settings import RouterSettings
from tests.support.sources import ROOT

DEPLOY: Final = ROOT / "deploy"
SETTINGS: Final[dict[str, type[ServiceSettings]]] = {
    "intake": IntakeSettings,
    "router": RouterSettings,
    "notifier": NotifierSettings,
    "desk": DeskSettings,
}
REFERENCE: Final = re.compile(r"\$\{(?P<name>\w+)(?P<rule>:[?-])?(?P<text>[^}]*)\}")
_INSTRUCTION: Final = re.compile(r"^([A-Z]+)\s+((?:.*\\\n)*.*)$", re.MULTILINE)


def compose_text() -> str:
    """Return the compose file without its comments."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    return re.sub(r"(?m)(^|\s)#.*$", "", text)


def compose() -> dict[str, Any]:
    """Return the compose file, variables as they are written."""
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def of_ours() -> dict[str, dict[str, Any]]:
    """Return the compose file's containers that run this project's image, by name."""
    services = compose()["services"].items()
    return {name: service for name, service in services if "build" in service}


def environment_of(service: dict[str, Any]) -> dict[str, str | None]:
    """Return a container's variables; None for one that is passed on if it is set."""
    found: dict[str, str | None] = service.get("environment", {})
    return found


def filled(text: str, **values: str) -> str:
    """Return text with every variable replaced: by what is given, else its default, else `x`."""

    def value(match: re.Match[str]) -> str:
        default = match["text"] if match["rule"] == ":-" else "x"
        return values.get(match["name"], default)

    return REFERENCE.sub(value, text)


def instructions(name: str) -> list[str]:
    """Return the arguments of every instruction of this name in the Dockerfile, in order."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    code = re.sub(r"(?m)^#.*\n", "", text)
    found = [m[2].replace("\\\n", " ") for m in _INSTRUCTION.finditer(code) if m[1] == name]
    return [" ".join(argument.split()) if name != "HEALTHCHECK" else argument for argument in found]


def image_variables() -> dict[str, str]:
    """Return what the image sets in its environment."""
    pairs = [pair.partition("=") for line in instructions("ENV") for pair in line.split()]
    return {name: value for name, _, value in pairs}


def is_sent(path: str) -> bool:
    """Return whether the engine gets a file of the repository, by .dockerignore: the last wins."""
    sent = True
    whole = PurePosixPath(path)
    names = [whole.as_posix(), *(p.as_posix() for p in whole.parents if p.name)]
    for line in Path(ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#") and _matches(pattern.removeprefix("!"), names):
            sent = pattern.startswith("!")
    return sent


def _matches(pattern: str, names: list[str]) -> bool:
    if pattern.startswith("**/"):
        return any(part == pattern[3:] for name in names for part in name.split("/"))
    depth = pattern.count("/")
    return any(fnmatchcase(name, pattern) for name in names if name.count("/") == depth)
