"""One true-to-life example of every message: a burst water main in Qingshanhu, start to end.

The data are as they stand on the wire. Tests read them, and so does the event reference.
"""

from typing import Final

from pydantic import BaseModel

from schemas.events import (
    assignment,
    blocking,
    case,
    feedback,
    incident,
    notice,
    part,
    rating,
    refusals,
    triage,
)
from tests.support.example_case import ACTING as _ACTING
from tests.support.example_case import BLOCKING as _BLOCKING
from tests.support.example_case import HEAD as _HEAD
from tests.support.example_case import HELP as _HELP
from tests.support.example_case import LEAD as _LEAD
from tests.support.example_case import OTHER as _OTHER
from tests.support.example_case import PLACE as _PLACE
from tests.support.example_case import PLAN as _PLAN
from tests.support.example_case import REPORTER as _REPORTER
from tests.support.example_case import Json
from tests.support.example_case import by_lead as _by_lead
from tests.support.example_case import fact as _fact
from tests.support.example_case import minute as _minute
from tests.support.example_file import FILES
from tests.support.examples_of_charge import CHARGE
from tests.support.examples_of_clocks import CLOCKS
from tests.support.examples_of_endings import ENDINGS
from tests.support.examples_of_people import PEOPLE

_WHY: Final[Json] = {
    "plan_version": _PLAN,
    "rule": "default:E0501",
    "inputs": {"category": "E0501", "urgency": "E", "grid": "36011100300101"},
    "passed_over": [{"candidate": "water", "reason": "is a co-handler of this category"}],
}
_OFFER: Final[Json] = {
    "assignment_id": _LEAD,
    "department": "urban-management",
    "tier": "1",
    "role": "lead",
}
_CO_OFFER: Final[Json] = {
    "assignment_id": _HELP,
    "department": "water",
    "tier": "N",
    "role": "co_handler",
    "person": "water-duty-1",
    "person_title_en": "duty officer 1",
    "person_title_zh": "值班员1",
    "sign_by": _minute(6),
}


def _answer(minute: int, kind: str, **data: object) -> Json:
    return _fact(minute, feedback_id=f"um-{minute}", kind=kind, acting=_ACTING, **data)


_INCIDENT: Final[dict[type[BaseModel], Json]] = {
    incident.IncidentReport: {
        "source": "hotline-12345",
        "id": "2026-0501-000123",
        "channel": "phone",
        "reported_at": _minute(0),
        "place": _PLACE,
        "category": "E0501",
        "description": "自来水管爆裂,路面积水,车辆无法通行",
        "urgency": "E",
        "media": ["https://media.example.org/2026/05/01/a1.jpg"],
        "people": 20,
        "contact": {"name": "张先生", "phone": "13800000000", "email": "zhang@example.org"},
        "exercise": False,
    },
}

_INTAKE: Final[dict[type[BaseModel], Json]] = {
    case.CaseRegistered: _fact(
        1,
        reporter=_REPORTER,
        reported_at=_minute(0),
        category="E0501",
        class_code="E05",
        title_en="water main burst",
        title_zh="供水管道破裂",
        urgency="E",
        place=_PLACE,
        description="自来水管爆裂,路面积水,车辆无法通行",
        media=["https://media.example.org/2026/05/01/a1.jpg"],
        people=20,
        promise="1 UH",
        promised_by="2026-05-01T09:01:00+08:00",
        exercise=False,
        triage=False,
        classified_by="the report's code",
        plan_version=_PLAN,
    ),
    case.CaseMerged: _fact(
        3,
        merged_id=_OTHER,
        reporter={"source": "resident-app", "source_id": "77", "channel": "app"},
        reported_at=_minute(2),
        distance_m=18.4,
        why="same category, 18 m and 2 min apart",
        description="水漫到店里了,有人受伤",
        media=["https://media.example.org/2026/05/01/a2.jpg"],
        people=3,
        urgency="E",
        danger="人受伤",
        exercise=False,
    ),
    case.CaseRejected: _fact(
        1,
        reporter=_REPORTER,
        reported_at=_minute(0),
        reason="outside",
        field="place.point",
        message_en="the place is outside the district",
        message_zh="地点不在本辖区内",
        exercise=False,
    ),
}

