"""What people ask the router: how a case was routed, and how a report would be."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import Body, Code, Instant
from schemas.events.case import CaseRegistered, Reporter
from schemas.events.incident import Description, Place
from schemas.plan import Plan
from schemas.vocabulary import FALLBACK_CATEGORY, Channel, Urgency, derived_id
from services.kit.sql.database import Database
from services.router.domain.route import Route
from services.router.store import RouteRound, Store
from services.router.use_cases.rounds import Step, first_step

_EXPLAINED_SOURCE = "explain"


class Question(Body):
    """A report that nobody made; its urgency is its category's and `at` now, unless given."""

    category: Code = FALLBACK_CATEGORY
    grid: Code | None = None
    description: Description = ""
    source: Code = _EXPLAINED_SOURCE
    channel: Channel = Channel.RESIDENT
    urgency: Urgency | None = None
    at: Instant | None = None


async def routing_of(database: Database, case_id: UUID) -> tuple[Route, list[RouteRound]] | None:
    """Return where a case's routing stands and every round it went through; None if unknown."""
    async with database.read() as conn:
        store = Store(conn)
        found = (await store.load([case_id])).get(case_id)
        return None if found is None else (found.route, await store.rounds(case_id))


def explained(plan: Plan, question: Question, *, now: datetime) -> Step:
    """Return the decision that a report would lead to at its instant; nothing is kept."""
    category = plan.categories.get(question.category) or plan.category(FALLBACK_CATEGORY)
    at = question.at or now
    registered = CaseRegistered(
        case_id=derived_id("hypothetical", question, at),
        at=at,
        reporter=Reporter(source=question.source, source_id="-", channel=question.channel),
        reported_at=at,
        category=question.category,
        class_code=category.class_,
        title_en=category.title_en,
        title_zh=category.title_zh,
        urgency=question.urgency or category.urgency,
        place=Place(grid=question.grid, address=None if question.grid else "-"),
        description=question.description,
        classified_by="hypothetical",
        plan_version=plan.version,
    )
    return first_step(registered, plan=plan, now=at)
