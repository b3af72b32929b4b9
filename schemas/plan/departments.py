"""`[departments]`: the parties of 1+3+N, their people, and who of them is on call."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from typing_extensions import override

from schemas.plan.base import DEPARTMENT_CODE, Text
from schemas.plan.calendar import Working
from schemas.plan.duty import DutyGap, Person, Shift, gaps_between
from schemas.plan.heads import Peopled
from schemas.plan.webhooks import WebhookUrl
from schemas.vocabulary import REPORTERS, SUPERVISION, Tier, is_aware


class Department(Peopled):
    """One party of 1+3+N: staffed, somebody always sits there (1, 3), or persons on call (N).

    `working` is its own week, in place of the plan's.
    """

    code: Annotated[str, Field(pattern=DEPARTMENT_CODE, max_length=40)]
    tier: Tier
    desk: Text | None = None
    head: Person | None = None
    duty: tuple[Shift, ...] = ()
    webhook: WebhookUrl | None = None
    working: Working | None = None

    @field_validator("code")
    @classmethod
    def _not_reserved(cls, code: str) -> str:
        if code in {SUPERVISION, REPORTERS}:
            raise ValueError(f"{code!r} is reserved: it is a feedback party, not a department")
        return code

    @override
    def head_at(self, level: int) -> Person | None:
        """Return who is told when a case comes to a level: the one named for it, else the head."""
        return self.heads.get(level, self.head)

    def on_duty(self, at: datetime, timezone: ZoneInfo) -> tuple[Person, ...]:
        """Return whom to ask, in order: the person on duty, the deputies, the head.

        `at` carries its offset; shifts are read in `timezone`. Empty when nobody is on duty
        and there is no head.
        """
        chain: dict[str, Person] = {}
        for shift in self.shifts_at(at, timezone):
            for person in (shift.person, *shift.deputies):
                chain.setdefault(person.id, person)
        if self.head is not None:
            chain.setdefault(self.head.id, self.head)
        return tuple(chain.values())

    def shifts_at(self, at: datetime, timezone: ZoneInfo) -> tuple[Shift, ...]:
        """Return the shifts that run at an instant, which carries its offset, in `timezone`."""
        if not is_aware(at):
            raise ValueError("a duty chain needs an instant with its offset from UTC")
        local = at.astimezone(timezone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        return tuple(one for one in self.duty if one.covers(local.weekday(), since_midnight))


def duty_gaps(department: Department) -> list[DutyGap]:
    """Return the stretches of the week on which no shift of the department runs."""
    return gaps_between(department.duty)
