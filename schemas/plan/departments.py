"""`[departments]`: the parties of 1+3+N, their people, and who of them is on call."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from schemas.plan.base import DEPARTMENT_CODE, Text, Titled
from schemas.plan.calendar import Working
from schemas.plan.duty import DutyGap, Person, Shift, gaps_between
from schemas.plan.webhooks import WebhookUrl
from schemas.vocabulary import REPORTERS, SUPERVISION, Tier, is_aware


class Department(Titled):
    """One party of 1+3+N: staffed, somebody always sits there (1, 3), or persons on call (N).

    `working` is its own week, in place of the plan's.
    """

    code: Annotated[str, Field(pattern=DEPARTMENT_CODE, max_length=40)]
    tier: Tier
    desk: Text | None = None
    people: tuple[Person, ...] = ()
    head: Person | None = None
    duty: tuple[Shift, ...] = ()
    webhook: WebhookUrl | None = None
    working: Working | None = None

    @model_validator(mode="before")
    @classmethod
    def _resolve_people(cls, value: object) -> object:
        """Put the person in place of each id that `head` and `duty` name."""
        return _with_people(value) if isinstance(value, dict) else value

    @field_validator("code")
    @classmethod
    def _not_reserved(cls, code: str) -> str:
        if code in {SUPERVISION, REPORTERS}:
            raise ValueError(f"{code!r} is reserved: it is a feedback party, not a department")
        return code

    def on_duty(self, at: datetime, timezone: ZoneInfo) -> tuple[Person, ...]:
        """Return whom to ask, in order: the person on duty, the deputies, the head.

        `at` carries its offset; shifts are read in `timezone`. Empty when nobody is on duty
        and there is no head.
        """
        if not is_aware(at):
            raise ValueError("a duty chain needs an instant with its offset from UTC")
        local = at.astimezone(timezone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        chain: dict[str, Person] = {}
        for shift in self.duty:
            if shift.covers(local.weekday(), since_midnight):
                for person in (shift.person, *shift.deputies):
                    chain.setdefault(person.id, person)
        if self.head is not None:
            chain.setdefault(self.head.id, self.head)
        return tuple(chain.values())


def _with_people(table: dict[str, object]) -> dict[str, object]:
    people = table.get("people")
    known = {
        person["id"]: person
        for person in (people if isinstance(people, list) else [])
        if isinstance(person, dict) and isinstance(person.get("id"), str)
    }

    def resolved(value: object) -> object:
        if isinstance(value, list):
            return [resolved(one) for one in value]
        return known.get(value, value) if isinstance(value, str) else value

    filled = dict(table)
    if "head" in filled:
        filled["head"] = resolved(filled["head"])
    duty = filled.get("duty")
    if isinstance(duty, list):
        filled["duty"] = [
            {
                key: resolved(value) if key in {"person", "deputies"} else value
                for key, value in shift.items()
            }
            if isinstance(shift, dict)
            else shift
            for shift in duty
        ]
    return filled


def duty_gaps(department: Department) -> list[DutyGap]:
    """Return the stretches of the week on which no shift of the department runs."""
    return gaps_between(department.duty)
