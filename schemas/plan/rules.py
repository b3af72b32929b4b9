"""The ordered rules of a plan: a condition, and the lead it puts in place of the default."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import override

from schemas.folding import fold
from schemas.plan.base import Table, Text
from schemas.plan.duty import TimeOfDay, format_clock, parse_clock, within_day
from schemas.plan.limits import Limit
from schemas.vocabulary import Channel, Urgency


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What a rule may ask about a case; `local_time` is the time since local midnight."""

    category: str
    class_: str
    urgency: Urgency
    grid: str | None
    local_time: timedelta
    text: str
    source: str
    channel: Channel
    folded_text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fold the text once, not once per rule."""
        object.__setattr__(self, "folded_text", fold(self.text))


class DayRange(Table):
    """A time of day from `start` until just before `end`, maybe past midnight."""

    start: TimeOfDay
    end: TimeOfDay

    def __contains__(self, since_midnight: timedelta) -> bool:
        """Tell whether a time of day lies in the range."""
        return within_day(self.start, self.end, since_midnight)

    @override
    def __str__(self) -> str:
        """Write the range as the plan does."""
        return f"{format_clock(self.start)}-{format_clock(self.end)}"


def parse_range(value: object) -> object:
    """Return the range that `22:00-06:00` names."""
    if isinstance(value, dict | DayRange):
        return value
    start, dash, end = str(value).partition("-")
    if not dash or start.strip() == end.strip():
        raise ValueError(f"{value!r} is no time of day range; write 22:00-06:00")
    return {"start": parse_clock(start.strip()), "end": parse_clock(end.strip())}


def _folded(value: object) -> object:
    if not isinstance(value, list | tuple):
        return value
    return tuple(fold(text) if isinstance(text, str) else text for text in value)


Words = Annotated[tuple[Text, ...], BeforeValidator(_folded)]


class RuleWhen(Table):
    """A condition: every part that is given must hold, a part not given holds for anything.

    A list holds when one of its members does; `text` when the report contains one of its
    words, in whatever case, width and spacing.
    """

    category: tuple[Text, ...] = ()
    class_: tuple[Text, ...] = Field(default=(), alias="class")
    urgency: tuple[Urgency, ...] = ()
    grid: tuple[Text, ...] = ()
    between: Annotated[DayRange | None, BeforeValidator(parse_range)] = None
    text: Words = ()
    source: tuple[Text, ...] = ()
    channel: tuple[Channel, ...] = ()

    def holds(self, facts: RoutingFacts) -> bool:
        """Tell whether the condition holds for a case."""
        return self._kind_holds(facts) and self._circumstances_hold(facts)

    def _kind_holds(self, facts: RoutingFacts) -> bool:
        return (
            (not self.category or facts.category in self.category)
            and (not self.class_ or facts.class_ in self.class_)
            and (not self.urgency or facts.urgency in self.urgency)
        )

    def _circumstances_hold(self, facts: RoutingFacts) -> bool:
        return (
            (not self.grid or facts.grid in self.grid)
            and (self.between is None or facts.local_time in self.between)
            and (not self.source or facts.source in self.source)
            and (not self.channel or facts.channel in self.channel)
            and (not self.text or any(word in facts.folded_text for word in self.text))
        )


class Rule(Table):
    """What replaces the category's own answer when the condition holds; the first rule wins.

    `co_handlers`, `urgency` and `limit` replace the category's when given; an empty list of
    co-handlers means none.
    """

    id: Text
    when: RuleWhen
    lead: Text
    co_handlers: tuple[Text, ...] | None = None
    urgency: Urgency | None = None
    limit: Limit | None = None
    reason_en: Text
    reason_zh: Text

    def matches(self, facts: RoutingFacts) -> bool:
        """Tell whether the rule decides this case."""
        return self.when.holds(facts)
