"""Histories that look strange and are fine, each named for what is tricky about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from schemas.topics import CASES
from tests.faults.history import Clock, History, ParkedAnswer
from tests.unit.faults.house import START, House

GOOD: Final[dict[str, Callable[[], History]]] = {}


def good(build: Callable[[House], History | None]) -> Callable[[House], History | None]:
    """Enter a history under its function's name; one that returns nothing leaves it as it is."""

    def built() -> History:
        house = House()
        return build(house) or house.history()

    GOOD[build.__name__] = built
    return build


@good
def nothing_happened(house: House) -> None:
    house.wait(60)


@good
def a_whole_life(house: House) -> None:
    house.case("1").live("fire", "water")


@good
def many_cases_at_once_interleaved(house: House) -> None:
    cases = [house.case(str(number)) for number in range(20)]
    for step in ("accept", "start", "done"):
        for case in cases:
            if step == "accept":
                case.assign("fire")
            getattr(case, step)()


@good
def a_whole_chunk_was_published_again(house: House) -> None:
    case = house.case("1").live()
    for record in [r for r in house.records if r.case_id == case.case_id and r.ce_id]:
        house.repeat(record)


@good
def a_chunk_is_on_its_topic_and_not_marked_yet(house: House) -> None:
    house.case("1").assign("fire")
    house.outbox["router"] = [
        message.model_copy(update={"published": False}) for message in house.outbox["router"]
    ]