_ASSIGNED: Final[Json] = _fact(
    1,
    round=1,
    lead=_OFFER,
    co_handlers=[_CO_OFFER],
    urgency="E",
    sign_seconds=300,
    limit_seconds=3600,
    limit_text="1 UH",
    resumes=False,
    final=False,
    why=_WHY,
)

_WANTED_BY_LEAD: Final[Json] = {"by": "urban-management", "reason": "the valve is theirs"}

_ROUTER: Final[dict[type[BaseModel], Json]] = {
    assignment.CaseAssigned: _ASSIGNED,
    assignment.CoHandlerOffered: _fact(
        10, offer=_CO_OFFER, assigned=_ASSIGNED, wanted=_WANTED_BY_LEAD
    ),
    assignment.LoopDetected: _fact(
        9, tried=["water", "housing", "property"], owner="urban-management"
    ),
    assignment.DutyUnfilled: _fact(
        2, department="water", asked=["water-duty-1", "water-head"], owner="urban-management"
    ),
    assignment.WorkOrder: _fact(
        1,
        assignment_id=_LEAD,
        round=1,
        role="lead",
        department="urban-management",
        person="um-desk",
        lead_department="urban-management",
        co_handlers=["water", "police"],
        category="E0501",
        title_en="water main burst",
        title_zh="供水管道破裂",
        urgency="E",
        level=1,
        place=_PLACE,
        description="自来水管爆裂,路面积水,车辆无法通行",
        media=["https://media.example.org/2026/05/01/a1.jpg"],
        people=20,
        reported_at=_minute(0),
        sign_by=_minute(6),
        due_by="2026-05-01T09:01:00+08:00",
        limit_text="1 UH",
        closing_rule="lead",
        closing_conditions_en="water stopped, pipe repaired and supply back",
        closing_conditions_zh="止水,修复通水",
        evidence=["before_photo", "after_photo", "report"],
        legal_basis="《城市供水条例》",
        final=False,
        exercise=False,
        triage=False,
        why=_WHY,
        wanted=_WANTED_BY_LEAD,
        answer_to="feedback.urban-management.v1",
    ),
}

