"""What the groups of a provider bring, and what a sign-in without a second factor does not."""

from schemas.plan import GroupGrant
from schemas.roles import MAY, SECOND_FACTOR, ActingRole
from schemas.vocabulary import CommandKind
from services.desk.domain.people import (
    Membership,
    granted,
    needs_second_factor,
    roles_in_force,
)

GRANTS = (
    GroupGrant(group="police", roles=(ActingRole.HANDLER,), department="police", areas=("e", "w")),
    GroupGrant(group="leads", roles=(ActingRole.SHIFT_LEAD,), shift="night"),
    GroupGrant(group="staff"),
)


class TestGroups:
    def test_bring_what_the_plan_says_and_add_up(self) -> None:
        roles, memberships = granted(["leads", "police", "unknown"], GRANTS)
        assert roles == {ActingRole.HANDLER, ActingRole.SHIFT_LEAD}
        assert memberships == {
            Membership(department="police", area="e"),
            Membership(department="police", area="w"),
            Membership(shift="night"),
        }

    def test_that_the_plan_does_not_name_bring_nothing(self) -> None:
        assert granted(["polic", "Police", "administrators"], GRANTS) == (frozenset(), frozenset())
        assert granted([], GRANTS) == (frozenset(), frozenset())


class TestSecondFactor:
    def test_is_asked_of_everybody_who_decides_what_others_ask_for(self) -> None:
        deciding = MAY[CommandKind.APPROVE] | MAY[CommandKind.REFUSE]
        assert deciding | {ActingRole.ADMINISTRATOR} == SECOND_FACTOR

    def test_is_what_a_deciding_role_waits_for_and_no_other(self) -> None:
        roles = {ActingRole.HANDLER, ActingRole.SHIFT_LEAD}
        assert needs_second_factor(roles)
        assert roles_in_force(roles, second_factor=False) == {ActingRole.HANDLER}
        assert roles_in_force(roles, second_factor=True) == roles
