"""The routing plan: one TOML document an operator writes and reviews.

`load_plan` reads a file, `check_plan` looks one over, `Plan` answers every question of routing
and of clocks that an operator may decide.
"""

from schemas.plan.base import Polygon
from schemas.plan.calendar import (
    CalendarStatus,
    CalendarYear,
    Period,
    Working,
    due_by,
    time_of,
)
from schemas.plan.checking.calendars import assumed_years
from schemas.plan.checking.check import Examined, check_plan, examine
from schemas.plan.checking.departures import departures
from schemas.plan.checking.findings import Finding, InvalidPlan, Severity
from schemas.plan.checking.half import half_of
from schemas.plan.checking.outlines import unrolled
from schemas.plan.closing import CheckRule, ClosingKind, ClosingRule, Evidence
from schemas.plan.danger import Danger
from schemas.plan.departments import Department, duty_gaps
from schemas.plan.duty import DutyGap, Person, Shift
from schemas.plan.limits import Limit, Limits, LimitUnit
from schemas.plan.load import load_plan, parse_plan, plan_bytes
from schemas.plan.merging import Merging
from schemas.plan.model import (
    Category,
    District,
    Exercises,
    Fallback,
    Grid,
    Plan,
    UnknownCategory,
    UnknownDepartment,
)
from schemas.plan.residents import Residents
from schemas.plan.rules import DayRange, RoutingFacts, Rule, RuleWhen
from schemas.plan.sign_in import GroupGrant, OpenIdConnect, SignIn
from schemas.plan.supervision import Supervision
from schemas.plan.texts import Act, CaseValue, StandardText
from schemas.plan.titles import leading_titles
from schemas.plan.webhooks import Webhooks, WebhookUrl, webhook_url
from schemas.plan.working_time import CONTINUOUS, Counting, Rhythm, WorkingTime

__all__ = [
    "CONTINUOUS",
    "Act",
    "CalendarStatus",
    "CalendarYear",
    "CaseValue",
    "Category",
    "CheckRule",
    "ClosingKind",
    "ClosingRule",
    "Counting",
    "Danger",
    "DayRange",
    "Department",
    "District",
    "DutyGap",
    "Evidence",
    "Examined",
    "Exercises",
    "Fallback",
    "Finding",
    "Grid",
    "GroupGrant",
    "InvalidPlan",
    "Limit",
    "LimitUnit",
    "Limits",
    "Merging",
    "OpenIdConnect",
    "Period",
    "Person",
    "Plan",
    "Polygon",
    "Residents",
    "Rhythm",
    "RoutingFacts",
    "Rule",
    "RuleWhen",
    "Severity",
    "Shift",
    "SignIn",
    "StandardText",
    "Supervision",
    "UnknownCategory",
    "UnknownDepartment",
    "WebhookUrl",
    "Webhooks",
    "Working",
    "WorkingTime",
    "assumed_years",
    "check_plan",
    "departures",
    "due_by",
    "duty_gaps",
    "examine",
    "half_of",
    "leading_titles",
    "load_plan",
    "parse_plan",
    "plan_bytes",
    "time_of",
    "unrolled",
    "webhook_url",
]
