"""A work order from what intake and the router told and what the plan says: the same for everybody.

The router publishes it, the notifier's webhooks carry it.
"""

from datetime import datetime, timedelta
from typing import Any, Protocol

from schemas.events.assignment import CaseAssigned, Offer, Wanted, WorkOrder
from schemas.events.base import CaseFact, LimitText
from schemas.events.case import CaseRegistered
from schemas.events.charge import CaseCorrected
from schemas.events.clocks import CaseUrgencyRaised
from schemas.plan import Category, Plan
from schemas.topics import feedback_of
from schemas.vocabulary import EXERCISE_EN, EXERCISE_ZH, FALLBACK_CATEGORY, Role, Tier, Urgency


class Offered(Protocol):
    """Who is offered something: an offer, or the part that it became."""

    @property
    def department(self) -> str:
        """The department's code."""

    @property
    def tier(self) -> Tier:
        """Whether somebody always sits there."""


def sign_by(plan: Plan, offer: Offered, *, urgency: Urgency, at: datetime) -> datetime:
    """Return until when an offer is to be signed; desks and persons have limits of their own."""
    given = plan.limits.sign if offer.tier.is_staffed else plan.limits.offer
    return plan.until(given[urgency], at, department=offer.department)


def work_order(
    offer: Offer,
    assigned: CaseAssigned,
    registered: CaseRegistered,
    *,
    plan: Plan,
    level: int,
    due_by: datetime,
    wanted: Wanted | None = None,
) -> WorkOrder:
    """Return all that a department needs to act; that of an exercise says so first."""
    category = plan.categories.get(registered.category) or plan.category(FALLBACK_CATEGORY)
    return WorkOrder(
        case_id=assigned.case_id,
        at=assigned.at,
        assignment_id=offer.assignment_id,
        round=assigned.round,
        role=offer.role,
        department=offer.department,
        person=offer.person,
        lead_department=assigned.lead.department,
        co_handlers=tuple(co.department for co in assigned.co_handlers),
        category=registered.category,
        **_said(registered),
        urgency=assigned.urgency,
        level=level,
        place=registered.place,
        reported_at=registered.reported_at,
        sign_by=_signed_by(offer, assigned, plan),
        due_by=due_by,
        limit_text=assigned.limit_text,
        **_closing(category),
        evidence=tuple(str(kind) for kind in category.evidence),
        final=assigned.final,
        exercise=registered.exercise,
        triage=registered.triage,
        why=assigned.why,
        wanted=wanted,
        answer_to=feedback_of(offer.department),
    )


def _signed_by(offer: Offer, assigned: CaseAssigned, plan: Plan) -> datetime:
    """Return until when an offer is to be signed, as the router told, or else by the plan."""
    if offer.role is Role.LEAD:
        return assigned.at + timedelta(seconds=assigned.sign_seconds)
    return offer.sign_by or sign_by(plan, offer, urgency=assigned.urgency, at=assigned.at)


def _said(registered: CaseRegistered) -> dict[str, Any]:
    """Return titles and what was reported, as read on the screen of whoever acts."""
    en, zh, text = registered.title_en, registered.title_zh, registered.description
    if registered.exercise:
        en, zh, text = (
            f"{EXERCISE_EN}{en}",
            f"{EXERCISE_ZH}{zh}",
            f"{EXERCISE_ZH}{EXERCISE_EN}{text}",
        )
    told = {"media": registered.media, "people": registered.people}
    return told | {"title_en": en, "title_zh": zh, "description": text}


def _closing(category: Category) -> dict[str, Any]:
    """Return what the case's category asks for before it is closed, and by which law."""
    return {
        "closing_rule": str(category.closing),
        "closing_conditions_en": category.closing_conditions_en or "",
        "closing_conditions_zh": category.closing_conditions_zh or "",
        "legal_basis": category.legal_basis or "",
    }


class Registration(CaseRegistered):
    """What a case was registered as, and what was learned since.

    `limit_text` is the limit that it has at the most, since its urgency was raised.
    """

    limit_text: LimitText | None = None


def as_learned(registered: CaseRegistered, fact: CaseFact) -> CaseRegistered | None:
    """Return the registration after what a fact says of the case; None where it says nothing."""
    if isinstance(fact, CaseCorrected):
        return as_corrected(registered, fact)
    return as_raised(registered, fact) if isinstance(fact, CaseUrgencyRaised) else None


def as_raised(registered: CaseRegistered, fact: CaseUrgencyRaised) -> Registration:
    """Return the registration of a case that is more urgent than was known."""
    known = registered.model_dump() | {"urgency": fact.urgency}
    if fact.limit_text is not None:
        known["limit_text"] = fact.limit_text
    return Registration.model_validate(known)


def as_corrected(registered: CaseRegistered, fact: CaseCorrected) -> CaseRegistered:
    """Return the registration as it had been, had the case been known for what it is.

    Who says how urgent it is takes back that it was raised.
    """
    kept = {"limit_text": None} if {"category", "urgency"} & {*fact.changed} else {}
    raised = kept if isinstance(registered, Registration) else {}
    return registered.model_copy(
        update={
            **raised,
            "category": fact.category,
            "class_code": fact.class_code,
            "title_en": fact.title_en,
            "title_zh": fact.title_zh,
            "urgency": fact.urgency,
            "place": fact.place or registered.place,
            "triage": registered.triage and "category" not in fact.changed,
        }
    )
