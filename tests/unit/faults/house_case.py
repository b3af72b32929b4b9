"""One case of the make-believe house, and all that can become of it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from schemas.topics import CASE_FILES, CASES, COMMANDS, NOTICES
from schemas.vocabulary import derived_id
from tests.faults.history import Offer, Seen

if TYPE_CHECKING:
    from tests.unit.faults.house import House

SIGN = 900
LIMIT = 3_600


class HouseCase:
    """A registered case; every method is one thing that happens to it."""

    def __init__(self, house: "House", case_id: str, id_: str, *, level: int) -> None:
        """Begin as registered, led by nobody."""
        self.house = house
        self.case_id = case_id
        self.reporter = f"report:hotline/{id_}"
        self.followers: list[str] = []
        self.state = "registered"
        self.level = level
        self.round = 0
        self.lead = ""
        self.offers: dict[str, str] = {}
        self.sign_by = house.now
        self.due_by: datetime | None = None
        self._answers = 0

    # Telling ----------------------------------------------------------------------------------

    def notice(self, template: str, recipient: str, *, cause: str) -> Seen:
        """Let the notifier tell somebody something."""
        told = {"template": template, "recipient": recipient, "cause": cause}
        return self.house.tell("notifier", NOTICES, self.case_id, "notice.issued", **told)

    def news(self, type_: str, *, cause: str, **fields: Any) -> Seen:
        """Let the notifier tell something of the case."""
        return self.house.tell("notifier", CASES, self.case_id, type_, cause=cause, **fields)

    def assignment(self, department: str) -> str:
        """Return the id of a department's part."""
        return self.offers.get(department, "")

    def _of_lead(self) -> dict[str, Any]:
        return {"department": self.lead, "assignment_id": self.assignment(self.lead)}

    # The router -------------------------------------------------------------------------------

    def assign(
        self,
        lead: str,
        *co: str,
        resumes: bool = False,
        person: str | None = None,
        urgency: str = "",
    ) -> Seen:
        """Let the router name a lead and co-handlers, with a work order for each."""
        self.round, self.lead = self.round + 1, lead
        for department in (lead, *co):
            id_ = derived_id("assignment", self.case_id, self.round, department)
            self.offers[department] = str(id_)
        named = [Offer(assignment_id=self.offers[d], department=d) for d in (lead, *co)]
        assigned = self.house.tell(
            "router",
            CASES,
            self.case_id,
            "case.assigned",
            cause=self.house.records[-1].ce_id,
            round=self.round,
            lead=named[0].model_copy(update={"person": person}),
            co_handlers=tuple(named[1:]),
            sign_seconds=SIGN,
            limit_seconds=LIMIT,
            resumes=resumes,
            urgency=urgency,
        )
        at = assigned.at or self.house.now
        self.sign_by = at + timedelta(seconds=SIGN)
        if not resumes:
            self.due_by = at + timedelta(seconds=LIMIT)
        for offer in named:
            self.order(offer.department, "lead" if offer is named[0] else "co_handler")
        self.state = "assigned"
        return assigned

    def order(self, department: str, role: str) -> Seen:
        """Let the router send a work order."""
        return self.house.tell(
            "router",
            f"assignments.{department}.v1",
            self.case_id,
            "assignment.offered",
            round=self.round,
            role=role,
            department=department,
            assignment_id=self.assignment(department),
            sign_by=self.sign_by,
        )

    # Answers ----------------------------------------------------------------------------------

    def say(self, kind: str, *, party: str = "", **fields: Any) -> str:
        """Let a party answer, acknowledged; returns the id of the event it is."""
        party = party or self.lead
        self._answers += 1
        id_ = f"{self.case_id[:8]}-{self._answers}"
        record = self.house.put(
            f"feedback.{party}.v1", self.case_id, party=party, id=id_, case_id=self.case_id
        )
        told = {"party": party, "id": id_, "kind": kind, "position": record.position}
        self.house.attempt("feedback", case_id=self.case_id, **told, **fields)
        return str(derived_id("feedback", party, id_))

    def command(self, kind: str = "case.annotate", **fields: Any) -> str:
        """Let somebody command something, acknowledged; returns the id of the event it is."""
        self._answers += 1
        id_ = f"command-{self._answers}"
        record = self.house.put(COMMANDS, self.case_id, id=id_, case_id=self.case_id)
        told = {"id": id_, "kind": kind, "position": record.position}
        self.house.attempt("command", case_id=self.case_id, **told, **fields)
        return str(derived_id("command", self.case_id, id_))

    def annotate(self) -> Seen:
        """Let somebody's note be told."""
        return self.news("case.annotated", cause=self.command())

    def supervise(self) -> Seen:
        """Let somebody want to know of the case."""
        return self.news("case.supervised", cause=self.command("case.supervise"))

    def unsupervise(self) -> Seen:
        """Let nobody want to know of it any more."""
        return self.news("case.unsupervised", cause=self.command("case.unsupervise"))

    def want(self, department: str) -> Seen:
        """Let somebody want another department to help."""
        part = str(derived_id("help", self.case_id, department, len(self.house.records)))
        self.offers[department] = part
        told = {"department": department, "assignment_id": part}
        cause = self.command("case.add_co_handler")
        return self.news("case.co_handler_wanted", cause=cause, **told)

    def offer_help(self, wanted: Seen) -> Seen:
        """Let the router offer the part that is wanted, with a work order."""
        told = {"department": wanted.department, "assignment_id": wanted.assignment_id}
        offered = self.house.tell(
            "router", CASES, self.case_id, "case.co_handler_offered", cause=wanted.ce_id, **told
        )
        self.order(wanted.department, "co_handler")
        return offered

    def drop(self, department: str) -> Seen:
        """Let somebody let a department go."""
        told = {"department": department, "assignment_id": self.assignment(department)}
        cause = self.command("case.drop_co_handler")
        return self.news("case.co_handler_dropped", cause=cause, **told)

    def file(self, **changes: Any) -> Seen:
        """Let the notifier publish the file of the case."""
        numbers = self.house.numbers
        told = {
            "state": self.state,
            "level": self.level,
            "round": self.round,
            "intake_seq": 1,
            "router_seq": numbers["router", self.case_id],
            "own_seq": numbers["notifier", self.case_id],
            **(self._of_lead() if self.lead else {}),
        }
        return self.house.tell("notifier", CASE_FILES, self.case_id, "case.filed", **told | changes)

    def accept(self) -> Seen:
        """Let the lead sign."""
        self.state = "accepted"
        return self.news("assignment.accepted", cause=self.say("accepted"), **self._of_lead())

    def start(self) -> Seen:
        """Let the lead begin."""
        self.state = "handling"
        return self.news("handling.started", cause=self.say("started"), **self._of_lead())

    def raise_urgency(self, *, limit: int) -> Seen:
        """Be an emergency from now on, with so many seconds from here, as one who joined says."""
        self.due_by = self.house.now + timedelta(seconds=limit)
        self.level = max(self.level, 1)
        joined = self.house.merge(f"raises-{self.case_id[:8]}", self, urgency="E")
        told = {"urgency": "E", "limit_text": "1 UH", "due_by": self.due_by}
        told["merged_id"] = joined.merged_id
        return self.news("case.urgency_raised", cause="report/2", department=self.lead, **told)

    def merge_into(self, other: "HouseCase") -> Seen:
        """Let somebody say that it is the same thing as another case; that one is not told yet."""
        self.state = "merged"
        told = {"primary_id": other.case_id, **self._of_lead()}
        merged = self.news("case.merged_into", cause=self.command("case.merge"), **told)
        self.file()
        return merged

    def join(self, merged: "HouseCase") -> Seen:
        """Let the case tell that another was merged into it."""
        told = {"merged_id": merged.case_id}
        return self.news("case.joined", cause="timer/merged/x", **told)

    # Requests ---------------------------------------------------------------------------------

    def ask(self, id_: str = "r1", *, by: str = "wang.fang", seconds: float = 900) -> Seen:
        """Let somebody ask for something, to be decided so soon."""
        decide_by = self.house.now + timedelta(seconds=seconds)
        told = {"request_id": id_, "person": by, "decide_by": decide_by}
        return self.news("request.submitted", cause=self.command("case.request"), **told)

    def ask_again(self, id_: str = "r1", *, after: float = 1_800) -> Seen:
        """Tell again, now, that somebody has to decide; the next time so much later."""
        told = {"request_id": id_, "again_at": self.house.now + timedelta(seconds=after)}
        return self.news("request.asked_again", cause="timer/request/x", **told)

    def grant(self, type_: str, id_: str = "r1", *, by: str = "zhang.wei", **fields: Any) -> Seen:
        """Let somebody else allow it."""
        told = {"request_id": id_, "asked_by": "wang.fang", "person": by}
        return self.news(type_, cause=self.command("case.approve"), **told | fields)

    def suspend(self, *, seconds: float, left: float) -> Seen:
        """Let the work rest for so long."""
        self.ask()
        self.state = "suspended"
        until = self.house.now + timedelta(seconds=seconds)
        return self.grant("suspension.approved", until=until, left_seconds=left)

    def resume(self, *, left: float, cause: str = "timer/suspension/x") -> Seen:
        """Let the work go on, with so much left."""
        self.state = "handling"
        self.due_by = self.house.now + timedelta(seconds=left)
        told = {"left_seconds": left, "due_by": self.due_by}
        return self.news("suspension.ended", cause=cause, **told)

    def promise_later(self) -> Seen:
        """Move what reporters were promised, and tell them."""
        event = self.news("case.deadline_moved", cause="timer/recount/x")
        for recipient in (self.reporter, *self.followers):
            self.notice("promise_moved", recipient, cause="timer/recount/x/3")
        return event

    def wait_for(self, department: str, *, seconds: float) -> Seen:
        """Let the lead wait for a part, for so long at the most."""
        until = self.house.now + timedelta(seconds=seconds)
        told = {"party": department, "until": until, **self._of_lead()}
        return self.news("case.blocked", cause=self.say("blocked"), **told)

    def move_part(
        self, department: str, *, seconds: float, cause: str = "timer/recount/x", told: int = 1
    ) -> Seen:
        """Move the end of the part that is waited for to so long from now, and tell whose it is."""
        after = self.house.now + timedelta(seconds=seconds)
        moved = {"clock": "part", "department": department, "after": after}
        event = self.news("case.deadline_moved", cause=cause, **moved)
        for number in range(told):
            self.notice("part_moved", f"department:{department}", cause=f"{cause}/{number}")
        return event

    def wait_no_more(self, *, cause: str = "timer/blocked/x") -> Seen:
        """Let the lead go on because the part was not done in its time."""
        return self.news("case.unblocked", cause=cause, **self._of_lead())

    def decline(self) -> Seen:
        """Let the lead send it back."""
        self.state = "returned"
        return self.news("case.returned", cause=self.say("declined"), **self._of_lead())

    def progress(self) -> Seen:
        """Let the lead tell how it goes."""
        return self.news("case.progressed", cause=self.say("progress"), **self._of_lead())

    def done(self, *, check: bool = False) -> Seen:
        """Let the lead say it is done; without a check that closes the case."""
        cause = self.say("done")
        event = self.news("feedback.submitted", cause=cause, **self._of_lead())
        if check:
            self.state = "inspecting"
            self.news("check.requested", cause=cause)
        else:
            self.news("check.waived", cause=cause)
            self._close(cause)
        return event

    def check(self, *, passed: bool) -> Seen:
        """Let the supervision look."""
        cause = self.say("check", party="supervision")
        event = self.news("check.passed" if passed else "check.failed", cause=cause)
        if passed:
            self._close(cause)
        else:
            self.state = "rework"
            self.due_by = (event.at or self.house.now) + timedelta(seconds=LIMIT)
        return event

    def redone(self) -> Seen:
        """Let the lead finish a rework, which is checked again."""
        return self.done(check=True)

    def _close(self, cause: str) -> None:
        event = self.news("case.closed", cause=cause, department=self.lead)
        self.state = "closed"
        self.file()
        for recipient in (self.reporter, *self.followers):
            self.notice("closed", recipient, cause=f"{cause}/{event.sequence}")

    def reopen(self) -> Seen:
        """Let the reporter say it is not solved."""
        cause = self.say("reopen", party="reporters")
        event = self.news("case.reopened", cause=cause)
        self.state = "reopened"
        self.notice("reopened", self.reporter, cause=cause)
        return event

    def live(self, lead: str = "fire", *co: str) -> "HouseCase":
        """Live from the first assignment to the closing."""
        self.assign(lead, *co)
        self.accept()
        self.start()
        self.done()
        return self

    # Clocks -----------------------------------------------------------------------------------

    def expire(self) -> Seen:
        """Let the offer run out, now; the case goes up a level."""
        cause = f"timer/sign/{self.sign_by.isoformat()}"
        event = self.news(
            "assignment.expired", cause=cause, sign_by=self.sign_by, **self._of_lead()
        )
        self.escalate("sign_timeout", cause=cause)
        return event

    def remind(self) -> Seen:
        """Remind of the handling clock, now."""
        told = {"department": self.lead, "due_by": self.due_by}
        return self.news("case.reminded", cause="timer/remind/x", **told)

    def escalate(self, trigger: str, *, cause: str = "timer/overdue/x", level: int = 0) -> Seen:
        """Raise the case a level, or to a level, now."""
        self.level = level or min(self.level + 1, 3)
        told = {"trigger": trigger, "level": self.level, "due_by": self.due_by}
        return self.news("case.escalated", cause=cause, **told, **self._of_lead())

    def wait_to(self, instant: datetime | None, *, extra: float = 0.5) -> None:
        """Let time pass until a moment before or after an instant."""
        assert instant is not None
        self.house.wait((instant - self.house.now).total_seconds() + min(extra, 0))
        self.house.wait(max(extra, 0))
