"""The life of a case: the 20 states and 28 rows of the domain handbook, and those of our own."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lifecycle import (
    ENDED,
    OPEN,
    TERMINAL,
    TRANSITIONS,
    Actor,
    CaseEvent,
    CaseState,
    IllegalTransition,
    Transition,
    allowed_events,
    led_to,
    next_state,
)
from schemas.roles import MAY

STATES = """
    reported verifying not_accepted merged withdrawn registered assigned accepted handling
    returned consultation suspended feedback inspecting rework pending_closure closed
    force_closed reopened archived
"""

TERMINAL_STATES = {"not_accepted", "withdrawn", "archived"}
CLOSED_STATES = {"closed", "force_closed", "merged"}
OPEN_STATES = " ".join(s for s in STATES.split() if s not in TERMINAL_STATES | CLOSED_STATES)

# Copied from the handbook by hand, not from the code: number, from, event, to, who may.
HANDBOOK = [
    (1, "-", "case.reported", "reported", "intake"),
    (2, "reported", "case.registered", "registered", "intake"),
    (3, "reported", "verification.requested", "verifying", "intake supervision"),
    (4, "verifying", "verification.confirmed", "registered", "collector"),
    (4, "verifying", "verification.unclear", "reported", "collector"),
    (5, "verifying reported", "case.rejected", "not_accepted", "intake supervision"),
    (6, "reported registered", "case.merged", "merged", "intake supervision"),
    (
        7,
        "reported verifying registered assigned",
        "case.withdrawn",
        "withdrawn",
        "reporter person",
    ),
    (8, "registered", "case.assigned", "assigned", "router"),
    (9, "assigned", "assignment.accepted", "accepted", "department"),
    (10, "assigned", "assignment.expired", "assigned", "system router"),
    (10, "assigned", "case.assigned", "assigned", "system router"),
    (11, "assigned accepted", "case.returned", "returned", "department"),
    (12, "returned", "case.assigned", "assigned", "router"),
    (13, "returned", "consultation.opened", "consultation", "router supervision"),
    (14, "consultation", "consultation.decided", "assigned", "supervision system"),
    (15, "accepted", "handling.started", "handling", "department"),
    (16, "handling", "suspension.approved", "suspended", "person"),
    (17, "suspended", "suspension.ended", "handling", "system person"),
    (18, "handling", "extension.approved", "handling", "person"),
    (19, "handling rework", "feedback.submitted", "feedback", "department"),
    (20, "feedback", "check.requested", "inspecting", "supervision system"),
    (21, "inspecting feedback", "check.failed", "rework", "supervision"),
    (22, "inspecting feedback", "check.passed", "pending_closure", "supervision system"),
    (22, "inspecting feedback", "check.waived", "pending_closure", "supervision system"),
    (23, "pending_closure", "case.closed", "closed", "supervision system"),
    (24, OPEN_STATES, "case.force_closed", "force_closed", "person"),
    (25, "closed force_closed", "case.reopened", "reopened", "reporter supervision"),
    (26, "reopened", "case.assigned", "assigned", "router supervision"),
    (26, "reopened", "reopen.refused", "closed", "router supervision"),
    (27, "closed force_closed", "case.archived", "archived", "system"),
    (28, "closed", "appeal.approved", "closed", "person"),
    (29, "assigned accepted handling rework", "assignment.revoked", "returned", "system"),
    (30, "assigned accepted handling rework", "case.reassigned", "returned", "person"),
    (31, "assigned accepted handling rework", "case.corrected", "returned", "person"),
    (
        32,
        "assigned accepted handling rework suspended",
        "case.dismissed",
        "not_accepted",
        "person",
    ),
    (
        33,
        "assigned accepted handling rework suspended",
        "case.merged_into",
        "merged",
        "person",
    ),
    (34, "merged", "case.unmerged", "returned", "person"),
    (35, "assigned accepted", "reopen.refused", "closed", "person"),
]

ALLOWED = {
    (None if state == "-" else CaseState(state), CaseEvent(event), Actor(actor)): CaseState(to)
    for _, states, event, to, actors in HANDBOOK
    for state in states.split()
    for actor in actors.split()
}
BIRTHS_AND_STATES = (None, *CaseState)
STEPS = st.lists(st.tuples(st.sampled_from(CaseEvent), st.sampled_from(Actor)), max_size=60)


class TestTable:
    def test_knows_the_twenty_states(self) -> None:
        assert [state.value for state in CaseState] == STATES.split()

    def test_has_its_rows_in_their_order(self) -> None:
        assert [row.number for row in TRANSITIONS] == list(range(1, len(TRANSITIONS) + 1))

    @pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"row {row.number}")
    def test_says_what_the_handbook_says(self, row: Transition) -> None:
        told = [line for line in HANDBOOK if line[0] == row.number]
        assert {frozenset(line[1].split()) - {"-"} for line in told} == {row.from_states}
        assert {(line[2], line[3]) for line in told} == set(row.outcomes)
        assert {frozenset(line[4].split()) for line in told} == {row.who_may}

    def test_uses_every_event_every_actor_and_every_state(self) -> None:
        assert {event for row in TRANSITIONS for event, _ in row.outcomes} == set(CaseEvent)
        assert {actor for row in TRANSITIONS for actor in row.who_may} == set(Actor)
        assert {to for row in TRANSITIONS for _, to in row.outcomes} == set(CaseState)

    def test_asks_for_a_role_wherever_a_person_commands(self) -> None:
        for row in TRANSITIONS:
            assert (Actor.PERSON in row.who_may) is (row.command is not None)
            assert row.roles == (MAY[row.command] if row.command else frozenset())
            assert bool(row.roles) is (row.command is not None)

    def test_leads_one_way_from_each_state_by_each_event(self) -> None:
        pairs = [
            (state, event)
            for row in TRANSITIONS
            for state in row.from_states
            for event, _ in row.outcomes
        ]
        assert len(pairs) == len(set(pairs))

    def test_parts_the_states_into_open_closed_and_terminal(self) -> None:
        assert set(TERMINAL) == TERMINAL_STATES
        assert set(ENDED) == TERMINAL_STATES | CLOSED_STATES
        assert set(OPEN) | set(ENDED) == set(CaseState)
        assert not OPEN & ENDED


class TestTransition:
    @pytest.mark.parametrize("state", BIRTHS_AND_STATES, ids=lambda state: f"from {state}")
    def test_is_allowed_only_as_the_table_says(self, state: CaseState | None) -> None:
        for event, actor in product(CaseEvent, Actor):
            expected = ALLOWED.get((state, event, actor))
            if expected is None:
                with pytest.raises(IllegalTransition):
                    next_state(state, event, actor=actor)
            else:
                assert next_state(state, event, actor=actor) is expected

    @pytest.mark.parametrize("state", BIRTHS_AND_STATES, ids=lambda state: f"from {state}")
    def test_tells_what_is_allowed_instead(self, state: CaseState | None) -> None:
        instead = {event for from_state, event, _ in ALLOWED if from_state == state}
        assert allowed_events(state) == instead
        wrong = next(event for event in CaseEvent if event not in instead)
        with pytest.raises(IllegalTransition) as caught:
            next_state(state, wrong, actor=Actor.SYSTEM)
        assert (caught.value.state, caught.value.event) == (state, wrong)
        assert caught.value.allowed == instead
        for event in instead or ["nothing"]:
            assert event in str(caught.value)

    @pytest.mark.parametrize("state", BIRTHS_AND_STATES, ids=lambda state: f"from {state}")
    def test_is_told_to_observers_whoever_caused_it(self, state: CaseState | None) -> None:
        for event in CaseEvent:
            found = {to for (s, e, _), to in ALLOWED.items() if (s, e) == (state, event)}
            assert led_to(state, event) == (found.pop() if found else None)

    def test_never_leaves_a_terminal_state(self) -> None:
        assert [allowed_events(state) for state in TERMINAL] == [frozenset()] * len(TERMINAL)

    def test_lets_the_supervision_force_any_open_case_closed(self) -> None:
        for state in CaseState:
            can = CaseEvent.FORCE_CLOSED in allowed_events(state)
            assert can is (state in OPEN)


class TestWalk:
    @given(steps=STEPS)
    def test_stays_in_known_states_and_ends_for_good(
        self, steps: list[tuple[CaseEvent, Actor]]
    ) -> None:
        state: CaseState | None = None
        for event, actor in steps:
            before = state
            try:
                state = next_state(state, event, actor=actor)
            except IllegalTransition:
                assert state is before
            assert before not in TERMINAL or state is before
            assert state is None or state in CaseState

    @given(data=st.data())
    def test_of_allowed_steps_agrees_with_its_observer(self, data: st.DataObject) -> None:
        state: CaseState | None = None
        for _ in range(40):
            choices = sorted((e, a) for s, e, a in ALLOWED if s == state)
            if not choices:
                assert state in TERMINAL
                return
            event, actor = data.draw(st.sampled_from(choices))
            seen = led_to(state, event)
            state = next_state(state, event, actor=actor)
            assert state is seen

    def test_can_reach_every_state_from_birth(self) -> None:
        reached: set[CaseState | None] = {None}
        while True:
            further = {to for (state, _, _), to in ALLOWED.items() if state in reached}
            if further <= reached:
                break
            reached |= further
        assert reached == {None, *CaseState}

    def test_can_end_from_every_state(self) -> None:
        ending: set[CaseState | None] = set(ENDED)
        while found := {s for (s, _, _), to in ALLOWED.items() if to in ending} - ending:
            ending |= found
        assert ending == {None, *CaseState}
