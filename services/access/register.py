"""Who may come in, as `people.v1` last said; every service keeps all of it in memory."""

import logging
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pydantic import ValidationError

from schemas.events.people import KeyRecorded, PersonRecorded, Recorded
from schemas.person_ids import KEY_PREFIX
from schemas.roles import ActingRole
from schemas.scopes import Scope
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind
from services.access.bounds import MOST_STATE_BYTES, MOST_TOKEN_CHARACTERS
from services.access.tokens import hmac_of, is_sound

logger = logging.getLogger(__name__)

_MODELS: Final[dict[str, type[Recorded]]] = {"person": PersonRecorded, "key": KeyRecorded}


class Unproven(StrEnum):
    """Why a token proves nobody."""

    UNKNOWN = "is not known here"
    EXPIRED = "has expired"
    REVOKED = "was revoked"


class Register:
    """The newest state of each person and key.

    A state that cannot be read takes away what it is about: nobody may come in by what an older
    one said.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        """Take the installation's secrets; without any, no token proves anybody."""
        self._secrets = tuple(secrets)
        self._states: dict[str, Recorded] = {}
        self._keys: dict[str, KeyRecorded] = {}
        self._used_on: dict[str, date] = {}

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take a record of the topic; an older state than the known one changes nothing."""
        name = (key or b"").decode("utf-8", "replace")
        if value is None:
            self._forget(name)
            return
        try:
            recorded = _read(name, value)
        except ValueError as fault:
            logger.warning("a state of people.v1 cannot be read", extra={"key": name[:200]})
            logger.debug("why: %s", fault)
            self._forget(name)
            return
        self.note(recorded)

    def note(self, recorded: Recorded) -> None:
        """Note a state, unless a newer one is known."""
        known = self._states.get(recorded.key)
        if known is not None and known.version >= recorded.version:
            return
        self._forget(recorded.key)
        self._states[recorded.key] = recorded
        if isinstance(recorded, KeyRecorded):
            self._keys[recorded.token_hmac] = recorded

    def state(self, key: str) -> Recorded | None:
        """Return what is known under a record's key."""
        return self._states.get(key)

    def told_of(self, recorded: Recorded) -> Recorded | None:
        """Return what is known of the same person or token, be it under another id of a key."""
        found = self._states.get(recorded.key)
        if found is None and isinstance(recorded, KeyRecorded):
            return self._keys.get(recorded.token_hmac)
        return found

    def names(self) -> tuple[str, ...]:
        """Return the keys of all records that count."""
        return tuple(self._states)

    def person(self, id_: str) -> PersonRecorded | None:
        """Return a person; None for one that is not known."""
        found = self._states.get(f"person/{id_}")
        return found if isinstance(found, PersonRecorded) else None

    def actor_of(self, token: str, *, now: datetime) -> Actor | Unproven:
        """Return whom a token proves, of which the day is noted, or why nobody."""
        key = self.key_of(token)
        if key is None:
            return Unproven.UNKNOWN
        if key.revoked_at is not None:
            return Unproven.REVOKED
        if key.expires_at is not None and key.expires_at <= now:
            return Unproven.EXPIRED
        self._used_on[key.id] = now.date()
        return _actor(key)

    def used_on(self) -> tuple[tuple[str, date], ...]:
        """Return each id of a key that proved somebody here, with the last day (UTC) it did."""
        return tuple(self._used_on.items())

    def key_of(self, token: str) -> KeyRecorded | None:
        """Return the key that a token belongs to, whether or not it still proves anybody."""
        if len(token) > MOST_TOKEN_CHARACTERS or not is_sound(token):
            return None
        found = (hmac_of(token, secret) for secret in self._secrets)
        return next((self._keys[one] for one in found if one in self._keys), None)

    def _forget(self, name: str) -> None:
        known = self._states.pop(name, None)
        if isinstance(known, KeyRecorded) and self._keys.get(known.token_hmac) is known:
            del self._keys[known.token_hmac]


def _read(name: str, value: bytes) -> Recorded:
    """Return the state in a record. Raises ValueError for what is none, or stands elsewhere."""
    model = _MODELS.get(name.partition("/")[0])
    if model is None or len(value) > MOST_STATE_BYTES:
        msg = "is of no kind that is known, or too large"
        raise ValueError(msg)
    try:
        recorded = model.model_validate_json(value)
    except ValidationError as invalid:
        msg = f"has {invalid.error_count()} faults"
        raise ValueError(msg) from invalid
    if recorded.key != name:
        msg = "is about another one than the record's key"
        raise ValueError(msg)
    return recorded


def _actor(key: KeyRecorded) -> Actor:
    """Return who a key is; what a later release lets it do besides is not known here."""
    return Actor(
        kind=ActorKind.KEY,
        id=f"{KEY_PREFIX}{key.name}",
        name=key.name,
        door=Door.HTTP,
        scopes=frozenset(scope for scope in Scope if scope in key.scopes),
        roles=frozenset(role for role in ActingRole if role in key.roles),
        departments=frozenset(key.parties),
        sources=frozenset(key.sources),
        everywhere=key.everywhere,
    )
