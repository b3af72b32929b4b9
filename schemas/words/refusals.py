"""Why an answer or a command was refused, in words that say what to do instead."""

from enum import StrEnum
from typing import Final

from schemas.words.form import Words


class Reason(StrEnum):
    """Why an answer or a command was refused."""

    NOT_YOUR_WORD = "not_your_word"
    WRONG_ROLE = "wrong_role"
    NOT_YOURS = "not_yours"
    LEFT_THE_PLAN = "left_the_plan"
    WRONG_STATE = "wrong_state"
    FINAL_ASSIGNMENT = "final_assignment"
    EVIDENCE_MISSING = "evidence_missing"
    UNKNOWN_ASSIGNMENT = "unknown_assignment"
    UNKNOWN_CASE = "unknown_case"
    MERGED = "merged"
    TOO_LATE = "too_late"
    UNKNOWN_DEPARTMENT = "unknown_department"
    HAS_IT_ALREADY = "has_it_already"
    NO_CO_HANDLER = "no_co_handler"
    NO_PART = "no_part"
    NOT_SIGNED_FOR = "not_signed_for"
    WAITED_ENOUGH = "waited_enough"
    SUPERVISED_ALREADY = "supervised_already"
    NOT_SUPERVISED = "not_supervised"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_GRID = "unknown_grid"
    NOTHING_TO_CHANGE = "nothing_to_change"
    NOT_THE_LEAD = "not_the_lead"
    SIGN_FIRST = "sign_first"
    NOT_REQUESTABLE = "not_requestable"
    FIELD_MISSING = "field_missing"
    ASKED_ALREADY = "asked_already"
    USED_UP = "used_up"
    IN_THE_PAST = "in_the_past"
    TOO_FAR = "too_far"
    IS_OVERDUE = "is_overdue"
    TOO_LONG = "too_long"
    NOT_OVERDUE = "not_overdue"
    APPEAL_TOO_LATE = "appeal_too_late"
    UNKNOWN_REQUEST = "unknown_request"
    OWN_REQUEST = "own_request"
    NOT_YOUR_REQUEST = "not_your_request"
    HANDLED_IT = "handled_it"
    THREATENS_OTHERS = "threatens_others"
    REOPENED_TOO_LONG = "reopened_too_long"
    SAME_CASE = "same_case"
    UNKNOWN_PRIMARY = "unknown_primary"
    MERGED_ALREADY = "merged_already"
    PRIMARY_ENDED = "primary_ended"
    EXERCISE_AND_REAL = "exercise_and_real"
    OTHERS_REPORTED = "others_reported"
    RATED_ALREADY = "rated_already"
    RATED_TOO_LATE = "rated_too_late"


