"""What the plan says of a case: the first rule that matches, else its category's own answer."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.events.case import CaseRegistered
from schemas.plan import Category, Limit, Plan, RoutingFacts, Rule
from schemas.plan.limits import limit_of
from schemas.vocabulary import DEFAULT_RULE, FALLBACK_CATEGORY, Urgency
from schemas.work_orders import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who shall lead and help, how fast, and which rule says so; `word` is the text it matched."""

    rule: str
    category: Category
    lead: str
    co_handlers: tuple[str, ...]
    urgency: Urgency
    limit: Limit
    word: str | None = None


def terms_of(plan: Plan, facts: RoutingFacts) -> Terms:
    """Return the plan's terms for a case; a category it does not know is treated as `E9999`."""
    category = plan.categories.get(facts.category) or plan.category(FALLBACK_CATEGORY)
    rule = next((rule for rule in plan.rules if rule.matches(facts)), None)
    if rule is not None:
        return _by_rule(rule, category, facts)
    return Terms(
        rule=f"{DEFAULT_RULE}{category.code}",
        category=category,
        lead=category.lead,
        co_handlers=category.co_handlers,
        urgency=facts.urgency,
        limit=plan.danger.limit if _is_unnamed_danger(category, facts) else category.limit,
    )


def _is_unnamed_danger(category: Category, facts: RoutingFacts) -> bool:
    """Tell whether it is an emergency that nobody could categorise."""
    return category.code == FALLBACK_CATEGORY and facts.urgency is Urgency.EMERGENCY


def _by_rule(rule: Rule, category: Category, facts: RoutingFacts) -> Terms:
    named = category.co_handlers if rule.co_handlers is None else rule.co_handlers
    return Terms(
        rule=rule.id,
        category=category,
        lead=rule.lead,
        co_handlers=tuple(code for code in named if code != rule.lead),
        urgency=rule.urgency or facts.urgency,
        limit=rule.limit or category.limit,
        word=next((word for word in rule.when.text if word in facts.folded_text), None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a decision is made on: plan, case, the plan's terms for it, and the instant.

    `before` are the terms for what the case was taken for until it was corrected just now.
    """

    plan: Plan
    registered: CaseRegistered
    facts: RoutingFacts
    terms: Terms
    now: datetime
    before: Terms | None = None


def occasion_of(registered: CaseRegistered, *, plan: Plan, now: datetime) -> Occasion:
    """Return the terms the plan has for a case, judged by the local time of its registration.

    Later rounds judge by the same time, so that the same rule holds through a case's life.
    """
    local = registered.at.astimezone(plan.timezone)
    facts = RoutingFacts(
        category=registered.category,
        class_=registered.class_code,
        urgency=registered.urgency,
        grid=registered.place.grid,
        local_time=timedelta(hours=local.hour, minutes=local.minute, seconds=local.second),
        text=registered.description,
        source=registered.reporter.source,
        channel=registered.reporter.channel,
    )
    terms = terms_of(plan, facts)
    most = registered.limit_text if isinstance(registered, Registration) else None
    if most is not None:
        terms = replace(terms, limit=min(terms.limit, limit_of(most), key=Limit.continuous))
    return Occasion(plan=plan, registered=registered, facts=facts, terms=terms, now=now)
