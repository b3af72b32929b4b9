"""Short words of the code as people read them, in both languages."""

from typing import Final

from schemas import vocabulary
from schemas.events.blocking import Unblocked
from schemas.lifecycle import CaseState
from schemas.plan.closing import Evidence
from schemas.roles import ActingRole
from schemas.vocabulary import (
    CommandKind,
    EscalationTrigger,
    PartStatus,
    RequestKind,
    Satisfaction,
    Urgency,
    Word,
)
from schemas.words.form import Words

NOTHING: Final = Words("nothing", "无")
NONE: Final = {
    "asking_department": Words("Somebody in charge", ""),
    "wanted": Words("who was asked before did not sign", "前一责任人未签收"),
    "contacts": Words("nobody", "无人"),
    "media": Words("none", "无"),
    "heads": Words("the supervision", "督办"),
}
"""What none of these is called; of other empty lists `NOTHING`."""
NO_PROMISE: Final = Words("a date that is not set", "尚未确定的时间")
REPORTERS: Final = Words("the reporters", "反映人")

WEEKDAYS: Final = (
    *(Words("Monday", "星期一"), Words("Tuesday", "星期二"), Words("Wednesday", "星期三")),
    *(Words("Thursday", "星期四"), Words("Friday", "星期五"), Words("Saturday", "星期六")),
    Words("Sunday", "星期日"),
)

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
    EscalationTrigger.CHECK_LATE: Words("nobody checked it in time", "核查超时"),
    EscalationTrigger.TRIAGE_LATE: Words("nobody said in time what it is", "分拣超时"),
    EscalationTrigger.PART_LATE: Words(
        "a part that was waited for is late", "所等待的协办任务超时"
    ),
}

UNBLOCKED: Final = {
    Unblocked.DONE: Words("its part is done", "协办任务已完成"),
    Unblocked.DECLINED: Words("it declined", "协办单位退单"),
    Unblocked.EXPIRED: Words("nobody signed for the part", "协办任务签收超时"),
    Unblocked.REVOKED: Words("the part was taken back", "协办任务已撤销"),
    Unblocked.TOO_LATE: Words("its part was not done in time", "协办任务超时"),
    Unblocked.SAID: Words("the lead says so", "主办单位提出"),
    Unblocked.EMERGENCY: Words("the case is an emergency now", "案件已升为特急"),
}
"""Why a lead waits no longer."""

CLOCK: Final = {
    "acceptance": Words("to register", "受理"),
    "dispatch": Words("to dispatch", "派遣"),
    "first_contact": Words("to make contact", "首次联系"),
    "closing": Words("to close", "结案"),
    "request": Words("to decide what is asked for", "审批"),
    "triage": Words("to say what it is", "分拣"),
    "sign": Words("to sign", "签收"),
    "handling": Words("to handle", "处置"),
    "check": Words("to check", "核查"),
    "part": Words("to do its part, for which the lead waits", "协办(主办等待中)"),
    "suspension": Words("to let it go on", "挂账"),
    "resident": Words("as promised", "承诺办结"),
}
"""What somebody's move is, by the clock that runs."""

REQUEST: Final = {
    RequestKind.SUSPENSION: Words("suspension", "挂账"),
    RequestKind.EXTENSION: Words("extension", "延期"),
    RequestKind.FORCE_CLOSE: Words("forced closing", "强制结案"),
    RequestKind.APPEAL: Words("appeal", "超期申诉"),
}

SATISFACTION: Final = {
    Satisfaction.SATISFIED: Words("satisfied", "满意"),
    Satisfaction.MOSTLY: Words("mostly satisfied", "基本满意"),
    Satisfaction.DISSATISFIED: Words("dissatisfied", "不满意"),
}

COLOUR: Final = {
    "green": Words("green", "绿灯"),
    "yellow": Words("yellow", "黄灯"),
    "red": Words("red", "红灯"),
}
"""How near its end a limit is."""

