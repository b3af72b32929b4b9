"""What people ask the router: how a case was routed, and how a report would be."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.events.case import CaseRegistered, Reporter
from schemas.events.incident import Place
from schemas.plan import Plan
from schemas.vocabulary import FALLBACK_CATEGORY, Channel, Urgency, derived_id
from services.kit.sql.database import Database
from services.router.store import Round, Routed, Store
from services.router.use_cases.orders import Assignment
from services.router.use_cases.steps import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothetical:
    """A report nobody made; what is not given is taken from its category."""

    category: str
    grid: str | None
    description: str
    source: str
    channel: Channel
    urgency: Urgency | None
    at: datetime


async def routing_of(database: Database, case_id: UUID) -> tuple[Routed, list[Round]] | None:
    """Return where a case's routing stands and every round it went through; None if unknown."""
    async with database.read() as conn:
        store = Store(conn)
        found = (await store.load([case_id])).get(case_id)
        return None if found is None else (found, await store.rounds(case_id))


def explained(plan: Plan, report: Hypothetical) -> tuple[Routed, Assignment]:
    """Return the decision that a report would lead to at its instant; nothing is kept."""
    category = plan.categories.get(report.category) or plan.category(FALLBACK_CATEGORY)
    registered = CaseRegistered(
        case_id=derived_id("hypothetical", report),
        at=report.at,
        reporter=Reporter(source=report.source, source_id="-", channel=report.channel),
        reported_at=report.at,
        category=report.category,
        class_code=category.class_,
        title_en=category.title_en,
        title_zh=category.title_zh,
        urgency=report.urgency or category.urgency,
        place=Place(grid=report.grid, address=None if report.grid else "-"),
        description=report.description,
        classified_by="hypothetical",
        plan_version=plan.version,
    )
    return opened(registered, data=b"", plan=plan, now=report.at)
