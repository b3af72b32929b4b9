"""`incident-reports.v1`: what an upstream system says happened."""

from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from schemas.cloudevents import CloudEvent
from schemas.events.base import Body, Code, Instant, PathIdentifier, Text
from schemas.vocabulary import Channel, Urgency, case_id_for

MAX_REPORT_BYTES = 256 * 1024
"""Largest report in bytes (reliability handbook, S-18)."""

_NOT_BLANK = r"\S"

SourceId = Annotated[
    PathIdentifier, StringConstraints(min_length=1, max_length=128, pattern=_NOT_BLANK)
]
Description = Annotated[Text, StringConstraints(max_length=4000)]
Address = Annotated[Text, StringConstraints(min_length=1, max_length=500, pattern=_NOT_BLANK)]
MOST_PEOPLE: Final = 1_000_000
People = Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
"""How many people it is about, as a reporter says."""
Link = Annotated[Text, StringConstraints(max_length=2000, pattern=r"^https?://[^\s]+$")]

Links = Annotated[tuple[Link, ...], Field(max_length=20)]


class Point(Body):
    """A WGS-84 position in degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)

    @property
    def is_nowhere(self) -> bool:
        """Tell whether it is what systems write that have no position: (0, 0)."""
        return self.lat == 0 and self.lon == 0


HALF_WAY_ROUND_M: Final = 20_100_000
"""No two points on earth are farther apart, in metres."""


class Place(Body):
    """Where it is: a point, a grid code, an address, or several of them; never none."""

    point: Point | None = None
    grid: Code | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.point is None and self.grid is None and self.address is None:
            msg = "needs a point, a grid or an address"
            raise ValueError(msg)
        return self


class Contact(Body):
    """How the reporter can be reached; stays with intake and is on no other topic."""

    name: Annotated[Text, StringConstraints(max_length=100)] | None = None
    phone: Annotated[Text, StringConstraints(max_length=40)] | None = None
    email: Annotated[Text, StringConstraints(max_length=200)] | None = None


class IncidentReport(Body):
    """One report. `source` and `id` together are its identity: the same pair is one report."""

    type: ClassVar[str] = "incident.reported"

    source: Code
    id: SourceId
    channel: Channel
    reported_at: Instant
    place: Place
    category: Code | None = None
    description: Description | None = None
    urgency: Urgency | None = None
    media: Links = ()
    people: People | None = None
    contact: Contact | None = None
    exercise: bool = False

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.category is None and not (self.description or "").strip():
            msg = "needs a category or a description"
            raise ValueError(msg)
        return self

    @property
    def case_id(self) -> UUID:
        """The id of the case this report stands for; the same report gives it again."""
        return case_id_for(self.source, self.id)


def key_of(report: IncidentReport) -> str:
    """Return the key of a report's record."""
    return f"{report.source}/{report.id}"


def event_of(report: IncidentReport) -> CloudEvent:
    """Return the event that brings a report into the log."""
    return CloudEvent(
        id=report.case_id,
        type=report.type,
        source=f"/upstreams/{report.source}",
        subject=key_of(report),
        time=report.reported_at,
        data=report.model_dump_json(exclude_none=True).encode(),
        key=key_of(report),
    )
