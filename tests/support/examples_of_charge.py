"""An example of each command, and of what follows from it."""

from typing import Any, Final

from pydantic import BaseModel

from schemas.events import charge, commands, requests
from tests.support.example_case import ACTING, HELP, Json, by_lead, fact

_REQUEST: Final = "1d3a2b52-33d1-5a52-8a39-7f0f3f1c9d21"


ASKED: Final[Json] = {
    "suspended_until": "2026-05-04T08:00:00+08:00",
    "exempt_at": "2026-05-01T09:50:00+08:00",
    "requests": [
        {
            "request_id": _REQUEST,
            "what": "appeal",
            "asked_by": "wang.fang",
            "asked_at": "2026-05-01T09:50:00+08:00",
            "reason": "the valve was not ours",
            "decide_by": "2026-05-01T10:05:00+08:00",
            "next_at": "2026-05-01T10:05:00+08:00",
            "level": 1,
        }
    ],
    "spent": ["suspension"],
    "hands": ["wang.fang"],
}
"""What the file of a case says of what was asked for."""


def _of_request(minute: int, what: str, **fields: Any) -> Json:
    """Return what is told of a request of the lead's."""
    asked = {"request_id": _REQUEST, "what": what, "asked_by": "wang.fang"}
    return fact(minute, **asked, department="urban-management", person="um-desk", **fields)


def _approved(minute: int, what: str, **fields: Any) -> Json:
    """Return that a request of the lead's is allowed."""
    told = {"reason": "the pipe comes on Monday", "remark": "agreed", "acting": ACTING}
    return _of_request(minute, what, **told, **fields)


def _on_request(minute: int, kind: str) -> Json:
    """Return a command about a request."""
    return fact(
        minute,
        command_id=f"c-{minute}",
        kind=kind,
        acting=ACTING,
        request_id=_REQUEST,
        reason="the supplier wrote so",
    )


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
        asking_department="urban-management",
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
        asking_department="urban-management",
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
    requests.RequestSubmitted: by_lead(
        22,
        request_id=_REQUEST,
        what="suspension",
        reason="the pipe comes on Monday",
        until="2026-05-04T08:00:00+08:00",
        legal_basis="城镇供水条例",
        decide_by="2026-05-01T08:37:00+08:00",
        level=1,
        acting=ACTING,
    ),
    requests.RequestAskedAgain: _of_request(
        37,
        "suspension",
        decide_by="2026-05-01T08:37:00+08:00",
        again_at="2026-05-01T08:52:00+08:00",
        level=2,
        heads=[
            {"party": "supervision", "person": "chief", "title_en": "chief", "title_zh": "主任"}
        ],
    ),
    requests.RequestWithdrawn: _of_request(
        23, "suspension", reason="the pipe is there", acting=ACTING
    ),
    requests.RequestRefused: _of_request(
        24, "suspension", reason="there is a pipe in the yard", acting=ACTING
    ),
    requests.RequestLapsed: _of_request(25, "suspension", reason="lead_changed"),
    requests.CaseSuspended: _approved(
        24, "suspension", until="2026-05-04T08:00:00+08:00", left_seconds=2160.0
    ),
    requests.SuspensionEnded: fact(
        26,
        department="urban-management",
        person="um-desk",
        reason="the pipe came early",
        left_seconds=2160.0,
        due_by="2026-05-01T09:03:00+08:00",
        acting=ACTING,
    ),
    requests.CaseExtended: _approved(
        24,
        "extension",
        before="2026-05-01T09:01:00+08:00",
        after="2026-05-01T10:01:00+08:00",
        times=1,
    ),
    requests.CaseForceClosed: _approved(
        24, "force_close", legal_basis="城镇供水条例", overdue=False
    ),
    requests.AppealApproved: _approved(59, "appeal", overdue_at="2026-05-01T09:01:00+08:00"),
    commands.Request: fact(
        22,
        command_id="c-22",
        kind="case.request",
        acting=ACTING,
        what="suspension",
        department="urban-management",
        reason="the pipe comes on Monday",
        until="2026-05-04T08:00:00+08:00",
        legal_basis="城镇供水条例",
    ),
    commands.WithdrawRequest: _on_request(23, "case.withdraw_request"),
    commands.Approve: _on_request(24, "case.approve"),
    commands.Refuse: _on_request(25, "case.refuse"),
    commands.Resume: fact(
        26,
        command_id="c-26",
        kind="case.resume",
        acting=ACTING,
        reason="the pipe came early",
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
