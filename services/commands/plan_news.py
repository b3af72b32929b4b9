"""What the services say of a changed plan, from their logs: an operator who saved it sees it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.commands.bounds import LOG_BYTES_AT_ONCE
from services.kit.process.followed_file import NEW_VERSION_REFUSED, NEW_VERSION_TAKEN
from services.machine.reasons import size_of


@dataclass(frozen=True, slots=True)
class PlanNews:
    """A process took the new plan, or refused it for a reason of one line or more."""

    process: str
    refused: str | None

    @property
    def told(self) -> str:
        """The news as one line."""
        if self.refused is None:
            return f"{self.process} took the new plan"
        first, *more = self.refused.splitlines() or [""]
        further = f" (and {len(more)} more lines in its log)" if more else ""
        return f"{self.process} refused the new plan, the old one stays: {first}{further}"


class PlanWatch:
    """Reads on in the logs of some processes, from where they end now."""

    def __init__(self, logs: Path, processes: Iterable[str]) -> None:
        """Take the folder of the logs and whose are read."""
        self._logs = {name: logs / f"{name}.log" for name in processes}
        self._read = {name: size_of(log) for name, log in self._logs.items()}

    def news(self) -> Iterator[PlanNews]:
        """Yield what was said since the last time."""
        for name, log in self._logs.items():
            for line in self._new_lines(name, log):
                found = _news(name, line)
                if found is not None:
                    yield found

    def _new_lines(self, name: str, log: Path) -> list[bytes]:
        """Return the whole lines that were added; of very many at once only the last."""
        since = max(self._read[name], size_of(log) - LOG_BYTES_AT_ONCE)
        if since >= size_of(log):
            return []
        with log.open("rb") as file:
            file.seek(since)
            added = file.read(LOG_BYTES_AT_ONCE)
        whole = added[: added.rfind(b"\n") + 1]
        self._read[name] = since + len(whole)
        return whole.splitlines()


def _news(name: str, line: bytes) -> PlanNews | None:
    if not any(message.encode() in line for message in (NEW_VERSION_TAKEN, NEW_VERSION_REFUSED)):
        return None
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    refused = told.get("message") == NEW_VERSION_REFUSED
    return PlanNews(name, str(told.get("cause")) if refused else None)
