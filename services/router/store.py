"""The router's tables: where each case's routing stands, and every round it went through."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, LargeBinary, MetaData, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field

from schemas.events.assignment import Offer
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import Named, table_of
from services.router.domain.decisions import Decline, Route
from services.router.domain.duty import Asked

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


_CASE: Final = table_of(RoutedCase)
_CASES: Final = select(_CASE).where(among(_CASE.c.case_id, "case_ids"))
_ROUND: Final = table_of(RouteRound)
_CHANGING: Final = tuple(c.name for c in _CASE.c if c.name not in {"case_id", "registered"})
_OFFERS: Final = TypeAdapter(tuple[Offer, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A routed case as the use cases know it; the fields are those of `RoutedCase`."""

    case_id: UUID
    registered: bytes
    route: Route
    assignment_id: UUID
    co_offers: tuple[Offer, ...]
    level: int
    due_by: datetime
    rule: str
    plan_version: str
    sequence: int = 0
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One assignment of a case's lead; `why` is the explanation as JSON."""

    case_id: UUID
    round: int
    at: datetime
    department: str
    person: str | None
    outcome: str
    final: bool
    why: str


class Store:
    """Every statement the router makes, within one transaction."""

    def __init__(self, conn: AsyncConnection) -> None:
        """Take the transaction's connection."""
        self._conn = conn

    async def load(self, case_ids: Collection[UUID]) -> dict[UUID, Routed]:
        """Return those of the cases that were routed before."""
        rows = await self._conn.execute(_CASES, {"case_ids": sorted(case_ids)})
        return {row.case_id: _routed(row) for row in rows}

    async def save(self, cases: Iterable[Routed]) -> None:
        """Write these cases, new and changed ones alike."""
        rows = {case.case_id: _row(case) for case in cases}
        ordered = [rows[case_id] for case_id in sorted(rows)]
        await insert_rows(self._conn, RoutedCase, ordered, replace=_CHANGING)

    async def add_rounds(self, rounds: Iterable[Round]) -> None:
        """Write down new rounds."""
        rows = [
            {name: getattr(round_, name) for name in _ROUND.columns.keys()}  # noqa: SIM118 - a mapping of columns
            for round_ in rounds
        ]
        await insert_rows(self._conn, RouteRound, rows)

    async def rounds(self, case_id: UUID) -> list[Round]:
        """Return every round of a case, first to last."""
        rows = await self._conn.execute(
            select(_ROUND).where(_ROUND.c.case_id == case_id).order_by(_ROUND.c.round)
        )
        return [Round(**row) for row in rows.mappings()]


def _routed(row: Row[Any]) -> Routed:
    route = Route(
        round=row.round,
        lead=row.lead,
        person=row.person,
        asked=tuple(Asked(who, datetime.fromisoformat(at)) for who, at in row.asked),
        declined=tuple(Decline(*one) for one in row.declined),
        final=row.final,
    )
    return Routed(
        case_id=row.case_id,
        registered=row.registered,
        route=route,
        assignment_id=row.assignment_id,
        co_offers=_OFFERS.validate_json(row.co_offers),
        level=row.level,
        due_by=row.due_by,
        rule=row.rule,
        plan_version=row.plan_version,
        sequence=row.sequence,
        seen={"intake": row.intake_seq, "notifier": row.notifier_seq},
    )


def _row(case: Routed) -> dict[str, Any]:
    route = case.route
    return {
        "case_id": case.case_id,
        "registered": case.registered,
        "round": route.round,
        "lead": route.lead,
        "person": route.person,
        "assignment_id": case.assignment_id,
        "asked": [[one.person, one.at.isoformat()] for one in route.asked],
        "declined": [[one.department, one.reason] for one in route.declined],
        "co_offers": _OFFERS.dump_json(case.co_offers).decode(),
        "final": route.final,
        "level": case.level,
        "due_by": case.due_by,
        "rule": case.rule,
        "plan_version": case.plan_version,
        "sequence": case.sequence,
        "intake_seq": case.seen.get("intake", 0),
        "notifier_seq": case.seen.get("notifier", 0),
    }
