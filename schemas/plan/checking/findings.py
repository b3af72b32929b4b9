"""What is wrong with a plan, in words an operator can act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MOST_TOLD: Final = 50


class Severity(StrEnum):
    """An error keeps a plan from being used, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: the line it is on, what it is, and what to do about it."""

    severity: Severity
    line: int
    where: str
    message: str
    advice: str

    def describe(self, name: str) -> str:
        """Write the finding the way compilers do, so that editors can jump to it."""
        return f"{name}:{self.line}: {self.message} ({self.advice})"


class InvalidPlan(ValueError):
    """The file is no plan that could be used; `findings` are the errors in it.

    As a text it names the first of them only when there are very many.
    """

    def __init__(self, findings: Sequence[Finding], *, name: str) -> None:
        """Keep the errors and write each on a line of its own."""
        self.findings = tuple(found for found in findings if found.severity is Severity.ERROR)
        self.name = name
        told = [found.describe(name) for found in self.findings[:_MOST_TOLD]]
        if len(self.findings) > _MOST_TOLD:
            told.append(f"and {len(self.findings) - _MOST_TOLD} more")
        super().__init__("\n".join(told))
