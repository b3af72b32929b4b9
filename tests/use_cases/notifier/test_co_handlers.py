"""Departments that a lead or somebody in charge wants to help with a case, or that are let go."""

from typing import Any

import pytest

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, Wanted
from schemas.events.charge import CoHandlerDropped, CoHandlerWanted
from schemas.events.part import PartAskedAgain
from schemas.events.refusals import CommandRefused
from schemas.vocabulary import Role
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import reading
from tests.support.notifier import LI_WEI, NotifierBench, Told, assigned, case_of, offer, registered

LEAD, HELP = "urban-management", "police"
HANDLER = LI_WEI | {"roles": ["handler"]}


async def add(bench: NotifierBench, department: str = HELP, **fields: Any) -> Told:
    said = {"department": department, "reason": "there is a crowd"} | fields
    return await bench.read(bench.command("case.add_co_handler", **said))


async def drop(bench: NotifierBench, department: str = HELP, **fields: Any) -> Told:
    said = {"department": department, "reason": "nobody answers"} | fields
    return await bench.read(bench.command("case.drop_co_handler", **said))


def offered(told: Told, within: CaseAssigned) -> CoHandlerOffered:
    """Return how the router offers what was wanted."""
    [wanted] = told.facts(CoHandlerWanted)
    plain = offer(wanted.department, role=Role.CO_HANDLER, round_=1, report="1", person=None)
    named = plain.model_copy(update={"assignment_id": wanted.assignment_id})
    why = Wanted(by=wanted.asking_department, reason=wanted.reason)
    return CoHandlerOffered(
        case_id=case_of(), at=within.at, offer=named, assigned=within, wanted=why
    )


async def helped(bench: NotifierBench, department: str = HELP) -> tuple[CoHandlerOffered, Told]:
    """Add a co-handler, with the router's word on it."""
    fact = offered(await add(bench, department), assigned(LEAD))
    return fact, await bench.tell(fact)


async def parts(bench: NotifierBench) -> dict[str, str]:
    async with bench.database.read() as conn:
        return {p["department"]: p["status"] for p in await reading.parts(conn, case_of())}


