"""A case that went to the wrong department: somebody in charge sends it to another one."""

import json
import re
from typing import Any

import pytest

from schemas.events.charge import CaseReassigned
from schemas.events.refusals import CommandRefused
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import reading
from tests.support.notifier import LI_WEI, NotifierBench, Told, assigned, case_of, registered
from tests.support.sources import ROOT

LEAD, NEXT = "urban-management", "police"
REASON = "the noise is of a private flat"
PAGE = ROOT / "docs" / "a-case-went-to-the-wrong-department.md"


async def reassign(bench: NotifierBench, department: str = NEXT, **changes: Any) -> Told:
    fields: dict[str, Any] = {"department": department, "reason": REASON} | changes
    return await bench.read(bench.command("case.reassign", **fields))


async def story(bench: NotifierBench) -> list[dict[str, Any]]:
    async with bench.database.read() as conn:
        return [{**line} for line in await reading.story(conn, case_of())]


class TestCaseOfTheWrongDepartment:
    async def test_is_taken_from_it_and_says_who_did_it_and_why(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        await bench.pass_time(hours=1)
        told = await reassign(bench)
        [fact] = told.facts(CaseReassigned)
        assert told.kinds == ["case.reassigned"]
        assert (fact.department, fact.to_department, fact.left_seconds) == (LEAD, NEXT, 3 * 3600)
        assert await bench.timers() == {}
        assert (await bench.case())["state"] == "returned"
        line = (await story(bench))[-1]
        assert (line["actor"], line["party"]) == ("person", "Li Wei")
        assert line["text_en"] == (
            "Taken from Urban management enforcement brigade and sent to Public security: "
            f"{REASON} (Li Wei)"
        )
        assert line["text_zh"].endswith(f":{REASON}(Li Wei)")

    async def test_is_no_longer_the_first_ones_which_is_told(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await reassign(bench)
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("reassigned", f"department:{LEAD}")
        assert REASON in notice.text_en
        assert (await bench.say(LEAD, "accepted")).reasons == ["not_yours"]

    async def test_gives_the_next_department_a_clock_of_its_own(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        await bench.pass_time(hours=3)
        await reassign(bench)
        told = await bench.tell(assigned(NEXT, round_=2, at=bench.now))
        assert [n.recipient for n in told.notices("offered")] == [f"department:{NEXT}"]
        assert (await bench.timers())[TimerKind.OVERDUE].hour == bench.now.hour + 4
        told = await bench.say(NEXT, "accepted", "started", "done", round_=2)
        assert told.kinds[-1] == "case.closed"

    @pytest.mark.parametrize("words", [(), ("accepted",), ("accepted", "started")])
    async def test_may_be_signed_for_and_begun(
        self, bench: NotifierBench, words: tuple[str, ...]
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, *words)
        assert (await reassign(bench)).kinds == ["case.reassigned"]

    async def test_may_be_in_rework(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0304"), assigned(LEAD, category="E0304"))
        await bench.say(LEAD, "accepted", "started", "done")
        await bench.say("supervision", "check_failed")
        assert (await reassign(bench)).kinds == ["case.reassigned"]


class TestCommandBetweenTwoAssignments:
    """The router was told something after which it names the next: its word comes first."""

    async def test_waits_for_it_and_then_holds(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "declined")
        assert (await reassign(bench)).messages == []
        told = await bench.tell(assigned("fire", round_=2))
        assert told.kinds == ["case.reassigned"]
        [fact] = told.facts(CaseReassigned)
        assert (fact.department, fact.to_department) == ("fire", NEXT)

    async def test_waits_where_nobody_signed(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        assert "assignment.expired" in (await bench.pass_time(hours=2)).kinds
        assert (await reassign(bench)).messages == []
        assert (await bench.tell(assigned(LEAD, round_=2))).kinds == ["case.reassigned"]

    async def test_that_repeats_itself_is_done_once_per_command(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        assert (await reassign(bench)).kinds == ["case.reassigned"]
        assert (await reassign(bench)).messages == []
        told = await bench.tell(assigned(NEXT, round_=2))
        assert (told.kinds, told.reasons) == ([], ["has_it_already"])

    async def test_is_refused_when_it_never_comes(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "declined")
        await reassign(bench)
        [refusal] = (await bench.pass_time(minutes=10)).facts(CommandRefused)
        assert (refusal.reason, refusal.state) == ("wrong_state", "returned")


class TestRefusedReassignment:
    @pytest.mark.parametrize(
        ("changes", "reason", "field"),
        [
            ({"acting": LI_WEI | {"roles": []}}, "wrong_role", "acting.roles"),
            ({"acting": LI_WEI | {"roles": ["handler", "x"]}}, "wrong_role", "acting.roles"),
            ({"department": "gardeners"}, "unknown_department", "department"),
            ({"department": LEAD}, "has_it_already", "department"),
        ],
    )
    async def test_names_the_field_and_changes_nothing(
        self, bench: NotifierBench, changes: dict[str, Any], reason: str, field: str
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        before, timers = await bench.case(), await bench.all_timers()
        told = await reassign(bench, **changes)
        [refusal] = told.facts(CommandRefused)
        assert (refusal.reason, refusal.field, told.kinds) == (reason, field, [])
        left_out = {"lines"}
        after = await bench.case()
        assert {n: v for n, v in after.items() if n not in left_out} == {
            n: v for n, v in before.items() if n not in left_out
        }
        assert await bench.all_timers() == timers

    async def test_says_which_roles_it_takes(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await reassign(bench, acting=LI_WEI | {"roles": ["handler"]})
        [refusal] = told.facts(CommandRefused)
        assert refusal.message_en == (
            "Only these roles may reassign: shift lead, dispatcher; Li Wei acts in none of them"
        )
        assert refusal.message_zh == "改派须由值班长、派遣员提出,Li Wei不具备上述角色"

    async def test_by_role_does_not_wait_for_its_case(self, bench: NotifierBench) -> None:
        told = await reassign(bench, acting=LI_WEI | {"roles": []})
        assert told.reasons == ["wrong_role"]

    async def test_of_a_case_that_is_done_says_what_is_possible(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        [refusal] = (await reassign(bench)).facts(CommandRefused)
        assert (refusal.reason, refusal.state) == ("wrong_state", "closed")
        assert refusal.allowed == ("case.annotate", "case.unsupervise", "case.request")


class TestPage:
    """docs/a-case-went-to-the-wrong-department.md, step by step."""

    async def test_shows_a_command_that_holds(self, bench: NotifierBench) -> None:
        [found, _] = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
        command = json.loads(found)
        fields = {name: said for name, said in command.items() if name not in {"kind", "case_id"}}
        await bench.tell(registered(), assigned(LEAD))
        told = await bench.read(bench.command(command["kind"], **fields))
        assert told.kinds == ["case.reassigned"]
        assert [n.template for n in told.notices()] == ["reassigned"]

    async def test_names_every_reason_of_a_refusal(self, bench: NotifierBench) -> None:
        text = PAGE.read_text()
        for reason in ("wrong_role", "unknown_department", "has_it_already", "wrong_state"):
            assert f"`{reason}`" in text
        await bench.tell(registered(), assigned(LEAD))
        assert (await reassign(bench, "gardeners")).reasons == ["unknown_department"]
