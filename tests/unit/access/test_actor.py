"""Who acts, and what they may by that."""

import pytest

from schemas.roles import ActingRole
from schemas.scopes import SCOPES, SEES_ALL, Scope, scopes_of
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind


def somebody(
    *roles: ActingRole,
    departments: frozenset[str] = frozenset(),
    sources: frozenset[str] = frozenset(),
    everywhere: bool = False,
) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id="zhang.wei",
        name="张伟",
        door=Door.DESK,
        scopes=scopes_of(roles),
        roles=frozenset(roles),
        departments=departments,
        sources=sources,
        everywhere=everywhere,
    )


class TestActor:
    def test_is_named_in_the_story_by_what_was_proven(self) -> None:
        acting = somebody(ActingRole.SUPERVISOR, ActingRole.EVALUATOR).acting
        assert acting.person == "zhang.wei"
        assert acting.roles == ("evaluator", "supervisor")
        assert acting.door is Door.DESK

    def test_speaks_for_its_own_parties_only(self) -> None:
        actor = somebody(ActingRole.HANDLER, departments=frozenset({"police"}))
        assert actor.speaks_for("police")
        assert not actor.speaks_for("housing")
        assert not actor.reports_for("police")

    def test_reports_for_its_own_sources_only(self) -> None:
        actor = somebody(sources=frozenset({"hotline-12345"}))
        assert actor.reports_for("hotline-12345")
        assert not actor.reports_for("camera")
        assert not actor.speaks_for("hotline-12345")

    def test_that_is_bound_to_nothing_speaks_for_nobody(self) -> None:
        actor = somebody(*ActingRole)
        assert not actor.speaks_for("police")
        assert not actor.speaks_for("")
        assert not actor.reports_for("camera")

    def test_that_is_let_in_everywhere_speaks_for_all(self) -> None:
        actor = somebody(everywhere=True)
        assert actor.speaks_for("police")
        assert actor.reports_for("camera")
        assert actor.sees_all
        assert not actor.may(Scope.CASES_READ)

    @pytest.mark.parametrize("role", ActingRole)
    def test_sees_all_cases_in_some_roles(self, role: ActingRole) -> None:
        assert somebody(role).sees_all is (role in SEES_ALL)


class TestRole:
    @pytest.mark.parametrize("role", ActingRole)
    def test_opens_something(self, role: ActingRole) -> None:
        assert SCOPES[role]

    @pytest.mark.parametrize("role", [ActingRole.ADMINISTRATOR, ActingRole.OPERATOR])
    def test_that_keeps_the_house_sees_no_case(self, role: ActingRole) -> None:
        assert scopes_of([role]).isdisjoint(
            {Scope.CASES_READ, Scope.ANSWERS_WRITE, Scope.COMMANDS_WRITE, Scope.REPORTS_READ}
        )

    def test_alone_lets_people_in(self) -> None:
        managing = {role for role in ActingRole if Scope.PEOPLE_MANAGE in SCOPES[role]}
        assert managing == {ActingRole.ADMINISTRATOR}
