"""What becomes of a row, and the count of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.events.incident import IncidentReport
from services.upstream.columns import Cells


class UnusableFile(Exception):
    """Nothing can be read from the file with this mapping; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read; `line` is the line it starts on."""

    line: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot become a report: the reason of each field, and the row itself."""

    line: int
    reasons: Mapping[str, str]
    raw: object

    @property
    def reason(self) -> str:
        """Return all reasons as people read them."""
        return "; ".join(f"{name}: {reason}" for name, reason in self.reasons.items())


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row left out because a `[[skip]]` of the mapping says so."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Translated:
    """A row that became a report; `unknown_kind` are its words that no category fits."""

    line: int
    report: IncidentReport
    unknown_kind: str | None = None


Outcome = BadRow | Skipped | Translated


@dataclass(slots=True)
class Tally:
    """How many rows had which fate; `published` are those the broker has."""

    read: int = 0
    published: int = 0
    refused: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def lines(self, *, sent: str = "published") -> list[str]:
        """Return the summary; `sent` says what was done with the reports."""
        found = [f"{self.read:>9} rows read", f"{self.published:>9} {sent}"]
        found += [f"{count:>9} skipped: {reason}" for reason, count in self.skipped.most_common()]
        return [*found, f"{self.refused:>9} refused"]


def is_decoded(text: str) -> bool:
    """Tell whether no byte was left over that the file's encoding could not explain."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
