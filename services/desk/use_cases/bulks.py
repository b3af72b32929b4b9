"""One command for many cases: chosen, looked at, confirmed, and then as many ordinary commands.

The id of each follows from the bulk and the case: sent again, it is the same command. So the rows
need not tell exactly what the log has: what is not noted as sent is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json, to_json

from schemas import topics
from schemas.events.acting import ActedFact
from schemas.events.charge import (
    CaseAnnotated,
    CaseCorrected,
    CaseReassigned,
    CaseSupervised,
    CaseUnsupervised,
    CoHandlerWanted,
)
from schemas.events.commands import Command, as_command, event_of
from schemas.events.requests import SuspensionEnded
from schemas.roles import MAY, is_for_the_lead, may
from schemas.vocabulary import CommandKind, derived_id
from services.access.actor import Actor
from services.desk.bounds import BULK_AT_ONCE, BULK_LEFT_AFTER, BULK_SENT_WITHIN
from services.desk.domain.changes import surprising
from services.desk.store import bulks
from services.desk.store.lists import Found
from services.desk.use_cases.inputs import REFUSAL
from services.desk.use_cases.saying import bring_all
from services.kit.clock import Clock
from services.kit.http.door import Publishes
from services.kit.records import Fault, Rejected
from services.kit.sql.database import Database
from services.kit.stage.decoding import validated

FOR_MANY: Final[Mapping[CommandKind, type[ActedFact]]] = {
    CommandKind.REASSIGN: CaseReassigned,
    CommandKind.CORRECT: CaseCorrected,
    CommandKind.ADD_CO_HANDLER: CoHandlerWanted,
    CommandKind.SUPERVISE: CaseSupervised,
    CommandKind.UNSUPERVISE: CaseUnsupervised,
    CommandKind.RESUME: SuspensionEnded,
    CommandKind.ANNOTATE: CaseAnnotated,
}
"""What may be said of many cases at once, and the fact by which it is seen to hold.