class TestAddedCoHandler:
    async def test_is_wanted_then_offered_and_told(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await add(bench)
        [wanted] = told.facts(CoHandlerWanted)
        assert (told.kinds, told.notices()) == (["case.co_handler_wanted"], [])
        assert wanted.due_by is not None
        told = await bench.tell(offered(told, assigned(LEAD)))
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("help", f"department:{HELP}")
        assert notice.assignment_id == wanted.assignment_id
        assert await parts(bench) == {LEAD: "offered", HELP: "offered"}

    async def test_is_one_part_if_it_is_wanted_twice_before_its_offer(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [first], [second] = [(await add(bench)).facts(CoHandlerWanted) for _ in range(2)]
        assert first.assignment_id == second.assignment_id

    async def test_is_another_part_after_one_that_ended(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        fact, _ = await helped(bench)
        await bench.say(HELP, "declined", assignment_id=str(fact.offer.assignment_id))
        [again] = (await add(bench)).facts(CoHandlerWanted)
        assert again.assignment_id != fact.offer.assignment_id

    async def test_answers_for_its_part_as_others_do(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        fact, _ = await helped(bench)
        id_ = str(fact.offer.assignment_id)
        told = await bench.say(HELP, "accepted", "done", assignment_id=id_)
        assert told.kinds == ["part.changed", "part.changed"]
        told = await bench.say(LEAD, "accepted", "started", "done")
        assert told.kinds[-1] == "case.closed"

    async def test_that_answers_early_is_heard_with_its_offer(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        fact = offered(await add(bench), assigned(LEAD))
        id_ = str(fact.offer.assignment_id)
        assert (await bench.say(HELP, "accepted", assignment_id=id_)).messages == []
        assert (await bench.tell(fact)).kinds == ["part.changed"]

    async def test_leaves_the_lead_its_assignment_and_its_clock(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        timers = await bench.timers()
        await helped(bench)
        # It has a clock of its own to sign.
        assert {*(await bench.timers())} == {*timers, TimerKind.PART}
        assert {kind: (await bench.timers())[kind] for kind in timers} == timers
        assert (await bench.say(LEAD, "accepted")).kinds == ["assignment.accepted"]

    async def test_is_offered_nothing_of_a_case_that_ended_meanwhile(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        fact = offered(await add(bench), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        assert (await bench.tell(fact)).notices() == []
        assert (await parts(bench))[HELP] == "revoked"

    async def test_may_be_added_again_after_it_was_let_go(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        first, _ = await helped(bench)
        await drop(bench)
        second, told = await helped(bench)
        assert second.offer.assignment_id != first.offer.assignment_id
        assert [n.template for n in told.notices()] == ["help"]


async def asked(bench: NotifierBench, department: str = HELP, **fields: Any) -> Told:
    """Let somebody of a department ask another one, for the lead if nothing else is said."""
    return await add(bench, department, **{"acting": HANDLER, "asking_department": LEAD} | fields)


class TestLead:
    async def test_asks_a_department_that_is_told_who_asks_and_why(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        told = await asked(bench)
        [wanted] = told.facts(CoHandlerWanted)
        assert (wanted.asking_department, wanted.reason) == (LEAD, "there is a crowd")
        async with bench.database.read() as conn:
            line = (await reading.story(conn, case_of()))[-1]
        assert line["text_zh"] == "城管执法队请公安协办:there is a crowd(Li Wei)"
        [notice] = (await bench.tell(offered(told, assigned(LEAD)))).notices("help")
        assert "城管执法队请求:there is a crowd" in notice.text_zh

    @pytest.mark.parametrize("words", [["accepted"], ["accepted", "started"]])
    async def test_asks_from_when_it_has_signed_until_it_is_done(
        self, bench: NotifierBench, words: list[str]
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [refusal] = (await asked(bench)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("sign_first", None)
        await bench.say(LEAD, *words)
        assert (await asked(bench)).kinds == ["case.co_handler_wanted"]
        await bench.say(LEAD, *["started", "done"][len(words) - 1 :])
        assert (await asked(bench)).reasons == ["wrong_state"]

    @pytest.mark.parametrize(
        ("department", "fields", "reason", "field"),
        [
            ("water", {"asking_department": None}, "not_the_lead", "asking_department"),
            ("water", {"asking_department": "fire"}, "not_the_lead", "asking_department"),
            ("water", {"asking_department": "gardeners"}, "not_the_lead", "asking_department"),
            ("water", {"acting": LI_WEI | {"roles": ["collector"]}}, "wrong_role", "acting.roles"),
            ("gardeners", {}, "unknown_department", "department"),
            (LEAD, {}, "has_it_already", "department"),
            ("fire", {}, "has_it_already", "department"),
        ],
    )
    async def test_asks_for_its_own_case_alone_and_whoever_has_no_part(
        self,
        bench: NotifierBench,
        department: str,
        fields: dict[str, Any],
        reason: str,
        field: str,
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, "fire"))
        await bench.say(LEAD, "accepted")
        told = await asked(bench, department, **fields)
        [refusal] = told.facts(CommandRefused)
        assert (refusal.reason, refusal.field, told.kinds) == (reason, field, [])

    async def test_asks_no_more_once_another_department_leads(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        command = {"department": "water", "reason": "theirs"}
        await bench.read(bench.command("case.reassign", **command))
        assert (await asked(bench)).messages == []  # until it is known who is next
        told = await bench.tell(assigned("water", round_=2))
        assert told.reasons == ["not_the_lead"]

    async def test_waits_for_whom_it_asked_once_that_has_signed(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        fact = offered(await asked(bench), assigned(LEAD))
        await bench.tell(fact)
        await bench.say(HELP, "accepted", assignment_id=str(fact.offer.assignment_id))
        told = await bench.say(LEAD, "blocked", blocked_by=HELP)
        assert told.kinds == ["case.blocked"]

    async def test_goes_on_when_whom_it_asked_declines(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        fact = offered(await asked(bench), assigned(LEAD))
        await bench.tell(fact)
        await bench.say(HELP, "declined", assignment_id=str(fact.offer.assignment_id))
        assert (await bench.say(LEAD, "done")).kinds[-1] == "case.closed"

    async def test_is_named_to_the_next_person_and_in_the_file(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        fact = offered(await asked(bench), assigned(LEAD))
        await bench.tell(fact)
        assert fact.wanted is not None
        silent = (await bench.timers())[TimerKind.PART] - bench.now
        [again] = (await bench.pass_time(seconds=silent.total_seconds())).facts(PartAskedAgain)
        assert again.wanted == fact.wanted
        async with bench.database.read() as conn:
            [_, part] = await reading.parts(conn, case_of())
        assert part["wanted"] == {"by": LEAD, "reason": "there is a crowd"}


class TestCoHandlerThatIsLetGo:
    async def test_is_told_and_answers_no_more(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, HELP))
        told = await drop(bench)
        [fact] = told.facts(CoHandlerDropped)
        assert (told.kinds, fact.department) == (["case.co_handler_dropped"], HELP)
        assert [(n.template, n.recipient) for n in told.notices()] == [
            ("released", f"department:{HELP}")
        ]
        assert (await bench.say(HELP, "accepted")).reasons == ["not_yours"]

    async def test_no_longer_holds_a_case_that_waited_for_it_alone(
        self, bench: NotifierBench
    ) -> None:
        code = next(c.code for c in bench.plan.categories.values() if str(c.closing) == "all")
        await bench.tell(registered(code), assigned(LEAD, HELP, category=code))
        await bench.say(LEAD, "accepted", "started", "done")
        told = await drop(bench)
        assert told.kinds[:2] == ["case.co_handler_dropped", "feedback.submitted"]


class TestRefused:
    @pytest.mark.parametrize(
        ("department", "fields", "reason", "field"),
        [
            (HELP, {"acting": LI_WEI | {"roles": ["evaluator"]}}, "wrong_role", "acting.roles"),
            ("gardeners", {}, "unknown_department", "department"),
            (LEAD, {}, "has_it_already", "department"),
            ("fire", {}, "has_it_already", "department"),
        ],
    )
    async def test_addition_names_the_field_and_changes_nothing(
        self,
        bench: NotifierBench,
        department: str,
        fields: dict[str, Any],
        reason: str,
        field: str,
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, "fire"))
        told = await add(bench, department, **fields)
        [refusal] = told.facts(CommandRefused)
        assert (refusal.reason, refusal.field, told.kinds) == (reason, field, [])

    @pytest.mark.parametrize("department", [LEAD, HELP, "gardeners"])
    async def test_dropping_of_who_is_no_co_handler_names_the_field(
        self, bench: NotifierBench, department: str
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, "fire"))
        [refusal] = (await drop(bench, department)).facts(CommandRefused)
        assert (refusal.reason, refusal.field) == ("no_co_handler", "department")
        assert await parts(bench) == {LEAD: "offered", "fire": "offered"}

    async def test_of_a_case_that_is_done_says_what_is_possible(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        assert (await add(bench)).reasons == ["wrong_state"]
        assert (await drop(bench)).reasons == ["wrong_state"]

    async def test_nothing_while_the_router_is_about_to_assign(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        assert (await add(bench)).messages == []
        assert (await bench.tell(assigned(LEAD))).kinds == ["case.co_handler_wanted"]
