"""The router's tables: where each case's routing stands, and every round it went through."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, LargeBinary, MetaData, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field

from schemas.events.assignment import CaseAssigned, Offer
from schemas.vocabulary import INTAKE, NOTIFIER
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows, update_rows
from services.kit.sql.declaring import Named, table_of
from services.router.domain.route import Asked, Decline, Rest, Route

ROUTER_METADATA: Final = MetaData()


class _Stored(Named):
    metadata = ROUTER_METADATA


class RoutedCase(_Stored, table=True):
    """One case: what was registered, its lead now, and what must be remembered for the next round.

    `sequence` is the last number of the router's own events, `intake_seq` and `notifier_seq` the
    last number seen of theirs.
    """

    case_id: UUID = Field(primary_key=True)
    registered: bytes = Field(sa_type=LargeBinary)
    round: int
    lead: str
    person: str | None
    assignment_id: UUID
    asked: list[Any] = Field(sa_type=JSON)
    declined: list[Any] = Field(sa_type=JSON)
    co_offers: str
    final: bool
    level: int
    due_by: datetime
    rule: str
    plan_version: str
    rests: list[Any] | None = Field(default=None, sa_type=JSON)
    sequence: int = Field(sa_type=BigInteger)
    intake_seq: int = Field(sa_type=BigInteger)
    notifier_seq: int = Field(sa_type=BigInteger)


class RouteRound(_Stored, table=True):
    """One assignment of a case's lead, and why."""

    case_id: UUID = Field(primary_key=True)
    round: int = Field(primary_key=True)
    at: datetime
    department: str
    person: str | None
    outcome: str
    final: bool
    why: str


_WRITTEN: Final = {"asked", "declined", "co_offers", "rests"}
"""Fields of a route that a column holds in another form."""
_CASE: Final = table_of(RoutedCase)
_CASES: Final = select(_CASE).where(among(_CASE.c.case_id, "case_ids"))
_ROUND: Final = table_of(RouteRound)
_CHANGING: Final = tuple(c.name for c in _CASE.c if c.name not in {"case_id", "registered"})
_AS_THEY_ARE: Final = tuple(f.name for f in fields(Route) if f.name not in _WRITTEN)
_OFFERS: Final = TypeAdapter(tuple[Offer, ...])


@dataclass(slots=True, kw_only=True)
class Routed:
    """A case that is routed here: what was registered of it, as JSON, and where it stands.

    `sequence` is the last number of the router's own events, `seen` the last one of each producer.
    """

    case_id: UUID
    registered: bytes
    route: Route
    sequence: int = 0
    seen: dict[str, int] = field(default_factory=dict)


class Store:
    """Every statement the router makes, within one transaction."""

    def __init__(self, conn: AsyncConnection) -> None:
        """Take the transaction's connection."""
        self._conn = conn

    async def load(self, case_ids: Collection[UUID]) -> dict[UUID, Routed]:
        """Return those of the cases that were routed before."""
        rows = await self._conn.execute(_CASES, {"case_ids": sorted(case_ids)})
        return {row["case_id"]: _routed(row) for row in rows.mappings()}

    async def save(self, cases: Iterable[Routed]) -> None:
        """Write these cases, new and changed ones alike."""
        rows = {case.case_id: _row(case) for case in cases}
        ordered = [rows[case_id] for case_id in sorted(rows)]
        await insert_rows(self._conn, RoutedCase, ordered, replace=_CHANGING)

    async def save_corrections(self, cases: Iterable[Routed]) -> None:
        """Write what these known cases really are."""
        rows = [{"case_id": case.case_id, "registered": case.registered} for case in cases]
        await update_rows(self._conn, RoutedCase, sorted(rows, key=lambda row: row["case_id"]))

    async def add_rounds(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write down new rounds, each a `round_row`."""
        await insert_rows(self._conn, RouteRound, rows)

    async def rounds(self, case_id: UUID) -> list[RouteRound]:
        """Return every round of a case, first to last."""
        rows = await self._conn.execute(
            select(_ROUND).where(_ROUND.c.case_id == case_id).order_by(_ROUND.c.round)
        )
        return [RouteRound(**row) for row in rows.mappings()]


def round_row(assigned: CaseAssigned, *, outcome: str) -> dict[str, Any]:
    """Return an assignment as the row that remembers it."""
    return {
        "case_id": assigned.case_id,
        "round": assigned.round,
        "at": assigned.at,
        "department": assigned.lead.department,
        "person": assigned.lead.person,
        "outcome": outcome,
        "final": assigned.final,
        "why": assigned.why.model_dump_json(),
    }


def _routed(row: Mapping[Any, Any]) -> Routed:
    route = Route(
        asked=tuple(Asked(who, datetime.fromisoformat(at)) for who, at in row["asked"]),
        declined=tuple(Decline(*one) for one in row["declined"]),
        rests=tuple(Rest(*one) for one in row["rests"] or ()),
        co_offers=_OFFERS.validate_json(row["co_offers"]),
        **{name: row[name] for name in _AS_THEY_ARE},
    )
    seen = {INTAKE: row["intake_seq"], NOTIFIER: row["notifier_seq"]}
    return Routed(
        case_id=row["case_id"],
        registered=row["registered"],
        route=route,
        sequence=row["sequence"],
        seen=seen,
    )


def _row(case: Routed) -> dict[str, Any]:
    route = case.route
    return {
        "case_id": case.case_id,
        "registered": case.registered,
        "asked": [[one.person, one.at.isoformat()] for one in route.asked],
        "declined": [[one.department, one.reason] for one in route.declined],
        "co_offers": _OFFERS.dump_json(route.co_offers).decode(),
        "rests": [[one.department, one.limit, one.left_seconds] for one in route.rests] or None,
        "sequence": case.sequence,
        "intake_seq": case.seen.get(INTAKE, 0),
        "notifier_seq": case.seen.get(NOTIFIER, 0),
        **{name: getattr(route, name) for name in _AS_THEY_ARE},
    }
