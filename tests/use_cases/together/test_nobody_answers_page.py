"""docs/a-case-nobody-answers.md: the stories that it shows are what happens."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from schemas.plan import examine
from schemas.vocabulary import Channel
from services.notifier.store import reading
from tests.support.both import Both
from tests.support.notifier import PLAN_FILE, case_of, registered, the_plan
from tests.support.sources import ROOT

PAGE: Final = (ROOT / "docs" / "a-case-nobody-answers.md").read_text(encoding="utf-8")
SHOWN: Final = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
ZONE: Final = the_plan().timezone


async def begun(both: Both, category: str, at: str, **changes: Any) -> None:
    """Report something at a local time."""
    both.notifier.now = datetime.fromisoformat(at).replace(tzinfo=ZONE).astimezone(UTC)
    await both.report(registered(category, at=both.notifier.now, **changes))


async def silent_until(both: Both, at: str) -> None:
    """Let nobody say anything until a local time, from one deadline to the next."""
    until = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    while both.notifier.now < until:
        due = min((await both.notifier.all_timers()).values())
        seconds = (min(due, until) - both.notifier.now).total_seconds()
        await both.pass_time(seconds=max(seconds, 0))


async def story(both: Both) -> str:
    """Return what happened, as the page shows it: the local time, and the sentence."""
    async with both.notifier.database.read() as conn:
        lines = await reading.story(conn, case_of())
    told = [f"{one['at'].astimezone(ZONE):%a %H:%M}  {one['text_en'].rstrip()}" for one in lines]
    return "\n".join(told[2:]) + "\n"


async def desk(both: Both) -> None:
    await begun(both, "P0137", "2026-01-05 09:00")
    await silent_until(both, "2026-01-07 12:00")


async def person_on_call(both: Both) -> None:
    await begun(both, "S-PET", "2026-01-05 09:00")
    await silent_until(both, "2026-01-05 12:00")


async def co_handler(both: Both) -> None:
    await begun(both, "E0502", "2026-02-17 02:00")
    for party in ("fire", "police", "urban-management"):
        await both.say(party, "accepted")
    await silent_until(both, "2026-02-17 02:30")


async def lead(both: Both) -> None:
    await begun(both, "E0112", "2026-01-05 08:00")
    await both.say("urban-management", "accepted", "started")
    await silent_until(both, "2026-01-08 12:00")


async def check(both: Both) -> None:
    await begun(both, "E0112", "2026-01-05 08:00", channel=Channel.PHONE)
    await both.say("urban-management", "accepted", "started", "done")
    await silent_until(both, "2026-01-05 12:00")


async def unnamed(both: Both) -> None:
    await begun(both, "E9999", "2026-01-05 09:00", triage=True)
    await both.say("urban-management", "accepted")
    await silent_until(both, "2026-01-05 15:00")


SILENT: Final = [desk, person_on_call, co_handler, lead, check, unnamed]


class TestPage:
    @pytest.mark.parametrize("number", range(len(SILENT)), ids=[one.__name__ for one in SILENT])
    async def test_shows_what_happens(self, both: Both, number: int) -> None:
        await SILENT[number](both)
        assert SHOWN[number] == await story(both)

    def test_shows_heads_that_a_plan_takes(self) -> None:
        [shown] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
        plan = PLAN_FILE.read_text(encoding="utf-8")
        table = re.search(r"\[supervision\]\n.*?\n\n", plan, re.DOTALL)
        assert table is not None
        changed = plan.replace(table[0], f"{shown}\n")
        assert examine(changed.encode(), name="plan.toml").findings == ()
