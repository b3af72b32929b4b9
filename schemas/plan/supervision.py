"""`[supervision]`: who looks again, and who of it is told by name."""

from schemas.plan.base import Text
from schemas.plan.duty import Person
from schemas.plan.heads import Peopled
from schemas.plan.webhooks import WebhookUrl
from schemas.vocabulary import Urgency


class Supervision(Peopled):
    """Who looks again, and when a category leaves that to the plan.

    `acceptor` is who says what a case is that nobody could categorise.
    """

    title_en: Text = "supervision centre"
    title_zh: Text = "监督中心"
    check_urgencies: tuple[Urgency, ...] = (Urgency.EMERGENCY, Urgency.URGENT)
    check_public: bool = True
    webhook: WebhookUrl | None = None
    acceptor: Person | None = None
