"""One department's part of a case."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypedDict
from uuid import UUID

from schemas.events.acting import Acting
from schemas.events.assignment import Offer, Wanted
from schemas.events.base import in_utc
from schemas.events.case import Evidence
from schemas.standing import COUNTED
from schemas.vocabulary import PartStatus, Role, Tier

GOING_ON = COUNTED - {PartStatus.DONE}


@dataclass(slots=True, kw_only=True)
class Part:
    """One department's part: offered to whom, how far it is, and what came out.

    `sign_by` is until when it is to be signed for, and `expires_at` when nobody waits for that any
    more, both as they were told; absent where nobody told. `due_by` is until when the lead waits
    for it, if it ever did, `wanted` why it was asked for.
    """

    assignment_id: UUID
    case_id: UUID
    department: str
    tier: Tier
    role: Role
    person: str | None
    status: PartStatus
    offered_at: datetime
    sign_by: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    asked_again_at: datetime | None = None
    expires_at: datetime | None = None
    due_by: datetime | None = None
    wanted: Wanted | None = None
    result: str | None = None
    evidence: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, offer: Offer, *, case_id: UUID, at: datetime, wanted: Wanted | None = None) -> Self:
        """Return a part that was offered at an instant."""
        return cls(
            assignment_id=offer.assignment_id,
            case_id=case_id,
            department=offer.department,
            tier=offer.tier,
            role=offer.role,
            person=offer.person,
            status=PartStatus.OFFERED,
            offered_at=at,
            sign_by=None if offer.sign_by is None else in_utc(offer.sign_by),
            wanted=wanted,
        )

    def keep(self, result: str, evidence: Iterable[Evidence]) -> None:
        """Keep what came out, and the proofs of it."""
        self.result = result
        self.evidence = [proof.model_dump(exclude_none=True) for proof in evidence]

    def become(self, status: PartStatus, *, now: datetime) -> None:
        """Move to a status, noting when it was signed for and when it ended."""
        if status is self.status:
            return
        self.status = status
        self.ended_at = None if status in GOING_ON else now
        if status is PartStatus.ACCEPTED:
            self.accepted_at = now


class Taken(TypedDict):
    """What every fact says that takes a case from its lead because somebody says so."""

    case_id: UUID
    at: datetime
    assignment_id: UUID
    department: str
    person: str | None
    reason: str
    acting: Acting | None


def taken_from(lead: Part, now: datetime, *, reason: str, acting: Acting | None) -> Taken:
    """Return that a case is taken from its lead, as somebody says, and why."""
    return Taken(
        case_id=lead.case_id,
        at=now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        person=lead.person,
        reason=reason,
        acting=acting,
    )


def live_part(parts: Iterable[Part], *, department: str) -> Part | None:
    """Return the part a department has among these, the lead's and the latest first."""
    own = [p for p in parts if p.department == department and p.status in COUNTED]
    return max(own, key=lambda p: (p.role is Role.LEAD, p.offered_at), default=None)
