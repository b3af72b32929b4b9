"""The plan's 200 rows for a peer in another language: as a table of tabs, and as a DMN table.

Rules stand before categories, so that the first row that fits is the plan's own choice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from xml.sax.saxutils import escape

from schemas.plan import Plan

_DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="job-j" name="job J"
             namespace="job-j">
  <decision id="routing" name="routing">
    <decisionTable id="routes" hitPolicy="FIRST">
      <input id="of-category">
        <inputExpression id="category" typeRef="string"><text>category</text></inputExpression>
      </input>
      <input id="by-channel">
        <inputExpression id="channel" typeRef="string"><text>channel</text></inputExpression>
      </input>
      <output id="lead" name="department" typeRef="string"/>
      <output id="limit" name="deadline" typeRef="string"/>
{rules}    </decisionTable>
  </decision>
</definitions>
"""
_RULE = """      <rule id="row-{number}">
        <inputEntry id="category-{number}"><text>{category}</text></inputEntry>
        <inputEntry id="channel-{number}"><text>{channel}</text></inputEntry>
        <outputEntry id="lead-{number}"><text>"{lead}"</text></outputEntry>
        <outputEntry id="limit-{number}"><text>"{limit}"</text></outputEntry>
      </rule>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A row: a category, a channel or "" for any, who leads, the limit as ISO 8601 writes it."""

    category: str
    channel: str
    lead: str
    limit: str


def routes(plan: Plan) -> Iterator[Route]:
    """Yield the plan's rows in the order in which they are asked."""
    for rule in plan.rules:
        for code in rule.when.category:
            for channel in rule.when.channel:
                yield Route(
                    category=code, channel=channel.value, lead=rule.lead, limit=_limit(plan, code)
                )
    for code, category in plan.categories.items():
        yield Route(category=code, channel="", lead=category.lead, limit=_limit(plan, code))


def as_lines(plan: Plan) -> str:
    """Return a line a row: category, channel or nothing, lead."""
    return "".join(f"{row.category}\t{row.channel}\t{row.lead}\n" for row in routes(plan))


def as_decision(plan: Plan) -> str:
    """Return a DMN decision table whose key is `routing`, hit policy FIRST."""
    rules = (
        _RULE.format(
            number=number,
            category=_equals(row.category),
            channel=_equals(row.channel),
            lead=escape(row.lead),
            limit=row.limit,
        )
        for number, row in enumerate(routes(plan), start=1)
    )
    return _DECISION.format(rules="".join(rules))


def _limit(plan: Plan, code: str) -> str:
    return f"PT{plan.categories[code].limit.continuous() // timedelta(seconds=1)}S"


def _equals(text: str) -> str:
    return escape(f'== "{text}"') if text else "-"
