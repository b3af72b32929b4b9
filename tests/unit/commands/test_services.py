"""The registry of services agrees with what the services are."""

import pytest

from schemas.topics import (
    ASSIGNMENTS_PATTERN,
    CASE_FILES,
    CASES,
    COMMANDS,
    FEEDBACK_PATTERN,
    FEEDBACK_REFUSALS,
    INCIDENT_REPORTS,
    NOTICES,
    SERVICES,
)
from services.desk.handlers import all_that_is_told
from services.intake.handlers import closures_subscription, reports_subscription
from services.machine.services import GROUPS, REGISTRY, UnknownService, service
from services.notifier.handlers import all_about_cases, all_notices
from services.router.handlers import cases_of


class TestRegistry:
    def test_has_every_owner_of_dead_letters(self) -> None:
        assert tuple(REGISTRY) == SERVICES

    def test_has_rooms_of_the_same_name(self) -> None:
        for name, one in REGISTRY.items():
            assert one.settings.service == one.history.name == name

    def test_has_a_port_and_a_database_for_each(self) -> None:
        settings = [one.settings() for one in REGISTRY.values()]
        assert len({one.http_port for one in settings}) == len(settings)
        assert len({one.database_url for one in settings}) == len(settings)

    def test_has_the_groups_by_which_the_services_read(self) -> None:
        reports, closures = (
            reports_subscription(instance=None),
            closures_subscription(instance=None),
        )
        heard = all_about_cases(None)
        told = (CASES, CASE_FILES, NOTICES, FEEDBACK_REFUSALS, ASSIGNMENTS_PATTERN)
        assert {name: one.groups for name, one in REGISTRY.items()} == {
            "intake": {INCIDENT_REPORTS: reports.group, CASES: closures.group},
            "router": {CASES: cases_of(None).group},
            "notifier": dict.fromkeys((CASES, COMMANDS, FEEDBACK_PATTERN), heard.group)
            | {NOTICES: all_notices(None).group},
            "desk": dict.fromkeys(told, all_that_is_told(None).group),
        }
        assert len(GROUPS) == len({*GROUPS})

    def test_knows_no_other(self) -> None:
        with pytest.raises(UnknownService, match="intake, router, notifier, desk"):
            service("fire")
