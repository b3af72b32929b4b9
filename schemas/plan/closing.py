"""When a case's work counts as done: whose word is needed, which proof, and who looks again."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final, Self

from pydantic import Field, model_serializer, model_validator
from typing_extensions import override

from schemas.plan.base import Table

_QUORUM: Final = re.compile(r"([1-9]\d?) of n")


class Evidence(StrEnum):
    """What a department must attach when it says `done`."""

    BEFORE_PHOTO = "before_photo"
    AFTER_PHOTO = "after_photo"
    REPORT = "report"
    RECEIPT = "receipt"


class CheckRule(StrEnum):
    """Whether supervision looks again; `BY_RULE` leaves it to the plan's `[supervision]`."""

    ALWAYS = "always"
    BY_RULE = "by_rule"
    NEVER = "never"


class ClosingKind(StrEnum):
    """Whose part must be done."""

    LEAD = "lead"
    ALL = "all"
    QUORUM = "quorum"


class ClosingRule(Table):
    """Written `lead`, `all` or `2 of n`: how many of lead and co-handlers must be done.

    >>> ClosingRule.parse("2 of n").is_met(lead_done=False, done=2, parties=3)
    True
    """

    kind: ClosingKind
    quorum: Annotated[int | None, Field(ge=1, le=99)] = None

    @classmethod
    @lru_cache(maxsize=128)
    def parse(cls, text: str) -> Self:
        """Return the rule that a text names; `str` of it gives the text back."""
        return cls.model_validate(text)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, dict | cls):
            return value
        found = _QUORUM.fullmatch(str(value))
        if found:
            return {"kind": ClosingKind.QUORUM, "quorum": int(found[1])}
        if str(value) not in {ClosingKind.LEAD, ClosingKind.ALL}:
            raise ValueError(f"{value!r} is no closing rule; write lead, all or 2 of n")
        return {"kind": value}

    @model_validator(mode="after")
    def _quorum_only_for_quorum(self) -> Self:
        if (self.kind is ClosingKind.QUORUM) != (self.quorum is not None):
            raise ValueError("write the closing rule as lead, all or 2 of n")
        return self

    @model_serializer
    @override
    def __str__(self) -> str:
        """Write the rule as the plan does."""
        return str(self.kind) if self.quorum is None else f"{self.quorum} of n"

    def is_met(self, *, lead_done: bool, done: int, parties: int) -> bool:
        """Tell whether enough is done; `done` and `parties` count the lead as well.

        A quorum larger than the parties of a case asks for all of them.
        """
        if self.kind is ClosingKind.LEAD:
            return lead_done
        return done >= min(self.quorum or parties, parties)
