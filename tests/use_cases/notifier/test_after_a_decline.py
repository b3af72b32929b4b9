"""A department declines as "not ours": who dispatches may only dispatch (scenario 6)."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.events.requests import RequestSubmitted
from tests.support.notifier import LI_WEI, NotifierBench, assigned, case_of, registered

FIRST, NEXT = "urban-management", "police"
DISPATCHER = LI_WEI | {"roles": ["dispatcher"]}
ENDS = ("case.dismiss", "case.withdraw", "case.merge", "case.refuse_reopening")


async def declined(bench: NotifierBench) -> None:
    """Let the first department have used three of its four hours, and decline."""
    await bench.tell(registered(), registered(report="2"), assigned(FIRST))
    await bench.say(FIRST, "accepted")
    await bench.pass_time(hours=3)
    await bench.say(FIRST, "declined")


class TestDispatcher:
    @pytest.mark.parametrize("kind", ENDS)
    async def test_cannot_end_what_a_department_declined(
        self, bench: NotifierBench, kind: str
    ) -> None:
        await declined(bench)
        said: dict[str, Any] = {"reason": "nobody wants it", "acting": DISPATCHER}
        if kind == "case.merge":
            said["into"] = str(case_of("2"))
        told = await bench.read(bench.command(kind, **said))
        assert (told.reasons, told.kinds) == (["wrong_role"], [])
        assert (await bench.case())["state"] == "returned"

    async def test_may_only_ask_that_it_is_closed_by_force(self, bench: NotifierBench) -> None:
        await declined(bench)
        said: dict[str, Any] = {"what": "force_close", "legal_basis": "none", "reason": "r"}
        told = await bench.read(bench.command("case.request", acting=DISPATCHER, **said))
        [asked] = told.facts(RequestSubmitted)
        said = {"request_id": str(asked.request_id), "reason": "r", "acting": DISPATCHER}
        assert (await bench.read(bench.command("case.approve", **said))).reasons == ["wrong_role"]
        assert (await bench.case())["state"] == "returned"

    async def test_may_send_it_on(self, bench: NotifierBench) -> None:
        await declined(bench)
        await bench.tell(assigned("fire", round_=2, at=bench.now))
        said: dict[str, Any] = {"department": NEXT, "reason": "noise", "acting": DISPATCHER}
        assert (await bench.read(bench.command("case.reassign", **said))).kinds == [
            "case.reassigned"
        ]


class TestClock:
    async def test_of_another_department_is_a_fresh_one(self, bench: NotifierBench) -> None:
        await declined(bench)
        await bench.tell(assigned(NEXT, round_=2, at=bench.now))
        assert (await bench.case())["due_by"] == bench.now + timedelta(hours=4)

    async def test_of_the_same_department_goes_on_with_the_rest(self, bench: NotifierBench) -> None:
        await declined(bench)
        await bench.pass_time(hours=5)
        await bench.tell(assigned(FIRST, round_=2, resumes=True, at=bench.now))
        assert (await bench.case())["due_by"] == bench.now + timedelta(hours=1)
