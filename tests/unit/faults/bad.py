"""Where broken histories are entered, and how a sound one is bent."""

from collections.abc import Callable

from tests.faults.checker.anomalies import Kind
from tests.faults.history import DeskCase, History, NotifierCase, Seen
from tests.unit.faults.house import House

Build = Callable[[House], History | None]
Broken = dict[str, tuple[Callable[[], History], set[Kind]]]
"""Broken histories by name, each with exactly the anomalies it must be caught by."""


def entering(broken: Broken) -> Callable[..., Callable[[Build], Build]]:
    """Return a decorator that enters a history under its function's name.

    One that returns nothing leaves the house's history as it is.
    """

    def bad(*kinds: Kind) -> Callable[[Build], Build]:
        def entered(build: Build) -> Build:
            def built() -> History:
                house = House()
                return build(house) or house.history()

            broken[build.__name__] = built, set(kinds)
            return build

        return entered

    return bad


def lacking(history: History, gone: Callable[[Seen], bool]) -> History:
    """Return the history without some records: nobody saw them, and they are not there."""
    history.final = [r for r in history.final if not gone(r)]
    history.observed = {
        name: [r for r in seen if not gone(r)] for name, seen in history.observed.items()
    }
    return history


def without_outboxes(history: History) -> History:
    """Return the history of a run whose outboxes were not read."""
    for service, rows in history.state.items():
        history.state[service] = [row for row in rows if row.row != "outbox"]
    return history


def without_state(history: History) -> History:
    """Return the history of a run whose databases were not read."""
    history.state = {}
    return history


def uncommitted(history: History, record: Seen) -> History:
    """Return the history with this record in no outbox."""
    for service, rows in history.state.items():
        history.state[service] = [
            row for row in rows if row.row != "outbox" or row.ce_id != record.ce_id
        ]
    return history


def with_row(history: History, service: str, case_id: str, **changes: object) -> History:
    """Return the history with a service's row of a case changed."""
    history.state[service] = [
        row.model_copy(update=changes)
        if row.row in {"report", "routed", "followed"} and row.case_id == case_id
        else row
        for row in history.state[service]
    ]
    return history


def with_state(history: History, rows: list[DeskCase]) -> History:
    """Return the history with a desk that shows these cases."""
    history.state["desk"] = [*rows]
    return history


def shown(history: History, case_id: str, **changes: object) -> History:
    """Return the history with a desk that shows a case otherwise than the notifier holds it."""
    rows = [
        DeskCase(**row.model_dump(exclude={"row"}) | (changes if row.case_id == case_id else {}))
        for row in history.state["notifier"]
        if isinstance(row, NotifierCase)
    ]
    return with_state(history, rows)


def without_row(history: History, service: str, case_id: str) -> History:
    """Return the history with a service knowing nothing of a case."""
    history.state[service] = [
        row
        for row in history.state[service]
        if row.row not in {"report", "routed", "followed"} or row.case_id != case_id
    ]
    return history


def swapped(seen: list[Seen], one: Seen, other: Seen) -> list[Seen]:
    """Return records with two of them in each other's place."""
    places = {
        one.position: other.model_copy(update={"offset": one.offset}),
        other.position: one.model_copy(update={"offset": other.offset}),
    }
    return [places.get(record.position, record) for record in seen]