_NOTIFIER: Final[dict[type[BaseModel], Json]] = {
    triage.TriageRequested: _fact(1, person="acceptor", triage_by=_minute(6)),
    case.AssignmentAccepted: _by_lead(4, by="um-desk", acting=_ACTING),
    case.AssignmentExpired: _by_lead(6, person="um-desk", sign_by=_minute(6)),
    case.CaseReturned: _by_lead(
        5,
        reason="the pipe is the waterworks' own",
        suggested_department="water",
        left_seconds=3300.0,
        acting=_ACTING,
    ),
    case.AssignmentRevoked: _by_lead(7, reason="left_the_plan", left_seconds=3180.0),
    case.HandlingStarted: _by_lead(8, acting=_ACTING),
    case.CaseProgressed: _by_lead(20, note="阀门已关闭,正在开挖", acting=_ACTING),
    part.PartAskedAgain: _by_lead(
        55,
        person="wr-desk",
        sign_by=_minute(6),
        until=_minute(11),
        due_by="2026-05-01T09:01:00+08:00",
        heads=[_HEAD | {"party": "water"}],
        wanted=_WANTED_BY_LEAD,
    ),
    blocking.CaseBlocked: _by_lead(24, blocking=_BLOCKING, acting=_ACTING),
    blocking.CaseUnblocked: _by_lead(
        30,
        person="um-desk",
        blocked_by=_HELP,
        by_department="water",
        by_person="water-duty-1",
        why="done",
        acting=_ACTING,
    ),
    part.PartChanged: _by_lead(
        22, status="done", note="pump on the spot", evidence=[], acting=_ACTING
    ),
    case.FeedbackSubmitted: _by_lead(
        40,
        result="管道已修复,恢复供水",
        evidence=[
            {"kind": "before_photo", "link": "https://media.example.org/2026/05/01/b1.jpg"},
            {"kind": "after_photo", "link": "https://media.example.org/2026/05/01/b2.jpg"},
        ],
        acting=_ACTING,
    ),
    case.CheckRequested: _fact(
        40, why="the plan asks for it", check_by="2026-05-01T09:10:00+08:00"
    ),
    case.CheckFailed: _fact(
        45, reason="路面未清理", failures=1, left_seconds=1800.0, acting=_ACTING
    ),
    case.CheckPassed: _fact(50, by="supervisor-2", acting=_ACTING),
    case.CheckWaived: _fact(40, why="the plan asks for none"),
    case.CaseClosed: _fact(51, department="urban-management", result="已修复", overdue=False),
    case.CaseReopened: _fact(
        59, reason="水压仍不足", department="urban-management", person="um-desk", acting=_ACTING
    ),
    rating.CaseRated: _fact(
        58,
        report_id="7c1f0f36-6f0c-5c39-9c4e-3f1d8d9e7a10",
        satisfaction="dissatisfied",
        reason="等了三天才来",
        acting=_ACTING,
    ),
    notice.Notice: _fact(
        51,
        audience="handler",
        recipient="department:urban-management",
        template="offered",
        text_en="New case: water main burst, emergency. Finish by 2026-05-01 09:01.",
        text_zh="新案件:供水管道破裂,紧急。请于2026-05-01 09:01前办结。",
        level=0,
        exercise=False,
        assignment_id=_LEAD,
        due_by="2026-05-01T09:01:00+08:00",
    ),
    refusals.CommandRefused: _fact(
        53,
        command_id="c-53",
        acting=_ACTING,
        kind="case.annotate",
        reason="wrong_state",
        field="note",
        message_en="The case is archived.",
        message_zh="案件已归档。",
        state="archived",
        allowed=[],
    ),
    refusals.FeedbackRefused: _fact(
        52,
        feedback_id="um-52",
        party="urban-management",
        kind="done",
        reason="not-allowed",
        field="kind",
        message_en="The case is closed already.",
        message_zh="案件已结案。",
        state="closed",
        allowed=["reopen"],
    ),
}

_ANSWERS: Final[dict[type[BaseModel], Json]] = {
    feedback.Accepted: _answer(4, "accepted", assignment_id=_LEAD, by="um-desk"),
    feedback.Declined: _answer(
        5,
        "declined",
        assignment_id=_LEAD,
        reason="the pipe is the waterworks' own",
        suggested_department="water",
    ),
    feedback.Started: _answer(8, "started", assignment_id=_LEAD),
    feedback.Progress: _answer(20, "progress", assignment_id=_LEAD, note="阀门已关闭,正在开挖"),
    feedback.Done: _answer(
        40,
        "done",
        assignment_id=_LEAD,
        result="管道已修复,恢复供水",
        evidence=[{"kind": "after_photo", "link": "https://media.example.org/b2.jpg"}],
    ),
    feedback.Blocked: _answer(
        24,
        "blocked",
        assignment_id=_LEAD,
        blocked_by="water",
        reason="the water must be turned off first",
    ),
    feedback.Unblock: _answer(30, "unblocked", assignment_id=_LEAD),
    feedback.CheckPassedAnswer: _answer(50, "check_passed", by="supervisor-2"),
    feedback.CheckFailedAnswer: _answer(45, "check_failed", reason="路面未清理"),
    feedback.Reopen: _answer(59, "reopen", reason="水压仍不足"),
    feedback.Rate: _answer(
        58,
        "rate",
        report_id="7c1f0f36-6f0c-5c39-9c4e-3f1d8d9e7a10",
        satisfaction="dissatisfied",
        reason="等了三天才来",
    ),
    feedback.WithdrawAnswer: _answer(4, "withdraw", reason="已自行处理"),
}

EXAMPLES: Final = {
    **_INCIDENT,
    **_INTAKE,
    **_ROUTER,
    **_NOTIFIER,
    **_ANSWERS,
    **CHARGE,
    **FILES,
    **CLOCKS,
    **ENDINGS,
    **PEOPLE,
}
"""Data of one valid message per model, every optional field filled where it can be."""
