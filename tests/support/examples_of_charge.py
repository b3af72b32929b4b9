"""An example of each command, and of what follows from it."""

from typing import Final

from pydantic import BaseModel

from schemas.events import charge, commands
from tests.support.example_case import ACTING, HELP, Json, by_lead, fact

CHARGE: Final[dict[type[BaseModel], Json]] = {
    charge.CaseAnnotated: fact(21, note="业主在外地,电话联系", acting=ACTING),
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
    charge.CaseSupervised: fact(
        9,
        supervised_for="mayor.zhang",
        department="urban-management",
        person="um-desk",
        reason="the street is without water",
        acting=ACTING,
    ),
    charge.CaseUnsupervised: fact(
        45,
        supervised_for="mayor.zhang",
        department="urban-management",
        person="um-desk",
        reason="there is water again",
        acting=ACTING,
    ),
    commands.Supervise: fact(
        9,
        command_id="c-9",
        kind="case.supervise",
        acting=ACTING,
        supervised_for="mayor.zhang",
        reason="the street is without water",
    ),
    commands.Unsupervise: fact(
        45,
        command_id="c-45",
        kind="case.unsupervise",
        acting=ACTING,
        reason="there is water again",
    ),
    charge.CoHandlerWanted: fact(
        10,
        assignment_id=HELP,
        department="water",
        reason="the valve is theirs",
        due_by="2026-05-01T09:01:00+08:00",
        acting=ACTING,
    ),
    charge.CoHandlerDropped: fact(
        30,
        assignment_id=HELP,
        department="water",
        person="water-duty-1",
        reason="the valve is shut",
        acting=ACTING,
    ),
    commands.AddCoHandler: fact(
        10,
        command_id="c-10",
        kind="case.add_co_handler",
        acting=ACTING,
        department="water",
        reason="the valve is theirs",
    ),
    commands.DropCoHandler: fact(
        30,
        command_id="c-30",
        kind="case.drop_co_handler",
        acting=ACTING,
        department="water",
        reason="the valve is shut",
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
