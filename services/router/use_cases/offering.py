"""What a part of a case is offered as, and how long there is to sign for it."""

from math import ceil

from schemas.events.assignment import Offer
from schemas.events.base import LONGEST_SECONDS
from schemas.vocabulary import Role, Urgency, assignment_id_for
from schemas.work_orders import sign_by
from services.router.domain.duty import Post
from services.router.domain.routing import Occasion


def seconds_to_sign(lead: Offer, urgency: Urgency, on: Occasion) -> int:
    """Return how long there is to sign, nights and holidays included where the limit rests then."""
    until = sign_by(on.plan, lead, urgency=urgency, at=on.now)
    return min(ceil((until - on.now).total_seconds()), LONGEST_SECONDS)


def offer_of(round_: int, post: Post, on: Occasion, *, role: Role) -> Offer:
    """Return the offer of a case's part to a post."""
    department, person = post.department, post.person
    offer = Offer(
        assignment_id=assignment_id_for(on.registered.case_id, round_, department.code),
        department=department.code,
        tier=department.tier,
        role=role,
        person=None if person is None else person.id,
        person_title_en="" if person is None else person.title_en,
        person_title_zh="" if person is None else person.title_zh,
    )
    if role is Role.LEAD:
        return offer
    until = sign_by(on.plan, offer, urgency=on.terms.urgency, at=on.now)
    return offer.model_copy(update={"sign_by": until})
