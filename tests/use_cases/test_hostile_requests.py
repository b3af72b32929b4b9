"""No value of a path, a query, a header or a body is a fault of ours, on either engine."""

from collections.abc import Sequence

import pytest

from schemas.vocabulary import assignment_id_for
from services.intake.http.reports import reports_router
from services.intake.migrations import HISTORY as INTAKE
from services.intake.use_cases.submissions import Door as ReportsDoor
from services.notifier.http.answers import answers_router
from services.notifier.http.cases import cases_router
from services.notifier.http.commands import commands_router
from services.notifier.http.door import Parts
from services.notifier.migrations import HISTORY as NOTIFIER
from services.router.http import routes
from services.router.migrations import HISTORY as ROUTER
from tests.support.databases import Place
from tests.support.hostile import Answered, each_field, each_parameter
from tests.support.intake import NOON, FakePublisher, report_data
from tests.support.notifier import NotifierBench, assigned, case_of, registered
from tests.support.report_links import NO_LINKS
from tests.support.router import MONDAY_NOON, the_plan
from tests.support.web import app_of

LEAD = "urban-management"

pytestmark = pytest.mark.timeout(300)


def unsound(answers: Sequence[Answered]) -> list[Answered]:
    """Return what was answered with a fault or without a problem; there must be answers."""
    assert len({one.status for one in answers}) > 1
    return [one for one in answers if not one.is_sound]


class TestIntake:
    async def test_answers_every_value(self, place: Place) -> None:
        async with place.opened(INTAKE) as database:
            door = ReportsDoor(publisher=FakePublisher(), database=database, clock=lambda: NOON)
            http = app_of(reports_router(door, links=NO_LINKS))
            answers = await each_parameter(http, known={"source": "hotline", "id": "1"})
            assert unsound(answers) == []

    async def test_answers_every_body(self, place: Place) -> None:
        async with place.opened(INTAKE) as database:
            door = ReportsDoor(publisher=FakePublisher(), database=database, clock=lambda: NOON)
            http = app_of(reports_router(door, links=NO_LINKS))
            body = report_data(contact={"name": "x"}, place={"point": {"lat": 1.0, "lon": 1.0}})
            fields = (
                "id",
                "reported_at",
                "place.point.lat",
                "description",
                "contact.name",
                "media",
            )
            assert unsound(await each_field(http, "/reports", body, *fields)) == []


class TestRouter:
    async def test_answers_every_value(self, place: Place) -> None:
        async with place.opened(ROUTER) as database:
            http = app_of(routes(plan=the_plan, database=database, clock=lambda: MONDAY_NOON))
            answers = await each_parameter(http, known={"case_id": str(case_of())})
            assert unsound(answers) == []
            body = {"category": "P0402", "description": "Tree"}
            fields = ("category", "grid", "description", "source", "channel", "urgency", "at")
            assert unsound(await each_field(http, "/plan/explain", body, *fields)) == []


class TestNotifier:
    async def test_answers_every_value(self, place: Place) -> None:
        async with place.opened(NOTIFIER) as database:
            bench = NotifierBench(database)
            await bench.tell(registered(), assigned(LEAD))
            door = Parts(
                database=database,
                publisher=FakePublisher(),
                plan=lambda: bench.plan,
                clock=lambda: bench.now,
            )
            reading = cases_router(database, clock=lambda: bench.now)
            http = app_of(reading, answers_router(door), commands_router(door))
            answers = await each_parameter(http, known={"case_id": str(case_of())})
            assert unsound(answers) == []
            body = {
                "party": LEAD,
                "kind": "done",
                "result": "done",
                "assignment_id": str(assignment_id_for(case_of(), 1, LEAD)),
                "evidence": [{"kind": "before_photo"}],
            }
            fields = ("party", "kind", "result", "at", "feedback_id", "by", "evidence")
            path = f"/cases/{case_of()}/feedback"
            assert unsound(await each_field(http, path, body, *fields)) == []
            note = {"kind": "case.annotate", "note": "n"}
            said = ("kind", "note", "at", "command_id", "acting")
            path = f"/cases/{case_of()}/commands"
            assert unsound(await each_field(http, path, note, *said)) == []
