"""Events on `people.v1`: who may come in, as whole states; the newest of each key is what holds.

No secret is among them, no password and no way to reach anybody: what a key's token is compared
with tells nothing of the token to whoever has not the installation's secret.
"""

from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, StringConstraints

from schemas.cloudevents import CloudEvent
from schemas.events.base import Body, Code, Identifier, Instant, PathIdentifier, source_of
from schemas.person_ids import of_a_person
from schemas.vocabulary import derived_id

MOST_BOUND: Final = 200
"""Parties, areas or sources that one person or key is bound to."""
MOST_VERSIONS: Final = 2**53
"""More than a row is ever changed, and what every JSON reader can count to."""

PersonId = Annotated[PathIdentifier, StringConstraints(min_length=1, max_length=100)]
"""A person as the story names them."""
GivenPersonId = Annotated[PersonId, AfterValidator(of_a_person)]
"""A `PersonId` that somebody gives to a person; what was recorded before is read as it is."""
Name = Annotated[Identifier, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
"""What a person or a key is called, on one line."""
GivenName = Annotated[Name, AfterValidator(of_a_person)]
"""A `Name` that somebody gives to a person."""
KeyId = Annotated[str, StringConstraints(max_length=32, pattern=r"^[a-z0-9]{8,32}$")]
"""One token of a key: a rotation makes another."""
Version = Annotated[int, Field(ge=1, le=MOST_VERSIONS)]
"""Which state of its row it is; an older one changes nothing."""
TokenHmac = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9a-f]{64}$")]
"""HMAC-SHA256 of a token by the installation's secret."""
Codes = Annotated[tuple[Code, ...], Field(max_length=MOST_BOUND)]


class Membership(Body):
    """To which department somebody belongs, for which areas and in which shift.

    Whoever dispatches has areas and speaks for no department.
    """

    department: Code | None = None
    areas: Codes = ()
    shift: Identifier | None = None


class PersonRecorded(Body):
    """A person who may sign in, or no longer."""

    type: ClassVar[str] = "person.recorded"

    id: PersonId
    version: Version
    at: Instant
    name: Name
    roles: Codes = ()
    memberships: Annotated[tuple[Membership, ...], Field(max_length=MOST_BOUND)] = ()
    disabled: bool = False

    @property
    def key(self) -> str:
        """The record's key."""
        return f"person/{self.id}"


class KeyRecorded(Body):
    """A key that a system brings instead of a person: what it opens, for whom, and until when.

    `everywhere` is one that is bound to no source and no party on purpose.
    """

    type: ClassVar[str] = "key.recorded"

    id: KeyId
    version: Version
    at: Instant
    name: Code
    token_hmac: TokenHmac
    scopes: Codes = ()
    roles: Codes = ()
    sources: Codes = ()
    parties: Codes = ()
    everywhere: bool = False
    expires_at: Instant | None = None
    revoked_at: Instant | None = None

    @property
    def key(self) -> str:
        """The record's key."""
        return f"key/{self.id}"


Recorded = PersonRecorded | KeyRecorded
KINDS: Final = (PersonRecorded, KeyRecorded)


def event_of_state(recorded: Recorded, *, service: str) -> CloudEvent:
    """Return the event that tells a state; told again it is the same one."""
    return CloudEvent(
        id=derived_id("people", recorded.key, recorded.version),
        type=recorded.type,
        source=source_of(service),
        subject=recorded.key,
        time=recorded.at,
        data=recorded.model_dump_json(exclude_none=True).encode(),
        key=recorded.key,
    )