@good
def an_old_event_was_published_again_after_the_closing(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire")
    case.accept()
    case.start()
    case.done()
    house.repeat(assigned)


@good
def a_report_came_three_times_and_became_one_case(house: House) -> None:
    house.case("1").live()
    house.report("1", expected="duplicate")
    house.report("1", expected="duplicate")


@good
def an_unknown_send_took_effect(house: House) -> None:
    house.report("1", outcome="unknown")
    house.register("1").live()


@good
def an_unknown_send_had_no_effect(house: House) -> None:
    house.attempt("report", outcome="unknown", source="hotline", id="1")


@good
def a_refused_report_was_sent_again_and_taken(house: House) -> None:
    house.attempt("report", outcome="refused", source="hotline", id="1", via="http")
    house.case("1").live()


@good
def a_refused_report_became_nothing(house: House) -> None:
    house.attempt("report", outcome="refused", source="hotline", id="1", via="http")


@good
def a_report_over_http_has_no_position(house: House) -> None:
    house.report("1", via="http")
    house.register("1").live()


@good
def two_reports_joined_a_case_and_are_told_of_its_end(house: House) -> None:
    case = house.case("1")
    house.merge("2", case)
    case.assign("fire")
    house.merge("3", case)
    case.accept()
    case.start()
    case.done()


@good
def a_report_joined_a_case_that_was_closed_meanwhile(house: House) -> None:
    case = house.case("1").live()
    event = house.merge("2", case)
    case.notice("closed", case.followers[-1], cause=event.ce_id)


@good
def a_merge_came_before_the_registration_it_joins(house: House) -> None:
    case = house.case("1")
    house.merge("2", case)
    registered = next(r for r in house.records if r.ce_type == "case.registered")
    house.records.remove(registered)
    house.repeat(registered)
    case.assign("fire")


@good
def the_plan_rejects_a_report(house: House) -> None:
    house.reject("1")


@good
def an_unreadable_report_is_a_dead_letter(house: House) -> None:
    record = house.put("incident-reports.v1", "x", readable=False)
    house.attempt("raw", position=record.position, readers=("intake",))
    house.dead_letter("intake", record.position)


@good
def a_readable_report_is_a_dead_letter(house: House) -> None:
    record = house.report("1", expected="invalid")
    house.dead_letter("intake", record.position)


@good
def a_dead_letter_was_published_again_and_compacted(house: House) -> History:
    record = house.put("feedback.fire.v1", "x", readable=False)
    letter = house.repeat(house.dead_letter("notifier", record.position))
    history = house.history()
    history.final = [r for r in history.final if r.letter_of is None or r == letter]
    return history


@good
def a_forged_event_is_put_aside_by_those_who_read_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    told = {"ce_type": "case.registered", "ce_source": "/tongxin/intake", "sequence": 9}
    forged = house.put(CASES, case.case_id, case_id=case.case_id, ce_id="forged", **told)
    house.attempt("raw", position=forged.position, readers=("router", "notifier"))
    house.dead_letter("router", forged.position)
    house.dead_letter("notifier", forged.position)


@good
def a_case_was_returned_twice_and_found_its_owner(house: House) -> None:
    case = house.case("1")
    case.assign("fire", "water")
    case.decline()
    case.assign("police")
    case.accept()
    case.decline()
    case.assign("water")


@good
def a_reopened_case_goes_to_its_last_lead_again(house: House) -> None:
    case = house.case("1").live()
    case.reopen()
    case.live()


@good
def a_failed_check_sends_it_back_to_work(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    case.done(check=True)
    case.check(passed=False)
    case.progress()
    case.redone()
    case.check(passed=True)


@good
def nobody_signed_and_the_next_was_asked(house: House) -> None:
    case = house.case("1", urgency="E")
    case.assign("fire", person="duty-1")
    case.wait_to(case.sign_by)
    case.expire()
    case.assign("fire", person="duty-2", resumes=True)
    case.accept()


@good
def a_desk_on_the_top_level_is_not_asked_to_hurry(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    for _ in range(3):
        case.wait_to(case.sign_by)
        case.expire()
        case.assign("police")
    house.wait(1_000)


@good
def a_slow_case_is_reminded_of_raised_and_raised_to_the_top(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")
    case.wait_to(case.due_by + timedelta(seconds=7_200))
    case.escalate("overdue", level=3)


@good
def a_rework_is_reminded_of_anew(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.done(check=True)
    failed = case.check(passed=False)
    assert failed.at is not None
    case.due_by = failed.at + timedelta(seconds=1_800)
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@good
def a_clock_stands_between_a_return_and_the_same_department(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire")
    case.accept()
    house.wait(1_000)
    returned = case.decline()
    house.wait(5_000)
    again = case.assign("fire", resumes=True)
    assert assigned.at is not None
    assert returned.at is not None
    assert again.at is not None
    case.due_by = again.at + timedelta(seconds=3_600) - (returned.at - assigned.at)
    case.accept()
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@good
def a_deadline_in_an_outage_has_its_effect_after_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-30)
    house.break_for(300, target="notifier")
    house.wait(2)
    case.expire()
    case.assign("police")


@good
def a_deadline_passed_in_an_outage_and_the_answer_came_first(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-1)
    house.break_for(60, target="database")
    house.wait(1)
    case.accept()


@good
def an_answer_was_refused(house: House) -> None:
    case = house.case("1").live()
    case.say("accepted")
    house.refuse("fire", house.sent[-1].id, case.case_id)


@good
def an_answer_waits_for_its_case(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.say("accepted", party="water")
    waiting = ParkedAnswer(party="water", id=house.sent[-1].id, case_id=case.case_id)
    house.extra["notifier"].append(waiting)
    house.timer("someone", "parked", due_in=600)


@good
def an_answer_came_twice_and_counts_once(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    house.repeat(next(r for r in house.records if r.topic == "feedback.fire.v1"))


@good
def an_answer_whose_acknowledgement_was_lost_counts_or_does_not(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.attempt("feedback", outcome="unknown", party="fire", id="never-came")
    cause = case.say("accepted", outcome="unknown")
    case.state = "accepted"
    told = {"department": "fire", "assignment_id": case.assignment("fire")}
    case.news("assignment.accepted", cause=cause, **told)


@good
def an_observer_started_late(house: House) -> History:
    house.case("1").live()
    house.case("2").live()
    history = house.history()
    history.observed["late"] = history.final[len(history.final) // 2 :]
    return history


@good
def an_observer_read_partition_after_partition(house: House) -> History:
    for number in range(8):
        house.case(str(number)).live("fire", "water")
    history = house.history()
    apart = sorted(history.final, key=lambda r: (r.partition, r.topic, r.offset))
    history.observed["apart"] = apart
    return history


@good
def an_observer_was_thrown_back_and_read_again(house: House) -> History:
    house.case("1").live()
    history = house.history()
    history.observed["twice"] = [*history.final, *history.final]
    return history


@good
def a_topic_lost_its_beginning_on_purpose(house: House) -> History:
    house.case("1").live()
    case = house.case("2")
    case.assign("fire")
    history = house.history()
    history.meta = history.meta.model_copy(update={"truncated": (CASES, "incident-reports.v1")})
    history.final = [
        r for r in history.final if r.topic not in history.meta.truncated or r.offset > 1
    ]
    return history


@good
def the_last_event_of_an_unfinished_case_was_long_ago(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    house.timer(case.case_id, "remind", due_in=2_880)
    house.wait(1_000)


@good
def a_fast_clock_runs_days_in_minutes(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    case.expire()
    case.assign("police")
    history = house.history()
    clock = Clock(started=START, origin=START, factor=1_000)
    quick = START + (history.meta.drained_at - START) / 1_000
    history.meta = history.meta.model_copy(update={"clock": clock, "drained_at": quick})
    return history


@good
def no_database_was_read(house: House) -> History:
    house.case("1").live()
    history = house.history()
    history.state = {}
    return history
