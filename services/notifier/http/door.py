"""What is said of a case over HTTP: checked like a record, put into the log, decided from there."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, TypeAdapter
from pydantic_core import from_json

from schemas.cloudevents import JSON_CONTENT, STRUCTURED_CONTENT, CloudEvent, media_type_of
from schemas.plan import Plan
from schemas.vocabulary import REPORTERS, derived_id
from services.access.actor import Actor
from services.access.door import ASKED
from services.kit.clock import Clock
from services.kit.http.door import Publishes, invalid, refusals
from services.kit.http.openapi import one_of
from services.kit.http.problems import Refused, problem
from services.kit.process.bodies import json_in, object_of
from services.kit.records import Fault, Rejected, message_of
from services.kit.sql.database import Database
from services.kit.stage.decoding import structured_data, validated
from services.notifier.bounds import MAX_SAID_BYTES
from services.notifier.domain.case import CaseFile
from services.notifier.store import files

MEDIA_TYPES: Final = (JSON_CONTENT, STRUCTURED_CONTENT)
_FILLED: Final = {
    "feedback_id": "Your own id; made when left out",
    "command_id": "Your own id; made when left out",
    "at": "Now when left out",
    "assignment_id": "Looked up when left out",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes work with: what is known, where it goes, and what time it is."""

    database: Database
    publisher: Publishes
    plan: Callable[[], Plan]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a request says of a case, at which instant.

    `type` is that of the CloudEvent it came as, `body` its JSON; all with one `key` are one.
    """

    case_id: UUID
    at: datetime
    type: str | None
    fields: dict[str, Any]
    body: bytes
    key: str | None

    def own_id(self, kind: str, *scope: str) -> str:
        """Return the id of what is said for whoever gave none; `scope` says who that is."""
        # A used key with something else to say is another word: as a repeat it would be lost.
        said_once = self.at.isoformat() if self.key is None else self.key
        return str(derived_id(kind, self.case_id, *scope, said_once, self.body))

    def told(self, adapter: TypeAdapter[T], *, actor: Actor, **defaults: str) -> T:
        """Return what is said with what was left out filled in. Raises `Refused`.

        Who acts is whom the door proved, and never what a body says.
        """
        if "acting" in self.fields:
            raise invalid(Fault("acting", "is whoever the key proves: leave it out"))
        told = {"at": self.at.isoformat()} | defaults | self.fields
        told |= {"case_id": str(self.case_id), "acting": actor.acting.model_dump(mode="json")}
        try:
            return validated(adapter, json.dumps(told).encode())
        except Rejected as rejected:
            raise invalid(*rejected.faults) from rejected


async def given_in(
    request: Request, case_id: UUID, *, key: str | None, types: Collection[str], at: datetime
) -> Given:
    """Return what a request brings, as JSON or as a CloudEvent of one of these types.

    Raises `Refused`.
    """
    body = await json_in(request, key=key, most=MAX_SAID_BYTES)
    type_ = None
    if media_type_of(request.headers.get("content-type", "")) == STRUCTURED_CONTENT:
        event = body
        try:
            body = structured_data(event, expected_types=types)
        except Rejected as rejected:
            raise invalid(*rejected.faults) from rejected
        type_ = from_json(event)["type"]
    fields = object_of(body)
    return Given(case_id=case_id, at=at, type=type_, fields=fields, body=body, key=key)


async def known_file(
    database: Database, case_id: UUID, *, actor: Actor, party: str | None = None
) -> CaseFile:
    """Return the file of a case of which somebody may say something, for a `party` if they answer.

    Raises `Refused` for one that is not known, as for one of which they may not, and for one that
    was merged.
    """
    async with database.read() as conn:
        file, primary = await files.file_of(conn, case_id), None
        if file is None:
            primary = (await files.merged_into(conn, {case_id})).get(case_id)
            file = None if primary is None else await files.file_of(conn, primary)
    if file is None or not _may_speak(file, actor=actor, party=party):
        raise unknown(case_id)
    if primary is not None:
        raise invalid(Fault("case_id", f"was merged into {primary}; say it about that case"))
    return file


def _may_speak(file: CaseFile, *, actor: Actor, party: str | None) -> bool:
    """Tell whether somebody may speak of a case; reporters may of any.

    Who had a part in it once may answer: what was said is sent again when in doubt.
    """
    if party == REPORTERS:
        return True
    if party is None:
        return actor.is_concerned(file.concerned)
    return actor.is_concerned(part.department for part in file.parts.values())


def unknown(case_id: UUID) -> Refused:
    """Return the refusal of a case that is not known, or not theirs: which of both is not told."""
    return Refused(404, f"Nothing is known of {case_id} here, or not yet.")


async def bring(parts: Parts, event: CloudEvent, *, topic: str) -> None:
    """Put what is said into the log; all replicas have it when this returns."""
    await parts.publisher.publish([message_of(event, topic=topic)])


def body_of(models: Iterable[type[BaseModel]], **beside: str) -> dict[str, Any]:
    """Return how OpenAPI shows a body that is one of these models, without what path and key say.

    What is filled in may be left out; `beside` are texts that the model does not have.
    """
    texts = {name: {"type": "string", "description": told} for name, told in beside.items()}
    return one_of(models, hidden=("case_id", "acting"), filled=_FILLED, beside=texts)


OF_A_CASE: Final = ASKED | {404: problem("Not known here"), 422: problem("Not an id of a case")}
"""How OpenAPI describes what is refused of one case."""
RESPONSES: Final = {
    **ASKED,
    404: problem("No such case here, or not yet, or not one of yours"),
    **refusals(),
}
