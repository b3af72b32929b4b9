"""Records that can never be processed: kept with their raw bytes and the reason, on a topic.

The topic is compacted by the letter's name, so that a record which was replayed can be taken off
the list with an empty value. A name is the record's place and a mark of what it was: a place alone
is another record's once its topic is made anew.

A service whose records have what nobody may read from a topic seals its letters: all of the record
but its place, and the faults, which quote it. Reason code, place and time stay for everybody.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgpack

from schemas.cloudevents import Headers
from schemas.vocabulary import derived_id
from services.kit.records import FRAME, Fault, Message, Record, Rejected
from services.kit.sealing.envelope import Spoilt, packed, sealed, unpacked, unsealed
from services.kit.sealing.keys import KeyFile, KeyMissing, Ring
from services.kit.stage.bounds import (
    FIELD_LETTERS,
    LARGEST_LETTER_BYTES,
    MARK_LETTERS,
    REASON_LETTERS,
)

_OURS = "tongxin_"
_HOW_MANY = 7
_PER_HEADER = 16
_PARTS_OF_A_PLACE = 3
_REPLAYED = _OURS + "replayed"
_SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One record that was put aside: why, when, where it stood, and exactly what it was.

    Only of a record that unpacked to more than a dead letter takes is a part kept; it says so.
    One that `is_sealed` could not be opened: its value is what is sealed.
    """

    name: str
    code: str
    faults: tuple[Fault, ...]
    rejected_at: str
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    is_sealed: bool = False

    @property
    def is_frame(self) -> bool:
        """Tell whether its value is no record's, but raw bytes in which none could be read."""
        return any(fault.field == FRAME for fault in self.faults)

    @property
    def position(self) -> str:
        """Where the record stood."""
        return position_of(self.name)


def position_of(name: str) -> str:
    """Return where the record of a dead letter stood.

    >>> position_of("cases.v1/1/17/1f0c3a9e"), position_of("cases.v1/1/17")
    ('cases.v1/1/17', 'cases.v1/1/17')
    """
    return "/".join(name.split("/")[:_PARTS_OF_A_PLACE])


def letter_id(record: Record, *, stage: str) -> UUID:
    """Return the id that makes a record's dead letter be written once."""
    return derived_id("dead-letter", stage, record.identity)


def letter(
    record: Record, rejected: Rejected, *, topic: str, now: datetime, ring: Ring | None = None
) -> Message:
    """Return the dead letter of a record, sealed where there is a `ring` to do it with."""
    name = f"{record.position}/{record.identity.hex[:MARK_LETTERS]}"
    record = record._replace(headers=_without_replay(record.headers))
    faults = [*rejected.faults]
    if (size := _size(record)) > LARGEST_LETTER_BYTES:
        record = _cut(record)
        faults.append(Fault("value", f"the record has {size} bytes, a part of them is kept here"))
    quoted = [
        {"field": f.field[:FIELD_LETTERS], "reason": f.reason[:REASON_LETTERS]} for f in faults
    ]
    told = {
        "code": rejected.code,
        "faults": json.dumps(quoted, ensure_ascii=False),
        "rejected_at": now.isoformat(),
        "topic": record.topic,
        "null": "1" if record.value is None else "0",
        "keyless": "1" if record.key is None else "0",
    }
    if ring is not None:
        whole = _sealed(record, told["faults"], name=name, ring=ring)
        return Message(topic, name, whole, _our_headers(told | {"faults": "[]", "null": _SEALED}))
    return Message(
        topic=topic,
        key=name,
        # An empty value would read as "taken off the list".
        value=record.value or b"",
        headers=(*_our_headers(told, key=record.key or b""), *record.headers),
    )


def _our_headers(told: Mapping[str, str], *, key: bytes = b"") -> Headers:
    ours = tuple((_OURS + name, text.encode("utf-8", "replace")) for name, text in told.items())
    return (*ours, (_OURS + "key", key))


def _sealed(record: Record, faults: str, *, name: str, ring: Ring) -> bytes:
    """Return all that a record brought, and what is said against it, for this letter only."""
    quoted = faults.encode("utf-8", "replace")
    names = [(name.encode("utf-8", "surrogatepass"), content) for name, content in record.headers]
    whole = msgpack.packb((quoted, record.key, record.value, names))
    return packed(sealed(whole, about=name.encode(), ring=ring))


