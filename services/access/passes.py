"""A pass: what the desk says of somebody who is signed in there, for the other services.

It holds for minutes, and for a person who may still sign in: a session ends, a pass runs out. It
comes in a header of its own, which no page of another site can send.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ValidationError

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.access.bounds import MOST_PASS_CHARACTERS
from services.access.door import Prover
from services.access.register import Register
from services.kit.clock import Clock

HEADER: Final = "Tongxin-Pass"
_PURPOSE: Final = b"tongxin pass\0"


class _Statement(BaseModel):
    """Who somebody is by the session that they had, and until when that may be relied on."""

    id: str
    name: str
    roles: tuple[ActingRole, ...]
    departments: tuple[str, ...]
    areas: tuple[str, ...]
    until: AwareDatetime


def pass_of(actor: Actor, *, until: datetime, secret: bytes) -> str:
    """Return a pass of a person, who holds it until an instant."""
    told = _Statement(
        id=actor.id,
        name=actor.name,
        roles=tuple(sorted(actor.roles)),
        departments=tuple(sorted(actor.departments)),
        areas=tuple(sorted(actor.areas)),
        until=until,
    )
    body = urlsafe_b64encode(told.model_dump_json().encode())
    return f"{body.decode()}.{_mark(body, secret)}"


def passes(
    register: Register, *, secrets: Iterable[bytes], clock: Clock, below: tuple[str, ...] = ("",)
) -> Prover:
    """Return what proves who asks by a pass, at the paths that begin with one of `below`.

    Of its roles those hold that the person has still; one who is disabled, or not known here, is
    nobody.
    """
    known = tuple(secrets)

    async def proven(request: Request) -> Actor | None:
        if not request.scope.get("path", "").startswith(below):
            return None
        told = _read(request.headers.get(HEADER, ""), known)
        if told is None or told.until <= clock():
            return None
        person = register.person(told.id)
        if person is None or person.disabled:
            return None
        roles = frozenset(role for role in told.roles if role in person.roles)
        theirs = {one.department for one in person.memberships}
        departments = (one for one in told.departments if one in theirs)
        return Actor.of_person(
            told.id, told.name, roles=roles, departments=departments, areas=told.areas
        )

    return proven


def _read(text: str, secrets: tuple[bytes, ...]) -> _Statement | None:
    if not text.isascii() or len(text) > MOST_PASS_CHARACTERS:
        return None
    body, _, mark = text.partition(".")
    if not any(hmac.compare_digest(_mark(body.encode(), one), mark) for one in secrets):
        return None
    try:
        return _Statement.model_validate_json(urlsafe_b64decode(body))
    except (ValidationError, Error, ValueError):
        return None


def _mark(body: bytes, secret: bytes) -> str:
    return hmac.digest(secret, _PURPOSE + body, "sha256").hex()
