"""Who does not get a case, and why: every reason there is."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """A reason, as people read it; `{detail}` is whatever the one case has to say."""

    NOT_IN_PLAN = "not in the plan"
    NOBODY_ON_DUTY = "nobody on duty"
    NOBODY_FOR_PART = "nobody on duty, offered to the department"
    NOBODY_LEFT = "nobody left to ask"
    NOT_ANSWERING = "not answering since {detail}"
    DECLINED = "declined: {detail}"
    TAKEN_FROM = "taken from them: {detail}"
    ALREADY_TRIED = "already tried"
    DECLINED_BEFORE = "already tried, declined: {detail}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A candidate who does not get the case, and why."""

    candidate: str
    why: Why
    detail: str = ""

    @property
    def reason(self) -> str:
        """The reason as people read it."""
        return self.why.format(detail=self.detail)