def _size(record: Record) -> int:
    headers = sum(_weight(name) + len(content) for name, content in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def _cut(record: Record) -> Record:
    """Return the beginning of a record that came compressed and is too large without that.

    It must fit: a dead letter that no broker takes would stop the stage again and again.
    """
    part = LARGEST_LETTER_BYTES // 3
    return record._replace(
        key=None if record.key is None else record.key[:part],
        value=None if record.value is None else record.value[:part],
        headers=tuple(_within(record.headers, part)),
    )


def _within(headers: Headers, room: int) -> Iterator[tuple[str, bytes]]:
    for name, content in headers:
        room -= _weight(name)
        if room <= 0:
            return
        yield name, content[:room]
        room -= len(content)


def _weight(name: str) -> int:
    return len(name.encode()) + _PER_HEADER


def opened(
    key: bytes, value: bytes, headers: Headers, *, keys: KeyFile | None = None
) -> DeadLetter:
    """Return the dead letter a record of the dead-letter topic carries, whoever wrote that.

    A sealed one opens with `keys`; else it says that it is one.
    """
    # Ours stand first; the record's own may bear the same names, and must not speak for us.
    ours, theirs = headers[:_HOW_MANY], headers[_HOW_MANY:]
    own = {name.removeprefix(_OURS): content or b"" for name, content in ours}
    found = DeadLetter(
        name=key.decode("utf-8", "surrogateescape"),
        code=own.get("code", b"unknown").decode("utf-8", "replace"),
        faults=_faults(own.get("faults", b"[]")),
        rejected_at=own.get("rejected_at", b"").decode("utf-8", "replace"),
        topic=own.get("topic", b"").decode("utf-8", "replace"),
        key=None if own.get("keyless") == b"1" else own.get("key", b""),
        value=None if own.get("null") == b"1" else value,
        headers=theirs,
    )
    return _unsealed(found, keys) if own.get("null") == _SEALED.encode() else found


def _faults(quoted: bytes) -> tuple[Fault, ...]:
    try:
        return tuple(Fault(str(one["field"]), str(one["reason"])) for one in json.loads(quoted))
    except (ValueError, TypeError, LookupError, RecursionError):
        return (Fault("faults", "cannot be read"),)


def _unsealed(found: DeadLetter, keys: KeyFile | None) -> DeadLetter:
    if keys is None:
        return _closed(found, "the file of master keys was not given")
    try:
        about = found.name.encode("utf-8", "surrogateescape")
        body = unsealed(unpacked(found.value or b""), about=about, ring=keys.ring)
    except KeyMissing as missing:
        return _closed(found, f"{keys.file} has no master key {missing}")
    except Spoilt as spoilt:
        return _closed(found, str(spoilt))
    faults, key, value, names = msgpack.unpackb(body)
    headers = tuple((name.decode("utf-8", "surrogatepass"), content) for name, content in names)
    return replace(found, faults=_faults(faults), key=key, value=value, headers=headers)


def _closed(found: DeadLetter, why: str) -> DeadLetter:
    fault = Fault("value", f"is sealed and cannot be opened: {why}")
    return replace(found, faults=(fault,), is_sealed=True)


def replayed(letter: DeadLetter, *, by: Iterable[str]) -> Message:
    """Return the record as it was, for its own topic again; `by` are the services it concerns.

    One more header, the last, tells them that it is a replay: they give it a fresh chance, where
    its number would make it a repeat. To all others it is one.
    """
    told = " ".join((*by, letter.name)).encode()
    return Message(
        topic=letter.topic,
        key=(letter.key or b"").decode("utf-8", "surrogateescape"),
        value=letter.value,
        headers=(*letter.headers, (_REPLAYED, told)),
        keyless=letter.key is None,
    )


def taken_off(letter: DeadLetter, *, dead_letter_topic: str) -> Message:
    """Return what takes a letter off the list."""
    return Message(topic=dead_letter_topic, key=letter.name, value=None, headers=())


def replay_of(record: Record, *, service: str) -> str | None:
    """Return the name of the dead letter that this record is a replay of for a service."""
    if not record.headers or record.headers[-1][0] != _REPLAYED:
        return None
    *services, name = record.headers[-1][1].decode("utf-8", "replace").split(" ")
    return name if service in services else None


def _without_replay(headers: Headers) -> Headers:
    return headers[:-1] if headers and headers[-1][0] == _REPLAYED else headers