URGENCY: Final = {
    Urgency.EMERGENCY: Words("emergency", "特急"),
    Urgency.URGENT: Words("urgent", "紧急"),
    Urgency.GENERAL: Words("general", "一般"),
    Urgency.PROJECT: Words("project", "工程"),
}

STATE: Final = {
    CaseState.REPORTED: Words("reported", "已上报"),
    CaseState.VERIFYING: Words("being verified", "核实中"),
    CaseState.NOT_ACCEPTED: Words("not accepted", "不予立案"),
    CaseState.MERGED: Words("merged", "已并案"),
    CaseState.WITHDRAWN: Words("withdrawn", "已撤回"),
    CaseState.REGISTERED: Words("registered", "已立案"),
    CaseState.ASSIGNED: Words("assigned", "已派遣"),
    CaseState.ACCEPTED: Words("accepted", "已签收"),
    CaseState.HANDLING: Words("being handled", "处置中"),
    CaseState.RETURNED: Words("returned", "已退回"),
    CaseState.CONSULTATION: Words("under consultation", "会商中"),
    CaseState.SUSPENDED: Words("suspended", "已挂账"),
    CaseState.FEEDBACK: Words("done, as its department says", "已反馈办结"),
    CaseState.INSPECTING: Words("waiting for the check", "待核查"),
    CaseState.REWORK: Words("in rework", "返工中"),
    CaseState.PENDING_CLOSURE: Words("about to be closed", "待结案"),
    CaseState.CLOSED: Words("closed", "已结案"),
    CaseState.FORCE_CLOSED: Words("force closed", "已强制结案"),
    CaseState.REOPENED: Words("reopened", "已重开"),
    CaseState.ARCHIVED: Words("archived", "已归档"),
}

WORD: Final = {
    Word.ACCEPTED: Words("accepted", "签收"),
    Word.DECLINED: Words("declined", "退单"),
    Word.STARTED: Words("started", "开始处置"),
    Word.PROGRESS: Words("progress", "反馈进展"),
    Word.DONE: Words("done", "反馈办结"),
    Word.BLOCKED: Words("blocked", "等待协办"),
    Word.UNBLOCKED: Words("unblocked", "不再等待协办"),
    Word.CHECK_PASSED: Words("check passed", "核查通过"),
    Word.CHECK_FAILED: Words("check failed", "核查不通过"),
    Word.REOPEN: Words("reopen", "重开"),
    Word.WITHDRAW: Words("withdraw", "撤回"),
    Word.RATE: Words("rate", "评价"),
}

COMMAND: Final = {
    CommandKind.ANNOTATE: Words("add a note", "备注"),
    CommandKind.REASSIGN: Words("reassign", "改派"),
    CommandKind.CORRECT: Words("correct", "更正"),
    CommandKind.ADD_CO_HANDLER: Words("add a co-handler", "增派协办"),
    CommandKind.DROP_CO_HANDLER: Words("drop a co-handler", "撤销协办"),
    CommandKind.SUPERVISE: Words("supervise", "督办"),
    CommandKind.UNSUPERVISE: Words("lift the supervision", "解除督办"),
    CommandKind.REQUEST: Words("make a request", "申请"),
    CommandKind.WITHDRAW_REQUEST: Words("withdraw a request", "撤回申请"),
    CommandKind.APPROVE: Words("approve", "批准"),
    CommandKind.REFUSE: Words("refuse", "不予批准"),
    CommandKind.RESUME: Words("resume", "恢复办理"),
    CommandKind.REFUSE_REOPENING: Words("refuse to reopen", "不予重开"),
    CommandKind.MERGE: Words("merge", "并案"),
    CommandKind.UNMERGE: Words("undo a merge", "解除并案"),
    CommandKind.DISMISS: Words("dismiss", "撤销立案"),
    CommandKind.WITHDRAW: Words("withdraw", "撤回"),
}

