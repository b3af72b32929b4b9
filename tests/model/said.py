"""What is said of a case, and what it may be refused for."""

from dataclasses import dataclass, field
from typing import Any

from tests.model.rights import RIGHTS

Why = tuple[str, str | None]
"""A refusal: the rule, and the field to mend."""


@dataclass(frozen=True)
class Said:
    """An answer or a command: its id, who speaks in which offices, the word, and its fields."""

    id: str
    party: str
    word: str
    fields: dict[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()

    @property
    def is_command(self) -> bool:
        """Whether a person commands it."""
        return self.word in RIGHTS
