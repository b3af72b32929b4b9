"""The story of a case in words: one form per kind of line, of events and of what is only noted."""

from typing import Final

from schemas.lifecycle import CaseEvent
from schemas.words.form import Words

NOWHERE: Final = "place.nowhere"
REFUSED: Final = "feedback.refused"
CHECK_LATE: Final = "check.late"
EXERCISE: Final = "exercise"
TRIAGE_LATE: Final = "triage.late"

ACTED: Final = Words("{line} ({acting.person})", "{line}({acting.person})")
"""A line of what a person did."""

LINES: Final[dict[str, Words]] = {
    CaseEvent.REPORTED: Words(
        "Reported by {reporter.source} as {reporter.source_id}",
        "{reporter.source}上报,来源编号{reporter.source_id}",
    ),
    CaseEvent.REGISTERED: Words(
        "Registered as {title}, {urgency}; to be closed by {case.promised_by}",
        "立案:{title},{urgency};承诺于{case.promised_by}前办结",
    ),
    CaseEvent.MERGED: Words(
        "The report {source}/{source_id} of the same thing joined: {why}",
        "并案:{source}/{source_id}反映同一问题({why})",
    ),
    "report.said": Words(
        "It says: {description} (photos: {media}; people concerned: {people})",
        "补充反映:{description}(照片:{media};涉及人数:{people})",
    ),
    "case.urgency_raised": Words(
        "Raised from {before} to {urgency}: {reason}; finish by {case.due_by}",
        "由{before}升为{urgency}:{reason};应于{case.due_by}前办结",
    ),
    CaseEvent.ASSIGNED: Words(
        "Offered to {lead} (round {round}, {why.rule}); "
        "sign by {case.sign_by}, finish by {case.due_by}",
        "派遣给{lead}(第{round}轮,{why.rule});{case.sign_by}前签收,{case.due_by}前办结",
    ),
    "case.loop_detected": Words(
        "Passed around ({tried}); {owner} takes it for good", "多次退单({tried}),由{owner}兜底"
    ),
    "duty.unfilled": Words(
        "Nobody of {department} could be found; {owner} takes it",
        "{department}无人值守,转由{owner}办理",
    ),
    CaseEvent.ACCEPTED: Words("{department} signed for it", "{department}已签收"),
    CaseEvent.EXPIRED: Words(
        "{department} did not sign by {sign_by}", "{department}未在{sign_by}前签收"
    ),
    CaseEvent.RETURNED: Words("{department} declined: {reason}", "{department}退单:{reason}"),
    CaseEvent.REVOKED: Words(
        "{department} is not in the plan any more; the case goes to who is responsible now",
        "{department}已不在预案中,案件转由现责任单位办理",
    ),
    CaseEvent.REASSIGNED: Words(
        "Taken from {department} and sent to {to_department}: {reason}",
        "由{department}改派{to_department}:{reason}",
    ),
    "case.co_handler_wanted": Words(
        "{asking_department} asks {department} to help: {reason}",
        "{asking_department}请{department}协办:{reason}",
    ),
    "case.co_handler_offered": Words("Offered to {offer} as a part", "向{offer}派遣协办任务"),
    "case.co_handler_dropped": Words(
        "{department} need not help any more: {reason}", "撤销{department}的协办:{reason}"
    ),
    "case.supervised": Words(
        "{supervised_for} wants to know of it: {reason}", "督办({supervised_for}):{reason}"
    ),
    "case.unsupervised": Words(
        "{supervised_for} need not know of it any more: {reason}",
        "解除督办({supervised_for}):{reason}",
    ),
    "request.submitted": Words(
        "Asks for {what}, to be decided by {decide_by}: {reason}",
        "申请{what},应于{decide_by}前审批:{reason}",
    ),
    "request.asked_again": Words(
        "Nobody has decided on {what}, asked for by {asked_by} and to be decided by {decide_by}; "
        "asked again, next at {again_at}",
        "{asked_by}申请的{what}应于{decide_by}前审批,至今未审批,已再次催促,下次催促:{again_at}",
    ),
    "request.withdrawn": Words(
        "Takes back that {what} was asked for: {reason}", "撤回{what}申请:{reason}"
    ),
    "request.refused": Words(
        "Does not allow the {what} that {asked_by} asked for: {reason}",
        "不批准{asked_by}申请的{what}:{reason}",
    ),
    "request.lapsed": Words(
        "The {what} that {asked_by} asked for is to be decided no more: {reason}",
        "{asked_by}申请的{what}不再审批:{reason}",
    ),
    CaseEvent.SUSPENDED: Words(
        "Suspended until {until}, as {asked_by} asked ({reason}): {remark}",
        "挂账至{until},{asked_by}申请({reason}):{remark}",
    ),
    CaseEvent.RESUMED: Words(
        "Goes on, due by {due_by}: {reason}", "恢复办理,应于{due_by}前办结:{reason}"
    ),
    CaseEvent.EXTENDED: Words(
        "Extended (time {times}): due by {after} and not by {before}, as {asked_by} asked "
        "({reason}): {remark}",
        "第{times}次延期:办结时限由{before}延至{after},{asked_by}申请({reason}):{remark}",
    ),
    CaseEvent.FORCE_CLOSED: Words(
        "Force-closed on {legal_basis}, as {asked_by} asked ({reason}): {remark}",
        "强制结案,依据{legal_basis},{asked_by}申请({reason}):{remark}",
    ),
    CaseEvent.APPEAL_APPROVED: Words(
        "The overrun since {overdue_at} does not count, as {asked_by} asked ({reason}): {remark}",
        "申诉成立,{overdue_at}起的超期不计入考核,{asked_by}申请({reason}):{remark}",
    ),
    CaseEvent.CORRECTED: Words(
        "Corrected ({changed}): {title}, {urgency}; taken from {department}: {reason}",
        "更正({changed}):{title},{urgency},由{department}收回:{reason}",
    ),
    CaseEvent.STARTED: Words("{department} is at work", "{department}开始处置"),
    "case.progressed": Words("{department}: {note}", "{department}:{note}"),
    "case.annotated": Words("Note: {note}", "备注:{note}"),
    "part.asked_again": Words(
        "Nobody has signed for the part of {department}, due by {sign_by}; asked again",
        "{department}的协办任务应于{sign_by}前签收,至今无人签收,已再次催促",
    ),
    "part.changed": Words(
        "The part of {department} is {status}. {note}", "{department}的任务{status}。{note}"
    ),
    "case.blocked": Words(
        "{department} waits for {blocking.department}, until {blocking.until}: {blocking.reason}",
        "{department}等待{blocking.department}协办,最迟至{blocking.until}:{blocking.reason}",
    ),
    "case.unblocked": Words(
        "{department} waits for {by_department} no longer: {why}",
        "{department}不再等待{by_department}协办:{why}",
    ),
    CaseEvent.FEEDBACK_SUBMITTED: Words(
        "{department} says it is done: {result}", "{department}反馈办结:{result}"
    ),
    CaseEvent.CHECK_REQUESTED: Words("Somebody else shall look: {why}", "转核查:{why}"),
    CaseEvent.CHECK_WAIVED: Words("No check: {why}", "免核查:{why}"),
    CaseEvent.CHECK_PASSED: Words("The check found it done", "核查通过"),
    CaseEvent.CHECK_FAILED: Words(
        "The check found it not done (time {failures}): {reason}",
        "第{failures}次核查不通过,返工:{reason}",
    ),
    CaseEvent.CLOSED: Words("Closed: {result}", "结案:{result}"),
    CaseEvent.REOPEN_REFUSED: Words(
        "Stays closed, and is taken from {department}: {reason}",
        "不予重开,由{department}收回,维持原结案:{reason}",
    ),
    CaseEvent.MERGED_INTO: Words(
        "Merged into case {primary_id}, and taken from {department}: {reason}",
        "并入案件{primary_id},由{department}收回:{reason}",
    ),
    CaseEvent.UNMERGED: Words(
        "Goes on by itself, and not as a part of case {primary_id}: {reason}",
        "解除并案(原并入{primary_id}),恢复单独办理:{reason}",
    ),
    CaseEvent.ARCHIVED: Words("Archived, closed since {closed_at}", "归档({closed_at}结案)"),
    "case.joined": Words(
        "Case {merged_id} ({source}/{source_id}) was merged into this one: {why}",
        "案件{merged_id}({source}/{source_id})并入本案:{why}",
    ),
    "case.left": Words(
        "Case {merged_id} goes on by itself again", "案件{merged_id}已解除并案,单独办理"
    ),
    CaseEvent.DISMISSED: Words(
        "Dismissed, and taken from {department}: {reason}", "撤销立案,由{department}收回:{reason}"
    ),
    CaseEvent.WITHDRAWN: Words(
        "Withdrawn, and taken from {department}: {reason}", "撤回,由{department}收回:{reason}"
    ),
    CaseEvent.REOPENED: Words("Reopened: {reason}", "重开:{reason}"),
    "case.rated": Words(
        "Who reported it is {satisfaction}. {reason}", "反映人评价:{satisfaction}。{reason}"
    ),
    "assignment.asked_again": Words(
        "Nobody of {department} has signed, due by {sign_by}; asked again, next at {again_at}",
        "{department}仍未签收(应于{sign_by}前签收),已再次催促,下次催促:{again_at}",
    ),
    "case.reminded": Words(
        "Most of the limit is used; due by {due_by}", "时限将至,应于{due_by}前办结"
    ),
    "case.promise_missed": Words(
        "Not closed by {promised_by}, as its reporters were told",
        "承诺于{promised_by}前办结,逾期未结",
    ),
    "case.deadline_moved": Words(
        "Due by {after} and not by {before} ({clock}): {reason}",
        "{clock}时限由{before}调整为{after}:{reason}",
    ),
    "case.escalated": Words(
        "Raised to level {level}: {trigger}; told to {heads}",
        "升至{level}级:{trigger},已通知{heads}",
    ),
    CHECK_LATE: Words(
        "The check is late since {check_by}; asked again at {again_at}",
        "核查已超时,应于{check_by}前完成,下次催促:{again_at}",
    ),
    "triage.requested": Words(
        "Nobody knows yet what it is: to be said by {triage_by}",
        "类别不明,应于{triage_by}前人工分拣",
    ),
    TRIAGE_LATE: Words(
        "Nobody has said what it is, due by {triage_by}; asked again at {again_at}",
        "分拣已超时,应于{triage_by}前完成,下次催促:{again_at}",
    ),
    EXERCISE: Words(
        "An exercise: notices go to {contacts}, as the plan says of exercises",
        "本案为演练,按预案的演练设置仅通知:{contacts}",
    ),
    NOWHERE: Words(
        "The point (0, 0) is no place: the case counts as one without a position",
        "坐标(0, 0)不是有效位置,本案按无坐标处理",
    ),
    REFUSED: Words(
        "Refused what {party} said ({kind}): {message}", "拒绝{party}的反馈({kind}):{message}"
    ),
    "command.refused": Words("Refused {kind}: {message}", "拒绝{kind}:{message}"),
}
