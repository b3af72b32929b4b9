"""What people are told: one template per occasion, whom it is for, in both languages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.vocabulary import EXERCISE_EN, EXERCISE_ZH, REPORTERS, SUPERVISION, Audience
from services.notifier.domain.words import Words


class Template(StrEnum):
    """Every occasion on which somebody is told something."""

    REGISTERED = "registered"
    JOINED = "joined"
    REJECTED = "rejected"
    CLOSED = "closed"
    REOPENED = "reopened"
    OFFERED = "offered"
    RELEASED = "released"
    REMINDER = "reminder"
    OVERDUE = "overdue"
    REWORK = "rework"
    ESCALATED = "escalated"
    UNFILLED = "unfilled"
    LOOP = "loop"
    CHECK_REQUESTED = "check_requested"
    CHECK_LATE = "check_late"


@dataclass(frozen=True, slots=True)
class Address:
    """Whom a notice is for: the kind of reader, and the opaque name of this one."""

    audience: Audience
    recipient: str

    @property
    def party(self) -> str:
        """The department it belongs to, the supervision, or the reporters."""
        match self.audience:
            case Audience.REPORTER | Audience.FOLLOWER:
                return REPORTERS
            case Audience.SUPERVISOR:
                return SUPERVISION
            case Audience.HANDLER:
                return self.recipient.removeprefix("department:").partition("/")[0]


def reporter(source: str, source_id: str) -> Address:
    """Return who made the report that became the case."""
    return Address(Audience.REPORTER, f"report:{source}/{source_id}")


def follower(source: str, source_id: str) -> Address:
    """Return who made a report that joined the case."""
    return Address(Audience.FOLLOWER, f"report:{source}/{source_id}")


def handler(department: str, person: str | None) -> Address:
    """Return a department, or one person of it.

    >>> handler("water", "duty-1").recipient
    'department:water/duty-1'
    """
    return Address(Audience.HANDLER, f"department:{department}" + (f"/{person}" if person else ""))


def supervisor() -> Address:
    """Return the supervision."""
    return Address(Audience.SUPERVISOR, SUPERVISION)


def as_exercise(text: Words) -> Words:
    """Return what is told of an exercise, which says so first."""
    return Words(f"{EXERCISE_EN}{text.en}", f"{EXERCISE_ZH}{text.zh}")


TEXTS: Final[dict[Template, Words]] = {
    Template.REGISTERED: Words(
        "Your report {source_id} ({title}) is registered as case {case_id}. "
        "We will tell you when it is closed.",
        "您反映的问题({title},编号{source_id})已立案,案号{case_id}。办结后将告知您。",
    ),
    Template.JOINED: Words(
        "Your report {source_id} is about a case that is known already: {case_id} ({title}). "
        "We will tell you when it is closed.",
        "您反映的问题(编号{source_id})已并入案件{case_id}({title})。办结后将告知您。",
    ),
    Template.REJECTED: Words(
        "Your report {source_id} could not be taken: {message}",
        "您反映的问题(编号{source_id})未予立案:{message}",
    ),
    Template.CLOSED: Words(
        "Case {case_id} ({title}) is closed: {result}. Not solved? Tell us within {days} days.",
        "案件{case_id}({title})已办结:{result}。如未解决,请在{days}天内反映。",
    ),
    Template.REOPENED: Words(
        "Case {case_id} ({title}) is open again.", "案件{case_id}({title})已重新办理。"
    ),
    Template.OFFERED: Words(
        "New case {case_id}: {title}, {urgency}. Sign by {sign_by}, finish by {due_by}.",
        "新案件{case_id}:{title},{urgency}。请于{sign_by}前签收,{due_by}前办结。",
    ),
    Template.RELEASED: Words(
        "Your part in case {case_id} ({title}) is no longer needed.",
        "案件{case_id}({title})已不再需要贵单位处理。",
    ),
    Template.REMINDER: Words(
        "Case {case_id} ({title}) is due by {due_by}.",
        "案件{case_id}({title})应于{due_by}前办结,请抓紧办理。",
    ),
    Template.OVERDUE: Words(
        "Case {case_id} ({title}) is overdue since {due_by}.",
        "案件{case_id}({title})已于{due_by}超期,请立即办理。",
    ),
    Template.REWORK: Words(
        "The check of case {case_id} ({title}) failed: {reason}. Do it again by {due_by}.",
        "案件{case_id}({title})核查不通过:{reason}。请于{due_by}前返工。",
    ),
    Template.ESCALATED: Words(
        "Case {case_id} ({title}), held by {department}, is raised to level {level}: {trigger}.",
        "案件{case_id}({title},{department}承办)升至{level}级:{trigger}。",
    ),
    Template.UNFILLED: Words(
        "Nobody of {department} could be found for case {case_id} ({title}); {owner} takes it.",
        "案件{case_id}({title}):{department}无人值守,转由{owner}办理。",
    ),
    Template.LOOP: Words(
        "Case {case_id} ({title}) was passed around by {tried}; {owner} takes it for good.",
        "案件{case_id}({title})被{tried}多次退单,由{owner}兜底办理。",
    ),
    Template.CHECK_REQUESTED: Words(
        "Check case {case_id} ({title}) by {check_by}: {department} says it is done.",
        "请于{check_by}前核查案件{case_id}({title}):{department}已反馈办结。",
    ),
    Template.CHECK_LATE: Words(
        "The check of case {case_id} ({title}) is late since {check_by}.",
        "案件{case_id}({title})核查已超时,应于{check_by}前完成。",
    ),
}
