"""Histories that look strange and are fine, each named for what is tricky about it."""

from collections.abc import Callable
from typing import Final

from schemas.topics import CASES, INCIDENT_REPORTS, NOTICES
from tests.faults.history import History, ParkedAnswer
from tests.unit.faults.bad import lacking, shown
from tests.unit.faults.house import House

Build = Callable[[House], History | None]
Sound = dict[str, Callable[[], History]]
"""Sound histories by name."""


def entering(sound: Sound) -> Callable[[Build], Build]:
    """Return a decorator that enters a history under its function's name.

    One that returns nothing leaves the house's history as it is.
    """

    def good(build: Build) -> Build:
        def built() -> History:
            house = House()
            return build(house) or house.history()

        sound[build.__name__] = built
        return build

    return good


GOOD: Final[Sound] = {}
good = entering(GOOD)


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
def commands_were_told_refused_or_wait(house: House) -> None:
    case = house.case("1").live()
    case.annotate()
    house.repeat(house.records[-1])
    case.command()
    house.refuse("", house.sent[-1].id, case.case_id)
    case.command()
    waiting = ParkedAnswer(party="", id=house.sent[-1].id, case_id=case.case_id)
    house.extra["notifier"].append(waiting)


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
def no_database_was_read(house: House) -> History:
    house.case("1").live()
    history = house.history()
    history.state = {}
    return history


@good
def a_dead_letter_of_a_chunk_is_on_its_topic_and_not_marked_yet(house: House) -> None:
    record = house.put("incident-reports.v1", "x", readable=False)
    house.dead_letter("intake", record.position)
    house.outbox["intake"] = [
        message.model_copy(update={"published": False}) for message in house.outbox["intake"]
    ]


@good
def an_answer_was_taken_back_and_came_to_nothing(house: House) -> None:
    case = house.case("1").live()
    house.attempt("feedback", outcome="refused", party="fire", id="unsaid", case_id=case.case_id)


@good
def an_unreadable_send_was_refused_or_is_unknown(house: House) -> None:
    for outcome in ("refused", "unknown"):
        house.attempt("raw", outcome=outcome, sha256="x", readers=("intake",))


@good
def an_unreadable_send_counted_and_nobody_was_told(house: House) -> None:
    record = house.put("incident-reports.v1", "x", readable=False)
    letter = house.dead_letter("intake", record.position)
    house.attempt("raw", outcome="unknown", sha256=letter.sha256, readers=("intake",))


@good
def several_parts_of_a_department_were_taken_back_at_once(house: House) -> None:
    case = house.case("1").live("fire", "water")
    for _ in range(2):
        case.notice("released", "department:water", cause="the closing")


@good
def the_clients_kept_no_record(house: House) -> None:
    house.case("1").live()
    house.reject("2")
    house.sent.clear()


@good
def the_topic_of_reports_lost_records_that_nobody_observed(house: House) -> History:
    house.case("1").live()
    history = house.history()
    history.meta = history.meta.model_copy(update={"truncated": (INCIDENT_REPORTS,)})
    return lacking(history, lambda record: record.topic == INCIDENT_REPORTS)


@good
def the_topic_of_notices_lost_records_that_nobody_observed(house: House) -> History:
    house.case("1").live()
    history = house.history()
    history.meta = history.meta.model_copy(update={"truncated": (NOTICES,)})
    return lacking(history, lambda record: record.topic == NOTICES)


@good
def a_reader_begins_with_files_of_any_age(house: House) -> None:
    early = house.case("1")
    early.file()
    early.assign("fire")
    early.file()
    early.accept()
    early.file()
    early.start()
    early.done(check=True)
    early.check(passed=False)
    early.redone()
    early.check(passed=True)
    early.annotate()
    again = house.case("2").live()
    again.reopen()
    again.file(assignment_id=None, department="")
    again.assign("police")


@good
def a_desk_shows_what_the_notifier_holds(house: House) -> History:
    house.case("1").live()
    house.case("2").assign("fire")
    return shown(house.history(), "")
