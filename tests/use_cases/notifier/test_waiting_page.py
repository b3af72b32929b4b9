"""`docs/a-case-must-wait.md`, said as it stands there."""

import json
import re
from typing import Any

from schemas.plan.requests import Requests
from schemas.topics import COMMANDS
from schemas.vocabulary import RequestKind
from schemas.words.labels import REQUEST
from tests.support.notifier import NotifierBench, Told, case_of
from tests.support.requesting import being_handled, go_to, id_of, standing
from tests.support.sources import ROOT

PAGE = (ROOT / "docs" / "a-case-must-wait.md").read_text()


async def say(bench: NotifierBench, n: int, **changes: Any) -> Told:
    """Let the notifier read the n-th command of the page, about our case."""
    block = re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)[n]
    said = json.loads(block) | {"case_id": str(case_of())} | changes
    value = json.dumps(said).encode()
    return await bench.read(bench.record(COMMANDS, key=str(case_of()), value=value))


class TestPage:
    async def test_is_how_a_case_waits(self, bench: NotifierBench) -> None:
        await being_handled(bench, "30 ND")
        asked = await say(bench, 0)
        assert asked.kinds == ["request.submitted"]
        approved = await say(bench, 1, request_id=str(id_of(asked)))
        assert approved.kinds == ["suspension.approved"]
        until = (await standing(bench)).suspended_until
        assert until is not None
        assert until.isoformat() == "2026-03-02T00:00:00+00:00"
        assert (await go_to(bench, until)).kinds == ["suspension.ended"]

    async def test_is_how_it_goes_on_earlier(self, bench: NotifierBench) -> None:
        await being_handled(bench, "30 ND")
        asked = await say(bench, 0)
        await say(bench, 1, request_id=str(id_of(asked)))
        assert (await say(bench, 2)).kinds == ["suspension.ended"]

    def test_names_every_kind_and_the_numbers_of_the_plan(self) -> None:
        rows = dict(re.findall(r"^\| `(\w+)` (\S+) \|", PAGE, re.MULTILINE))
        assert rows == {str(kind): REQUEST[kind].zh for kind in RequestKind}
        rules = Requests()
        assert (rules.suspensions, rules.extensions, rules.appeals) == (1, 2, 1)
        assert f"for {rules.suspension.days} days" in PAGE
        assert f"`{rules.appeal_within}`" in PAGE
