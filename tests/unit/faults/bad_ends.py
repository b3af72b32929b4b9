"""Broken histories: databases against topics, and what the drain left."""

from typing import Final

from schemas.topics import CASES, INCIDENT_REPORTS
from schemas.vocabulary import case_id_for
from tests.faults.checker.anomalies import Kind
from tests.faults.history import History, IntakeReport, Sample
from tests.unit.faults.bad import (
    Broken,
    entering,
    lacking,
    shown,
    uncommitted,
    with_row,
    with_state,
    without_outboxes,
    without_row,
)
from tests.unit.faults.bad_deadlines import reminded, working
from tests.unit.faults.house import House

BAD: Final[Broken] = {}
bad = entering(BAD)


@bad(Kind.UNSEEN)
def a_committed_event_is_not_on_its_topic(house: House) -> History:
    event = reminded(house).house.records[-1]
    return lacking(house.history(), lambda r: r.ce_id == event.ce_id)


@bad(Kind.UNSEEN)
def a_committed_work_order_is_not_on_its_topic(house: House) -> History:
    house.case("1").assign("fire")
    return lacking(house.history(), lambda r: r.topic == "assignments.fire.v1")


@bad(Kind.UNSEEN)
def a_database_knows_more_than_was_told(house: House) -> History:
    case = working(house)
    return with_row(without_outboxes(house.history()), "notifier", case.case_id, own_seq=3)


@bad(Kind.UNSEEN)
def a_state_was_saved_and_its_message_was_not(house: House) -> History:
    case = working(house)
    return with_row(house.history(), "router", case.case_id, sequence=2)


@bad(Kind.UNSEEN)
def what_an_observer_met_is_gone_at_the_end(house: House) -> History:
    case = reminded(house)
    gone = house.records[-1]
    house.numbers["notifier", case.case_id] -= 1
    history = uncommitted(house.history(), gone)
    history.final = [r for r in history.final if r.ce_id != gone.ce_id]
    return history


@bad(Kind.UNSEEN)
def an_acknowledged_report_is_not_on_its_topic_any_more(house: House) -> History:
    house.case("1").live()
    return lacking(house.history(), lambda r: r.topic == INCIDENT_REPORTS)


@bad(Kind.UNSEEN, Kind.LOST_INCIDENT)
def intake_kept_a_report_and_told_nothing(house: House) -> None:
    house.report("1")
    case_id = str(case_id_for("hotline", "1"))
    house.reports[case_id] = IntakeReport(
        case_id=case_id, source="hotline", id="1", outcome="registered"
    )


@bad(Kind.UNSEEN, Kind.POISON)
def a_committed_dead_letter_is_not_on_its_topic(house: House) -> History:
    record = house.put(INCIDENT_REPORTS, "x", readable=False)
    house.dead_letter("intake", record.position)
    return lacking(house.history(), lambda r: r.letter_of is not None)


@bad(Kind.PRECOMMITTED_READ)
def an_event_is_in_no_outbox(house: House) -> History:
    event = working(house).progress()
    return uncommitted(house.history(), event)


@bad(Kind.PRECOMMITTED_READ)
def a_work_order_is_in_no_outbox(house: House) -> History:
    house.case("1").assign("fire")
    return uncommitted(house.history(), house.records[-1])


@bad(Kind.PRECOMMITTED_READ)
def a_service_told_more_than_its_database_knows(house: House) -> History:
    case = working(house)
    return with_row(without_outboxes(house.history()), "notifier", case.case_id, own_seq=1)


@bad(Kind.PRECOMMITTED_READ)
def intake_told_of_a_report_it_does_not_have(house: House) -> History:
    case = working(house)
    return without_row(without_outboxes(house.history()), "intake", case.case_id)


@bad(Kind.PRECOMMITTED_READ)
def the_router_assigned_a_case_it_does_not_have(house: House) -> History:
    case = working(house)
    return without_row(without_outboxes(house.history()), "router", case.case_id)


