"""An example of each command, and of what follows from it."""

from typing import Final

from pydantic import BaseModel

from schemas.events import charge, commands
from tests.support.example_case import ACTING, Json, by_lead, fact

CHARGE: Final[dict[type[BaseModel], Json]] = {
    charge.CaseReassigned: by_lead(
        7,
        person="um-desk",
        to_department="water",
        reason="the pipe is the waterworks' own",
        left_seconds=3180.0,
        acting=ACTING,
    ),
    charge.CaseCorrected: by_lead(
        7,
        person="um-desk",
        category="E0505",
        class_code="E05",
        title_en="road collapse",
        title_zh="路面塌陷",
        urgency="E",
        place={"grid": "36011100300101", "address": "湖滨东路 122 号门前"},
        changed=["category", "place"],
        reason="the road gave way over the pipe",
        left_seconds=3180.0,
        acting=ACTING,
    ),
    commands.Annotate: fact(
        21,
        command_id="c-21",
        kind="case.annotate",
        acting=ACTING,
        note="业主在外地,电话联系",
    ),
    commands.Reassign: fact(
        7,
        command_id="c-7",
        kind="case.reassign",
        acting=ACTING,
        department="water",
        reason="the pipe is the waterworks' own",
    ),
    commands.Correct: fact(
        7,
        command_id="c-8",
        kind="case.correct",
        acting=ACTING,
        category="E0505",
        urgency="E",
        place={"grid": "36011100300101", "address": "湖滨东路 122 号门前"},
        reason="the road gave way over the pipe",
    ),
}
