"""Which rules can never decide anything, because an earlier rule always does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines
from schemas.plan.duty import within_day
from schemas.plan.model import Plan
from schemas.plan.rules import DayRange, Rule
from schemas.vocabulary import Channel, Urgency

_MINUTES: Final = [timedelta(minutes=minute) for minute in range(24 * 60)]


def unreachable_rules(plan: Plan, lines: Lines) -> Iterator[Finding]:
    """Yield a finding for each rule that no case can reach."""
    for number, rule in enumerate(plan.rules):
        line = lines.of("rules", number)
        if not _categories(rule, plan):
            message = f"rule {rule.id!r} matches nothing: no category is of its code and class"
            where, advice = f"rules[{number}].when", "correct category and class, or drop one"
            yield Finding(Severity.ERROR, line, where, message, advice)
            continue
        earlier_number = _number_covering(number, plan)
        if earlier_number is not None:
            earlier = plan.rules[earlier_number].id
            message = f"rule {rule.id!r} is unreachable: rule {earlier!r} on line "
            message += f"{lines.of('rules', earlier_number)} always matches first"
            advice = f"move it before {earlier!r} or narrow that one"
            yield Finding(Severity.ERROR, line, f"rules[{number}]", message, advice)


def _number_covering(number: int, plan: Plan) -> int | None:
    later = plan.rules[number]
    return next(
        (n for n, earlier in enumerate(plan.rules[:number]) if covers(earlier, later, plan=plan)),
        None,
    )


def covers(earlier: Rule, later: Rule, *, plan: Plan) -> bool:
    """Tell whether every case the later rule matches is matched by the earlier one."""
    first, second = earlier.when, later.when
    return (
        _categories(earlier, plan) >= _categories(later, plan)
        and _includes(first.urgency or tuple(Urgency), second.urgency or tuple(Urgency))
        and _includes(first.channel or tuple(Channel), second.channel or tuple(Channel))
        and _covers_names(first.grid, second.grid)
        and _covers_names(first.source, second.source)
        and _covers_text(first.text, second.text)
        and _covers_time(first.between, second.between)
    )


def _categories(rule: Rule, plan: Plan) -> frozenset[str]:
    when = rule.when
    return frozenset(
        code
        for code, category in plan.categories.items()
        if (not when.category or code in when.category)
        and (not when.class_ or category.class_ in when.class_)
    )


def _includes(more: tuple[str, ...], fewer: tuple[str, ...]) -> bool:
    return set(more) >= set(fewer)


def _covers_names(earlier: tuple[str, ...], later: tuple[str, ...]) -> bool:
    return not earlier or (bool(later) and _includes(earlier, later))


def _covers_text(earlier: tuple[str, ...], later: tuple[str, ...]) -> bool:
    if not earlier:
        return True
    return bool(later) and all(any(word in longer for word in earlier) for longer in later)


def _covers_time(earlier: DayRange | None, later: DayRange | None) -> bool:
    if earlier is None:
        return True
    return all(
        minute in earlier
        for minute in _MINUTES
        if later is None or within_day(later.start, later.end, minute)
    )
