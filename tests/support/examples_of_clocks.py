"""An example of each event about how late a case is, and how urgent."""

from typing import Final

from pydantic import BaseModel

from schemas.events import case, clocks
from tests.support.example_case import HEAD, OTHER, PLAN, Json, by_lead, fact, minute

CLOCKS: Final[dict[type[BaseModel], Json]] = {
    case.CaseReminded: fact(
        48, department="urban-management", clock="handling", due_by="2026-05-01T09:01:00+08:00"
    ),
    case.CaseEscalated: by_lead(
        6,
        level=1,
        trigger="sign_timeout",
        person="um-head",
        due_by="2026-05-01T09:01:00+08:00",
        heads=[HEAD],
    ),
    case.AssignmentAskedAgain: by_lead(54, sign_by=minute(6), again_at=minute(11), heads=[HEAD]),
    clocks.CaseDeadlineMoved: fact(
        49,
        department="urban-management",
        person="um-desk",
        clock="resident",
        before="2026-05-01T09:01:00+08:00",
        after="2026-05-06T09:01:00+08:00",
        reason="case_corrected",
        limit_text="1 WD",
        since=minute(1),
        plan_version=PLAN,
    ),
    clocks.PromiseMissed: fact(
        52,
        department="urban-management",
        person="um-desk",
        promised_by="2026-05-06T09:01:00+08:00",
        heads=[HEAD],
    ),
    clocks.CaseUrgencyRaised: fact(
        9,
        merged_id=OTHER,
        department="urban-management",
        person="um-desk",
        urgency="E",
        before="U",
        reason="danger_told",
        sign_by=minute(6),
        unsigned=[{"assignment_id": OTHER, "department": "police", "until": minute(14)}],
        limit_text="2 UH",
        due_by="2026-05-01T10:09:00+08:00",
    ),
}
