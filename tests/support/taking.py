"""A house that hears what the desk reports, without a broker."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events.case import CaseMerged, CaseRegistered
from schemas.events.incident import IncidentReport
from schemas.plan import Plan
from services.kit.records import Message
from services.kit.sql.database import Database
from tests.support.both import Both
from tests.support.followed import FollowedBench
from tests.support.intake import event_in, recorded
from tests.support.router import RouterBench, the_plan


@dataclass
class Hears:
    """A log that every service hears at once; `reports` are those that intake was given.

    `plan` is the one by which cases are assigned.
    With `is_slow` intake has not come to a report yet.
    """

    intake: Database
    router: Database
    bench: FollowedBench
    plan: Plan = field(default_factory=the_plan)
    reports: list[IncidentReport] = field(default_factory=list)
    events: list[CloudEvent] = field(default_factory=list)
    is_slow: bool = False

    @property
    def both(self) -> Both:
        """The router and the notifier."""
        return Both(RouterBench(self.router, plan=self.plan), self.bench)

    async def publish(self, messages: Iterable[Message]) -> None:
        """Let each message have all that follows from it."""
        for one in messages:
            if one.topic == topics.INCIDENT_REPORTS:
                await self._report(IncidentReport.model_validate_json(event_in(one).data))
            else:
                record = self.bench.record(
                    one.topic, key=one.key, value=one.value or b"", headers=one.headers
                )
                await self.both.hear(record)

    async def _report(self, report: IncidentReport) -> None:
        self.reports.append(report)
        if self.is_slow:
            return
        _, events = await recorded(self.intake, [report], now=self.bench.now)
        self.events += events
        for event in events:
            if event.type == CaseRegistered.type:
                await self.both.report(CaseRegistered.model_validate_json(event.data))
            elif event.type == CaseMerged.type:
                await self.bench.tell(CaseMerged.model_validate_json(event.data))