Whatever ends a case, or decides what somebody asked, is said after a look at that one.
"""

MOVED: Final = "moved"
LATE: Final = "late"
"""Why a desk itself holds a command back: others changed the case, or too much time went by."""


def kinds_for_many(actor: Actor) -> tuple[CommandKind, ...]:
    """Return what somebody may say of many cases; nothing where that would be notes alone.

    What a department may say only of the cases that it leads is said of one at a time.
    """
    kinds = tuple(
        kind
        for kind in FOR_MANY
        if may(kind, actor.roles) and not is_for_the_lead(MAY[kind], actor.roles)
    )
    return kinds if any(MAY[kind] for kind in kinds) else ()


def command_of(bulk: Mapping[str, Any], case_id: UUID) -> Command:
    """Return the command that a confirmed bulk has for a case. Raises `Rejected`."""
    told = {
        **bulk["fields"],
        "kind": bulk["kind"],
        "command_id": str(command_id(bulk["bulk_id"], case_id)),
        "case_id": str(case_id),
        "at": bulk["confirmed_at"].isoformat(),
        "acting": bulk["acting"],
    }
    return validated(as_command(told), to_json(told))


def command_id(bulk_id: UUID, case_id: UUID) -> UUID:
    """Return the id of the command that a bulk has for a case."""
    return derived_id("desk-bulk", bulk_id, case_id)


def check_said(bulk: Mapping[str, Any]) -> None:
    """Raise `Rejected` for what no case could be told."""
    command_of(bulk, bulk["bulk_id"])
    if bulk["kind"] == CommandKind.CORRECT and not {"category", "urgency"} & {*bulk["fields"]}:
        raise Rejected("invalid", [Fault("category", "say a category, an urgency, or both")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What came of a bulk: `taken` and `waiting` are counts, the others name their cases.

    `held` says by a code why nothing was sent of a case, `refused` is what the notifier told.
    """

    total: int
    taken: int
    waiting: int
    held: Mapping[UUID, str]
    refused: Mapping[UUID, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulks:
    """Sends bulks that were confirmed, and knows what came of them."""

    database: Database
    publisher: Publishes
    clock: Clock

    async def send(self, bulk_id: UUID) -> None:
        """Bring into the log what is not there of a bulk, a portion after the other.

        What others changed since it was chosen is held back, as of a single command.
        """
        async with self.database.read() as conn:
            bulk = await bulks.bulk(conn, bulk_id)
        if bulk is None or bulk["confirmed_at"] is None:
            return
        while portion := await self._portion(bulk):
            said = [event_of(command_of(bulk, row["case_id"])) for row in portion]
            await bring_all(said, topic=topics.COMMANDS, publisher=self.publisher)
            ids = [row["case_id"] for row in portion]
            async with self.database.write() as conn:
                await bulks.note_sent(conn, bulk_id, ids, at=self.clock())
        async with self.database.write() as conn:
            await bulks.note_done(conn, bulk_id, at=self.clock())

    async def _portion(self, bulk: Found) -> list[Found]:
        """Return cases to send next; those that are not sent are held, and not among them."""
        bulk_id, person = bulk["bulk_id"], bulk["person"]
        late = self.clock() - bulk["confirmed_at"] > BULK_SENT_WITHIN
        while True:
            async with self.database.write() as conn:
                found = await bulks.unsent(conn, bulk_id, most=BULK_AT_ONCE)
                ids = [row["case_id"] for row in found]
                since = await bulks.changes(conn, bulk_id, ids)
                moved = {id_ for id_, told in since.items() if [*surprising(person, told)]}
                held = dict.fromkeys(ids, LATE) if late else dict.fromkeys(moved, MOVED)
                await bulks.hold(conn, bulk_id, held)
            going = [row for row in found if row["case_id"] not in held]
            if going or not found:
                return going

    async def send_left(self) -> None:
        """Send what is left of bulks whose sender was interrupted."""
        async with self.database.read() as conn:
            ids = await bulks.left(conn, before=self.clock() - BULK_LEFT_AFTER)
        for id_ in ids:
            await self.send(id_)

    async def progress(self, bulk: Found) -> Progress:
        """Return what came of a bulk so far."""
        bulk_id, fact = bulk["bulk_id"], FOR_MANY[CommandKind(bulk["kind"])]
        async with self.database.read() as conn:
            cases = await bulks.cases_of(conn, bulk_id)
            lines = await bulks.came_of(conn, bulk_id, fact=fact.type)
            told = await bulks.told_of(conn, bulk_id, kind=REFUSAL)
        ours = {str(command_id(bulk_id, row["case_id"])): row["case_id"] for row in cases}
        refusals = (from_json(one["data"]) for one in told)
        refused = {ours[id_]: one for one in refusals if (id_ := one.get("command_id", "")) in ours}
        taken = {line["case_id"] for line in lines if _said_by(line) == bulk["person"]} - {*refused}
        known = taken | {*refused}
        # What the notifier answered was sent, also where a desk ended before it could note that.
        held = {row["case_id"]: row["held"] for row in cases if row["held"] is not None}
        held = {id_: why for id_, why in held.items() if id_ not in known}
        return Progress(
            total=len(cases),
            taken=len(taken),
            waiting=len(cases) - len(held) - len(known),
            held=held,
            refused=refused,
        )


def _said_by(line: Found) -> str | None:
    acting = from_json(line["data"]).get("acting") or {}
    person: str | None = acting.get("person")
    return person


def confirmed(
    bulk: Mapping[str, Any], fields: Mapping[str, Any], *, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Return what is kept of a bulk that somebody confirms."""
    told = {
        "fields": {**fields},
        "acting": actor.acting.model_dump(mode="json"),
        "confirmed_at": now,
    }
    check_said({**bulk, **told})
    return told