MESSAGES: Final[dict[Reason, Words]] = {
    Reason.NOT_YOUR_WORD: Words(
        "{party} may say {words}, not {word}", "{party}只能反馈{words},不能反馈{word}"
    ),
    Reason.WRONG_ROLE: Words(
        "Only these roles may {word}: {detail}; {party} acts in none of them",
        "{word}须由{detail}提出,{party}不具备上述角色",
    ),
    Reason.NOT_YOURS: Words(
        "This assignment is not, or no longer, yours; answer your newest work order only",
        "该任务不属于或已不属于贵单位,请只答复最新的派单",
    ),
    Reason.LEFT_THE_PLAN: Words(
        "{party} is not in the plan any more; the case was given to who is responsible now",
        "{party}已不在预案中,案件已转由现责任单位办理",
    ),
    Reason.WRONG_STATE: Words(
        "The case is {state}, where {word} is not possible; possible: {allowed}",
        "案件当前状态为{state},不能{word};可进行:{allowed}",
    ),
    Reason.FINAL_ASSIGNMENT: Words(
        "This assignment is final: it went around, or you own what nobody else owns. Sign for it",
        "该派单为兜底派单,不能退单,请签收办理",
    ),
    Reason.EVIDENCE_MISSING: Words(
        "Attach {missing}, each with a link to it, and say done again",
        "请补充{missing}(均须附链接)后再次反馈办结",
    ),
    Reason.UNKNOWN_ASSIGNMENT: Words(
        "No such assignment; take assignment_id and case_id from the work order",
        "没有该任务,请使用派单中的任务编号和案件编号",
    ),
    Reason.UNKNOWN_CASE: Words(
        "No such case; take case_id from its registration", "没有该案件,请核对立案时的案件编号"
    ),
    Reason.MERGED: Words(
        "This report was merged; say it about case {detail}", "该件已并案,请针对案件{detail}反馈"
    ),
    Reason.TOO_LATE: Words(
        "The case could be reopened until {detail}; report it anew",
        "重开期限为{detail},现已过期,请重新上报",
    ),
    Reason.UNKNOWN_DEPARTMENT: Words(
        "The plan has no department {detail}; name one by its code in the plan",
        "预案中没有单位{detail},请使用预案中的单位代码",
    ),
    Reason.HAS_IT_ALREADY: Words(
        "{department} has this case already; name another department",
        "案件已由{department}承办,请改选其他单位",
    ),
    Reason.NO_CO_HANDLER: Words(
        "{department} has no part of this case that goes on; name a co-handler that has",
        "{department}没有进行中的协办任务,请填写正在协办的单位代码",
    ),
    Reason.NO_PART: Words(
        "{department} has no part of this case that goes on; name a co-handler for whom you wait",
        "{department}没有进行中的协办任务,请填写所等待的协办单位代码",
    ),
    Reason.NOT_SIGNED_FOR: Words(
        "{department} has not signed for its part yet, so your clock goes on; say it again when "
        "it has",
        "{department}尚未签收协办任务,处置计时不暂停,请待其签收后再提出",
    ),
    Reason.WAITED_ENOUGH: Words(
        "Its part had until {detail}, and is waited for no longer; go on without it",
        "该协办任务的等待时限为{detail},现已超过,请不再等待",
    ),
    Reason.SUPERVISED_ALREADY: Words(
        "{detail} wants to know of this case already; lift that first",
        "案件已由{detail}督办,请先解除",
    ),
    Reason.NOT_SUPERVISED: Words(
        "Nobody wants to know of this case; there is nothing to lift", "案件未被督办,无需解除"
    ),
    Reason.UNKNOWN_CATEGORY: Words(
        "The plan has no category {detail}; name one by its code in the plan",
        "预案中没有类别{detail},请使用预案中的类别代码",
    ),
    Reason.UNKNOWN_GRID: Words(
        "The plan has no grid {detail}; say in which grid of the plan the place is",
        "预案中没有网格{detail},请填写预案中的网格代码",
    ),
    Reason.REOPENED_TOO_LONG: Words(
        "That it stays closed could be said until {detail}; let the work be checked",
        "不予重开须在{detail}前提出,现已过期,请按办理结果核查",
    ),
    Reason.SAME_CASE: Words(
        "A case cannot be merged into itself; name another one", "案件不能并入自身,请填写另一案件"
    ),
    Reason.UNKNOWN_PRIMARY: Words(
        "There is no case {detail}; take case_id from its registration",
        "没有案件{detail},请核对立案时的案件编号",
    ),
    Reason.MERGED_ALREADY: Words(
        "That one was merged itself; name case {detail}", "该案件已并入其他案件,请填写案件{detail}"
    ),
    Reason.PRIMARY_ENDED: Words(
        "Case {detail} has ended; name one that is open, or reopen it first",
        "案件{detail}已结束,请填写未结案件,或先行重开",
    ),
    Reason.EXERCISE_AND_REAL: Words(
        "One of the two is an exercise, and the other is not", "演练案件与真实案件不能并案"
    ),
    Reason.THREATENS_OTHERS: Words(
        "It is an emergency, or may harm others, and cannot be withdrawn; add a note instead",
        "该案件属特急或涉及他人安全,不能撤回;如情况有变,请添加备注",
    ),
    Reason.OTHERS_REPORTED: Words(
        "Others reported it too, for whom it goes on; one of them cannot withdraw it",
        "另有他人反映同一问题,案件继续办理,不能由一方撤回",
    ),
    Reason.NOTHING_TO_CHANGE: Words(
        "The case is what you say already; name a category, an urgency or a place that differs",
        "案件信息与所填一致,请填写需要更正的类别、紧急程度或地点",
    ),
    Reason.NOT_THE_LEAD: Words(
        "Name the department that has the case, and for which you ask: {department}",
        "请填写承办本案、由其提出申请的单位:{department}",
    ),
    Reason.SIGN_FIRST: Words(
        "Your department has not signed for the case yet; sign for it, then ask others to help",
        "贵单位尚未签收本案,请先签收再请其他单位协办",
    ),
    Reason.NOT_REQUESTABLE: Words(
        "The case is {state}, where {detail} is not possible", "案件当前状态为{state},不能{detail}"
    ),
    Reason.FIELD_MISSING: Words("Say {detail} as well", "请填写{detail}"),
    Reason.ASKED_ALREADY: Words(
        "Somebody asked for {detail} already; wait for the decision, or withdraw that request",
        "{detail}已有人申请,请等待审批或先撤回该申请",
    ),
    Reason.USED_UP: Words(
        "This case has had as many of these as the plan allows ({detail})",
        "本案已达预案允许的次数({detail})",
    ),
    Reason.IN_THE_PAST: Words(
        "The date is past; name one after now ({detail})", "日期已过,请填写{detail}之后的日期"
    ),
    Reason.TOO_FAR: Words(
        "The plan lets a case rest until {detail} at the most; name an earlier date",
        "按预案最迟可至{detail},请填写更早的日期",
    ),
    Reason.IS_OVERDUE: Words(
        "The case is overdue since {detail} and cannot be extended; appeal once it is closed",
        "案件已于{detail}超期,不能延期,可在结案后申诉",
    ),
    Reason.TOO_LONG: Words("The limit would be longer than ten years", "延期后的时限将超过十年"),
    Reason.NOT_OVERDUE: Words(
        "The case was not overdue; there is nothing to appeal against", "案件未超期,无需申诉"
    ),
    Reason.APPEAL_TOO_LATE: Words(
        "An appeal was possible until {detail}", "申诉期限为{detail},现已过期"
    ),
    Reason.UNKNOWN_REQUEST: Words(
        "No such request waits in this case; take the id from the case's story",
        "本案没有该待审批申请,请核对申请编号",
    ),
    Reason.OWN_REQUEST: Words(
        "{detail} asked for it; another person has to decide",
        "该申请由{detail}提出,须由他人审批",
    ),
    Reason.NOT_YOUR_REQUEST: Words(
        "{detail} asked for it, and nobody else takes it back; refuse it instead",
        "该申请由{detail}提出,他人不能撤回,可不予批准",
    ),
    Reason.HANDLED_IT: Words(
        "{detail} handled the case; another person has to close it",
        "{detail}参与了本案处置,须由他人批准结案",
    ),
    Reason.RATED_ALREADY: Words(
        "It was said already how satisfied the reporter is; that stands until the next closing",
        "已评价过,一次结案只评价一次",
    ),
    Reason.RATED_TOO_LATE: Words(
        "How satisfied somebody is could be said until {detail}",
        "评价期限为{detail},现已过期",
    ),
}
