"""What people are told: one template per occasion, in both languages."""

from typing import Final

from schemas.words.form import Words
from schemas.words.templates import Template

TEXTS: Final[dict[Template, Words]] = {
    Template.REGISTERED: Words(
        "Your report {reporter.source_id} ({case.title}) is registered as case {case_id}, "
        "to be closed by {case.promised_by}. We will tell you when it is.",
        "您反映的问题({case.title},编号{reporter.source_id})已立案,案号{case_id},"
        "承诺于{case.promised_by}前办结。办结后将告知您。",
    ),
    Template.JOINED: Words(
        "Your report {source_id} is about a case that is known already: {case_id} ({case.title}), "
        "to be closed by {case.promised_by}. We will tell you when it is.",
        "您反映的问题(编号{source_id})已并入案件{case_id}({case.title}),"
        "承诺于{case.promised_by}前办结。办结后将告知您。",
    ),
    Template.PROMISE_MOVED: Words(
        "Case {case_id} ({case.title}) is to be closed by {case.promised_by}, "
        "and not by {promised_before}: {reason}.",
        "案件{case_id}({case.title})的承诺办结时间由{promised_before}调整为{case.promised_by}:"
        "{reason}。",
    ),
    Template.PROMISE_MISSED: Words(
        "Case {case_id} ({case.title}) was to be closed by {promised_by}, as its reporter was "
        "told, and is open.",
        "案件{case_id}({case.title})承诺于{promised_by}前办结,现已逾期未结。",
    ),
    Template.PROMISE_BROKEN: Words(
        "Case {case_id} ({case.title}) was to be closed by {promised_by} and is not. Those in "
        "charge were told; you hear when it is closed.",
        "案件{case_id}({case.title})未能在承诺的{promised_by}前办结,已通知负责人,办结后将告知您。",
    ),
    Template.MORE_SAID: Words(
        "Somebody else reports case {case_id} ({case.title}): {description} "
        "(photos: {photos}; people concerned: {people})",
        "又有人反映案件{case_id}({case.title}):{description}(照片{photos}张,涉及人数:{people})",
    ),
    Template.SAID_BEFORE: Words(
        "Before case {case_id} ({case.title}) came to you, {count} others reported it, "
        "the last of them: {descriptions}. Its story has all, with their photos.",
        "案件{case_id}({case.title})派给贵单位前已有{count}人补充反映,最近的有:{descriptions}。"
        "全部内容和照片见案件经过。",
    ),
    Template.RAISED: Words(
        "Case {case_id} ({case.title}) is {urgency} now, no longer {before}: {reason}. "
        "Finish by {case.due_by}.",
        "案件{case_id}({case.title})由{before}升为{urgency}:{reason}。请于{case.due_by}前办结。",
    ),
    Template.REJECTED: Words(
        "Your report {reporter.source_id} could not be taken: {message}",
        "您反映的问题(编号{reporter.source_id})未予立案:{message}",
    ),
    Template.CLOSED: Words(
        "Case {case_id} ({case.title}) is closed: {case.closed_result}. "
        "Not solved? Tell us within {plan.limits.reopen_within.days} days.",
        "案件{case_id}({case.title})已办结:{case.closed_result}。"
        "如未解决,请在{plan.limits.reopen_within.days}天内反映。",
    ),
    Template.REOPEN_REFUSED: Words(
        "Case {case_id} ({case.title}) stays closed: {reason}.",
        "案件{case_id}({case.title})不予重开,维持原办理结果:{reason}。",
    ),
    Template.MERGED_INTO: Words(
        "Case {case_id} ({case.title}) goes on as case {primary_id}: {reason}. "
        "We will tell you when that is closed.",
        "案件{case_id}({case.title})已并入案件{primary_id}一并办理:{reason}。办结后将告知您。",
    ),
    Template.UNMERGED: Words(
        "Case {case_id} ({case.title}) goes on by itself, and no longer as case {primary_id}.",
        "案件{case_id}({case.title})恢复单独办理,不再并入案件{primary_id}。",
    ),
    Template.CASE_JOINED: Words(
        "Case {merged_id} was merged into your case {case_id} ({case.title}): {why}. "
        "Its place and description are in its own story.",
        "案件{merged_id}已并入贵单位承办的案件{case_id}({case.title}):{why}。"
        "其地点和描述见该案记录。",
    ),
    Template.CASE_LEFT: Words(
        "Case {merged_id} is no longer a part of your case {case_id} ({case.title}).",
        "案件{merged_id}不再并入贵单位承办的案件{case_id}({case.title})。",
    ),
    Template.DISMISSED: Words(
        "Case {case_id} ({case.title}) is not pursued: {reason}.",
        "案件{case_id}({case.title})经核实不予立案:{reason}。",
    ),
    Template.WITHDRAWN: Words(
        "Case {case_id} ({case.title}) is withdrawn: {reason}.",
        "案件{case_id}({case.title})已撤回:{reason}。",
    ),
    Template.TAKEN_BACK: Words(
        "Case {case_id} ({case.title}) is {case.state}, you need do nothing more about it: "
        "{reason}.",
        "案件{case_id}({case.title}){case.state},贵单位无需再办理:{reason}。",
    ),
    Template.JOINED_IN_VAIN: Words(
        "Case {case_id} ({case.title}), which your report {source_id} joined, is {case.state}: "
        "{case.closed_result}. If it is still there, report it anew.",
        "您反映的问题(编号{source_id})所并入的案件{case_id}({case.title}){case.state}:"
        "{case.closed_result}。如问题仍存在,请重新反映。",
    ),
    Template.REOPENED: Words(
        "Case {case_id} ({case.title}) is open again.", "案件{case_id}({case.title})已重新办理。"
    ),
    Template.OFFERED: Words(
        "New case {case_id}: {case.title}, {case.urgency}. "
        "Sign by {case.sign_by}, finish by {case.due_by}.",
        "新案件{case_id}:{case.title},{case.urgency}。"
        "请于{case.sign_by}前签收,{case.due_by}前办结。",
    ),
    Template.ASKED_AGAIN: Words(
        "Nobody of {department} has signed for case {case_id} ({case.title}, {case.urgency}), "
        "which was to be signed for by {sign_by}. Sign now.",
        "{department}至今无人签收案件{case_id}({case.title},{case.urgency}),"
        "应于{sign_by}前签收,请立即签收。",
    ),
    Template.PART_ASKED_AGAIN: Words(
        "Nobody of {department} has signed for its part in case {case_id} ({case.title}), "
        "which was to be signed for by {sign_by}. Sign now: the next of you is asked meanwhile, "
        "and where nobody is next it goes on without you from {until} on.",
        "{department}在案件{case_id}({case.title})中的协办任务应于{sign_by}前签收,至今无人签收。"
        "请立即签收:同时顺延通知下一责任人,如无人接续,{until}起不再等待。",
    ),
    Template.WITHOUT: Words(
        "Nobody of {department} has signed for its part in case {case_id} ({case.title}). "
        "Go on without it; ask for it again if it is needed.",
        "{department}逾期未签收案件{case_id}({case.title})的协办任务,可不再等待;如仍需协办,请重新提出。",
    ),
    Template.RELEASED: Words(
        "Your part in case {case_id} ({case.title}) is no longer needed.",
        "案件{case_id}({case.title})已不再需要贵单位处理。",
    ),
    Template.REASSIGNED: Words(
        "Case {case_id} ({case.title}) is no longer yours but {to_department}'s: {reason}.",
        "案件{case_id}({case.title})已改派{to_department},贵单位不再承办:{reason}。",
    ),
    Template.CORRECTED: Words(
        "Case {case_id} is corrected ({changed}): {title}, {urgency}. {reason}. "
        "Who leads it from now on gets a new work order.",
        "案件{case_id}已更正({changed}):{title},{urgency}。{reason}。主办单位将收到新的派单。",
    ),
    Template.HELP: Words(
        "Help with case {case_id}: {case.title}, {case.urgency}, led by {case.department}. "
        "Finish by {case.due_by}. Why: {wanted}.",
        "请协办案件{case_id}:{case.title},{case.urgency},{case.department}主办。"
        "请于{case.due_by}前办结。事由:{wanted}。",
    ),
    Template.SUPERVISED: Words(
        "{supervised_for} wants to know of case {case_id} ({case.title}): {reason}.",
        "案件{case_id}({case.title})由{supervised_for}督办:{reason}。",
    ),
    Template.UNSUPERVISED: Words(
        "{supervised_for} need not know of case {case_id} ({case.title}) any more: {reason}.",
        "案件{case_id}({case.title})已解除{supervised_for}的督办:{reason}。",
    ),
    Template.SUPERVISED_CLOSED: Words(
        "Case {case_id} ({case.title}), of which {case.supervised_for} wants to know, is closed: "
        "{result}.",
        "{case.supervised_for}督办的案件{case_id}({case.title})已办结:{result}。",
    ),
    Template.SUPERVISED_ENDED: Words(
        "Case {case_id} ({case.title}), of which {case.supervised_for} wants to know, "
        "is {case.state}: {reason}.",
        "{case.supervised_for}督办的案件{case_id}({case.title}){case.state}:{reason}。",
    ),
    Template.REMINDER: Words(
        "Case {case_id} ({case.title}) is due by {case.due_by}.",
        "案件{case_id}({case.title})应于{case.due_by}前办结,请抓紧办理。",
    ),
    Template.DEADLINE_MOVED: Words(
        "Case {case_id} ({case.title}) is due by {after} and not by {before}: {reason}.",
        "案件{case_id}({case.title})的办结时限由{before}调整为{after}:{reason}。",
    ),
    Template.PART_MOVED: Words(
        "Your part of case {case_id} ({case.title}), for which its lead waits, is due by {after} "
        "and not by {before}: {reason}.",
        "案件{case_id}({case.title})的主办部门正在等待贵方协办,协办时限由{before}调整为{after}:"
        "{reason}。",
    ),
    Template.REQUESTED: Words(
        "{acting.person} asks for {what} in case {case_id} ({case.title}): {reason}. "
        "Decide by {decide_by} (request {request_id}).",
        "{acting.person}申请对案件{case_id}({case.title}){what}:{reason}。"
        "请于{decide_by}前审批(申请编号{request_id})。",
    ),
    Template.DECIDE: Words(
        "Nobody has decided on the {what} that {asked_by} asked for in case {case_id} "
        "({case.title}), which was to be decided by {decide_by}. Decide now "
        "(request {request_id}).",
        "{asked_by}对案件{case_id}({case.title})的{what}申请应于{decide_by}前审批,至今未审批,"
        "请立即审批(申请编号{request_id})。",
    ),
    Template.REQUEST_WITHDRAWN: Words(
        "{asked_by} asks for {what} in case {case_id} ({case.title}) no more: {reason}.",
        "{asked_by}已撤回对案件{case_id}({case.title})的{what}申请:{reason}。",
    ),
    Template.REQUEST_REFUSED: Words(
        "The {what} that {asked_by} asked for in case {case_id} ({case.title}) is not allowed: "
        "{reason}.",
        "{asked_by}对案件{case_id}({case.title})的{what}申请未获批准:{reason}。",
    ),
    Template.REQUEST_LAPSED: Words(
        "The {what} that {asked_by} asked for in case {case_id} ({case.title}) is to be decided "
        "no more: {reason}.",
        "{asked_by}对案件{case_id}({case.title})的{what}申请不再审批:{reason}。",
    ),
    Template.SUSPENDED: Words(
        "Case {case_id} ({case.title}) is suspended until {until}: {remark}. "
        "Your clock stands until then.",
        "案件{case_id}({case.title})已挂账至{until}:{remark}。挂账期间停止计时。",
    ),
    Template.RESTS: Words(
        "The work on case {case_id} ({case.title}) rests until {until}: {reason}.",
        "案件{case_id}({case.title})暂缓办理至{until}:{reason}。",
    ),
    Template.RESUMED: Words(
        "Case {case_id} ({case.title}) goes on: {reason}. Finish by {due_by}.",
        "案件{case_id}({case.title})恢复办理:{reason}。请于{due_by}前办结。",
    ),
    Template.EXTENDED: Words(
        "Case {case_id} ({case.title}) is due by {after} and not by {before}: {remark}.",
        "案件{case_id}({case.title})的办结时限由{before}延至{after}:{remark}。",
    ),
    Template.FORCE_CLOSED: Words(
        "Case {case_id} ({case.title}) is closed on {legal_basis}: {reason}. "
        "Not right? Tell us within {plan.limits.reopen_within.days} days.",
        "案件{case_id}({case.title})已依据{legal_basis}结案:{reason}。"
        "如有异议,请在{plan.limits.reopen_within.days}天内反映。",
    ),
    Template.EXEMPT: Words(
        "That case {case_id} ({case.title}) was overdue does not count: {remark}.",
        "案件{case_id}({case.title})的超期申诉成立,不计入考核:{remark}。",
    ),
    Template.OVERDUE: Words(
        "Case {case_id} ({case.title}) is overdue since {case.due_by}.",
        "案件{case_id}({case.title})已于{case.due_by}超期,请立即办理。",
    ),
    Template.REWORK: Words(
        "The check of case {case_id} ({case.title}) failed: {reason}. "
        "Do it again by {case.due_by}.",
        "案件{case_id}({case.title})核查不通过:{reason}。请于{case.due_by}前返工。",
    ),
    Template.ESCALATED: Words(
        "Case {case_id} ({case.title}), held by {department}, "
        "is raised to level {level}: {trigger}.",
        "案件{case_id}({case.title},{department}承办)升至{level}级:{trigger}。",
    ),
    Template.UNFILLED: Words(
        "Nobody of {department} could be found for case {case_id} ({case.title}); "
        "{owner} takes it.",
        "案件{case_id}({case.title}):{department}无人值守,转由{owner}办理。",
    ),
    Template.LOOP: Words(
        "Case {case_id} ({case.title}) was passed around by {tried}; {owner} takes it for good.",
        "案件{case_id}({case.title})被{tried}多次退单,由{owner}兜底办理。",
    ),
    Template.CHECK_REQUESTED: Words(
        "Check case {case_id} ({case.title}) by {case.check_by}: "
        "{case.department} says it is done.",
        "请于{case.check_by}前核查案件{case_id}({case.title}):{case.department}已反馈办结。",
    ),
    Template.BLOCKING: Words(
        "Case {case_id} ({case.title}) waits for your part: {blocking.reason}. "
        "Say done by {blocking.until}.",
        "案件{case_id}({case.title})的主办单位正在等待贵单位的协办任务:{blocking.reason}。"
        "请于{blocking.until}前完成并反馈。",
    ),
    Template.UNBLOCKED: Words(
        "Case {case_id} ({case.title}) waits for {by_department} no longer: {why}. "
        "Finish by {case.due_by}.",
        "案件{case_id}({case.title})不再等待{by_department}协办:{why}。请于{case.due_by}前办结。",
    ),
    Template.TRIAGE: Words(
        "Nobody could tell what case {case_id} is. Look, and correct its category by {triage_by}.",
        "案件{case_id}类别不明,请于{triage_by}前人工分拣并更正类别。",
    ),
    Template.TRIAGE_LATE: Words(
        "Nobody has said what case {case_id} is, due by {triage_by}. Correct its category now.",
        "案件{case_id}类别不明,应于{triage_by}前分拣,现已超时,请立即更正类别。",
    ),
    Template.CHECK_LATE: Words(
        "The check of case {case_id} ({case.title}) is late since {case.check_by}.",
        "案件{case_id}({case.title})核查已超时,应于{case.check_by}前完成。",
    ),
}
