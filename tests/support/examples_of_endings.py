"""An example of each end of a case that is not its closing, and of the command that leads to it."""

from typing import Final

from pydantic import BaseModel

from schemas.events import commands, ending
from tests.support.example_case import ACTING, OTHER, Json, by_lead, fact, minute

ACCEPTOR: Final[Json] = ACTING | {"roles": ["acceptor"]}

ENDINGS: Final[dict[type[BaseModel], Json]] = {
    ending.CaseDismissed: by_lead(
        7, person="um-desk", reason="there is no pipe at this place", acting=ACCEPTOR
    ),
    ending.CaseMergedInto: by_lead(
        7,
        person="um-desk",
        primary_id=OTHER,
        reason="the same pipe",
        left_seconds=3180.0,
        acting=ACCEPTOR,
    ),
    ending.CaseUnmerged: fact(
        9,
        primary_id=OTHER,
        reason="another pipe after all",
        co_handlers=["water"],
        due_by="2026-05-01T09:03:00+08:00",
        acting=ACCEPTOR,
    ),
    ending.CaseJoined: fact(
        7,
        merged_id=OTHER,
        source="resident-app",
        source_id="77",
        channel="app",
        why="the same pipe",
    ),
    ending.CaseLeft: fact(9, merged_id=OTHER),
    ending.ReopenRefused: by_lead(
        59,
        person="um-desk",
        reason="the pressure is as it should be",
        closed_at=minute(50),
        result="pipe replaced",
        acting=ACTING | {"roles": ["shift_lead"]},
    ),
    ending.CaseArchived: fact(59, closed_at=minute(50)),
    ending.CaseWithdrawn: by_lead(4, person="um-desk", reason="已自行处理", acting=ACCEPTOR),
    commands.Dismiss: fact(
        7,
        command_id="c-7d",
        kind="case.dismiss",
        acting=ACCEPTOR,
        reason="there is no pipe at this place",
    ),
    commands.RefuseReopening: fact(
        59,
        command_id="c-59",
        kind="case.refuse_reopening",
        acting=ACTING | {"roles": ["shift_lead"]},
        reason="the pressure is as it should be",
    ),
    commands.Merge: fact(
        7,
        command_id="c-7m",
        kind="case.merge",
        acting=ACCEPTOR,
        into=OTHER,
        reason="the same pipe",
    ),
    commands.Unmerge: fact(
        9, command_id="c-9u", kind="case.unmerge", acting=ACCEPTOR, reason="another pipe after all"
    ),
    commands.Withdraw: fact(
        4, command_id="c-4w", kind="case.withdraw", acting=ACCEPTOR, reason="已自行处理"
    ),
}
