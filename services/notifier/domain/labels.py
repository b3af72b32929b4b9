"""Short words of the code as people read them, in both languages."""

from typing import Final

from schemas.vocabulary import EscalationTrigger, Urgency
from services.notifier.domain.case import PartStatus
from services.notifier.domain.words import Words

NOBODY: Final = Words("nobody", "无人")
REPORTERS: Final = Words("the reporters", "反映人")

STATUS: Final = {
    PartStatus.OFFERED: Words("offered", "待签收"),
    PartStatus.ACCEPTED: Words("signed for", "已签收"),
    PartStatus.WORKING: Words("in progress", "办理中"),
    PartStatus.DONE: Words("done", "已完成"),
    PartStatus.DECLINED: Words("declined", "已退单"),
    PartStatus.EXPIRED: Words("not signed in time", "签收超时"),
    PartStatus.REVOKED: Words("taken back", "已撤销"),
}

TRIGGER: Final = {
    EscalationTrigger.SIGN_TIMEOUT: Words("nobody signed in time", "签收超时"),
    EscalationTrigger.OVERDUE: Words("handling is overdue", "处置超期"),
    EscalationTrigger.REWORK: Words("the check failed too often", "多次返工"),
}

URGENCY: Final = {
    Urgency.EMERGENCY: Words("emergency", "特急"),
    Urgency.URGENT: Words("urgent", "紧急"),
    Urgency.GENERAL: Words("general", "一般"),
    Urgency.PROJECT: Words("project", "工程"),
}
