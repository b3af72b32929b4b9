"""The file of the case that the examples tell of."""

from typing import Final

from pydantic import BaseModel

from schemas.events import case_file
from tests.support.example_case import BLOCKING, LEAD, OTHER, PLACE, REPORTER, Json, fact, minute
from tests.support.examples_of_charge import ASKED

FILES: Final[dict[type[BaseModel], Json]] = {
    case_file.CaseFiled: fact(
        51,
        state="closed",
        level=1,
        reporter=REPORTER,
        reported_at=minute(0),
        registered_at=minute(1),
        category="E0501",
        title_en="water main burst",
        title_zh="供水管道破裂",
        urgency="E",
        place=PLACE,
        description="自来水管爆裂,路面积水,车辆无法通行",
        exercise=False,
        triage=False,
        supervised_for="mayor.zhang",
        watcher="street-lead",
        triage_by=minute(6),
        blocked=BLOCKING,
        round=1,
        final=False,
        assignment_id=LEAD,
        department="urban-management",
        person="um-desk",
        tier="1",
        closing_rule="lead",
        evidence=["before_photo", "after_photo"],
        must_check=True,
        clock={"limit_seconds": 3600.0, "used_seconds": 2340.0, "extensions": 1},
        set_aside=[
            {"department": "police", "limit_seconds": 3600.0, "used_seconds": 600.0, "unit": "UH"}
        ],
        assigned_at=minute(1),
        accepted_at=minute(4),
        sign_by=minute(6),
        check_by="2026-05-01T09:10:00+08:00",
        reminded_at=minute(48),
        overdue_at="2026-05-01T09:01:00+08:00",
        overrun_told_at="2026-05-01T09:01:01+08:00",
        failures=0,
        returns=0,
        closed_at=minute(51),
        closed_result="已修复",
        closed_before={
            "closed_at": minute(45),
            "result": "已止水",
            "overdue_at": minute(44),
            "exempt_at": minute(46),
            "reopened_at": minute(47),
        },
        merged_into=OTHER,
        took_in=[OTHER],
        joined=1,
        **ASKED,
        ratings=[{"report_id": OTHER, "satisfaction": "dissatisfied", "at": minute(53)}],
        dispatch_by=minute(16),
        promise="1 UH",
        promised_at=minute(1),
        promised_by="2026-05-01T09:01:00+08:00",
        promise_missed_at=minute(52),
        intake_seq=1,
        router_seq=1,
        own_seq=6,
        parts=[
            {
                "assignment_id": LEAD,
                "department": "urban-management",
                "tier": "1",
                "role": "lead",
                "person": "um-desk",
                "status": "done",
                "offered_at": minute(1),
                "sign_by": minute(2),
                "accepted_at": minute(4),
                "ended_at": minute(40),
                "asked_again_at": minute(2),
                "expires_at": minute(21),
                "due_by": minute(55),
                "result": "已修复",
                "evidence": [{"kind": "after_photo", "link": "https://media.example.org/b2.jpg"}],
            }
        ],
        followers=[
            {
                "merged_id": OTHER,
                "source": "resident-app",
                "source_id": "77",
                "channel": "app",
                "joined_at": minute(3),
                "why": "same category, 18 m and 2 min apart",
                "description": "水漫到店里了,有人受伤",
                "media": ["https://media.example.org/2026/05/01/a2.jpg"],
                "people": 3,
            }
        ],
        story=[
            {
                "number": 1,
                "at": minute(0),
                "type": "case.reported",
                "actor": "intake",
                "party": "hotline-12345",
                "text_en": "Reported by hotline-12345 as 2026-0501-000123",
                "text_zh": "hotline-12345上报,来源编号2026-0501-000123",
                "data": '{"source":"hotline-12345","source_id":"2026-0501-000123"}',
            }
        ],
        left_out=[],
    ),
}