ROLE: Final = {
    ActingRole.COLLECTOR: Words("collector", "采集员"),
    ActingRole.ACCEPTOR: Words("acceptor", "受理员"),
    ActingRole.SHIFT_LEAD: Words("shift lead", "值班长"),
    ActingRole.DISPATCHER: Words("dispatcher", "派遣员"),
    ActingRole.DEPARTMENT: Words("department", "处置部门"),
    ActingRole.HANDLER: Words("handler", "处置人员"),
    ActingRole.EVALUATOR: Words("evaluator", "考核员"),
    ActingRole.SUPERVISOR: Words("supervisor", "领导"),
    ActingRole.ADMINISTRATOR: Words("administrator", "系统管理员"),
    ActingRole.OPERATOR: Words("operator", "运维人员"),
}

KIND: Final = {str(kind): words for kind, words in (*WORD.items(), *COMMAND.items())}
"""What was said, an answer or a command, by its `kind`."""

PARTY: Final[dict[str, Words]] = {
    vocabulary.SUPERVISION: Words("the supervision", "督办"),
    vocabulary.REPORTERS: REPORTERS,
}

CORRECTED: Final = {
    "category": Words("category", "类别"),
    "urgency": Words("urgency", "紧急程度"),
    "place": Words("place", "地点"),
}

EVIDENCE: Final[dict[str, Words]] = {
    Evidence.BEFORE_PHOTO: Words("photo from before", "处置前照片"),
    Evidence.AFTER_PHOTO: Words("photo from after", "处置后照片"),
    Evidence.REPORT: Words("report", "处置报告"),
    Evidence.RECEIPT: Words("receipt", "回执"),
}

ASKS_FOR_A_CHECK: Final = "the plan asks for it"
ASKS_FOR_NONE: Final = "the plan asks for none"
NOT_IN_THE_PLAN: Final = "it is not in the plan any more"
NOBODY_SIGNED: Final = "The case goes on without it, and its closing waits for it no longer."
LEAD_CHANGED: Final = "lead_changed"
NOT_POSSIBLE: Final = "not_possible"
DATE_HAS_COME: Final = "the date has come"

BY_CATEGORY: Final = Words("as its category says", "按类别派遣")
BY_COMMAND: Final = Words("as was commanded", "按指令派遣")

PHRASES: Final = {
    vocabulary.CALENDAR_CHANGED: Words("the plan's calendar changed", "预案的工作日历有变"),
    vocabulary.CASE_CORRECTED: Words("the case is another one than was thought", "案件信息已更正"),
    vocabulary.CASE_REOPENED: Words("the case is open again", "案件重新办理"),
    vocabulary.MAY_REST: Words("the work may rest", "案件已挂账"),
    vocabulary.MAY_TAKE_LONGER: Words("its department has more time", "办理时限已延期"),
    vocabulary.DANGER_TOLD: Words(
        "a report that joined tells of danger to life", "并案反映称有生命危险"
    ),
    vocabulary.MORE_URGENT: Words("a report that joined is more urgent", "并案反映的紧急程度更高"),
    ASKS_FOR_A_CHECK: Words(ASKS_FOR_A_CHECK, "预案要求核查"),
    ASKS_FOR_NONE: Words(ASKS_FOR_NONE, "预案不要求核查"),
    NOT_IN_THE_PLAN: Words(NOT_IN_THE_PLAN, "该单位已不在预案中"),
    NOBODY_SIGNED: Words(NOBODY_SIGNED, "案件不再等待该单位,结案条件中不再计入。"),
    LEAD_CHANGED: Words("the department has the case no more", "承办单位已变更"),
    NOT_POSSIBLE: Words("it is not possible any more", "已不具备条件"),
    DATE_HAS_COME: Words(DATE_HAS_COME, "挂账到期"),
}
"""Reasons that are the house's own, as facts carry them."""