@bad(Kind.STATE_MISMATCH)
def the_notifier_has_another_state(house: House) -> History:
    case = working(house)
    return with_row(house.history(), "notifier", case.case_id, state="accepted")


@bad(Kind.STATE_MISMATCH)
def the_notifier_has_another_level(house: House) -> History:
    case = working(house)
    return with_row(house.history(), "notifier", case.case_id, level=2)


@bad(Kind.STATE_MISMATCH)
def the_desk_shows_another_state(house: House) -> History:
    case = working(house)
    return shown(house.history(), case.case_id, state="accepted")


@bad(Kind.STATE_MISMATCH)
def the_desk_does_not_show_a_case(house: House) -> History:
    working(house)
    return with_state(house.history(), [])


@bad(Kind.STATE_MISMATCH)
def the_router_has_another_lead(house: House) -> History:
    case = working(house)
    return with_row(house.history(), "router", case.case_id, lead="water")


@bad(Kind.STATE_MISMATCH)
def the_notifier_does_not_know_a_case(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    return without_row(house.history(), "notifier", case.case_id)


@bad(Kind.STATE_MISMATCH)
def intake_goes_on_merging_into_a_closed_case(house: House) -> History:
    case = house.case("1").live()
    return with_row(house.history(), "intake", case.case_id, closed=False)


@bad(Kind.STATE_MISMATCH)
def intake_told_something_else_than_it_kept(house: House) -> History:
    case = working(house)
    return with_row(house.history(), "intake", case.case_id, outcome="rejected")


# What the drain left ----------------------------------------------------------------------------


@bad(Kind.STUCK)
def a_chunk_was_never_published(house: House) -> History:
    reminded(house)
    last = house.records.pop()
    house.outbox["notifier"].pop()
    house.keep("notifier", last, published=False)
    return house.history()


@bad(Kind.STUCK)
def a_timer_is_long_due(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.timer(case.case_id, "sign", due_in=900)
    house.wait(2_000)


@bad(Kind.STUCK)
def a_partition_was_not_read_to_its_end(house: House) -> History:
    history = house.history()
    history.timeline.append(Sample(at=house.now, service="router", lag=3))
    return history


@bad(Kind.STUCK)
def a_service_did_not_come_back(house: House) -> History:
    history = house.history()
    history.timeline.append(Sample(at=house.now, service="router", ready=False))
    return history


@bad(Kind.STUCK)
def the_drain_gave_up(house: House) -> History:
    house.case("1")
    history = house.history()
    history.meta = history.meta.model_copy(update={"drained": False})
    return history


@bad(Kind.STUCK)
def the_notifier_did_not_read_the_routers_last_word(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.decline()
    case.assign("police")
    return with_row(
        house.history(), "notifier", case.case_id, router_seq=1, state="returned", department=None
    )


@bad(Kind.POISON)
def an_unreadable_record_was_swallowed(house: House) -> None:
    house.put(INCIDENT_REPORTS, "x", readable=False)


@bad(Kind.POISON)
def an_unreadable_answer_was_swallowed(house: House) -> None:
    house.put("feedback.fire.v1", "x", readable=False)


@bad(Kind.POISON)
def an_answer_without_an_id_was_swallowed(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.put("feedback.fire.v1", case.case_id, case_id=case.case_id, party="fire")


@bad(Kind.POISON)
def only_one_of_two_readers_put_a_forged_event_aside(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    forged = house.put(CASES, case.case_id, ce_id="forged", ce_type="case.registered")
    house.attempt("raw", position=forged.position, readers=("router", "notifier"))
    house.dead_letter("router", forged.position)


@bad(Kind.STUCK, Kind.POISON)
def a_dead_letter_was_never_published(house: House) -> None:
    record = house.put(INCIDENT_REPORTS, "x", readable=False)
    house.keep("intake", house.dead_letter("intake", record.position), published=False)
    house.records.pop()
    del house.outbox["intake"][0]
