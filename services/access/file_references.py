"""A reference to a file of a case: what the desk says of bytes that it has, for who judges proofs.

Evidence is told as links. A link that begins with `tongxin:` is ours, and holds for one case and
one file, by a mark that the desk makes with the installation's secret once the bytes are stored.
One that anybody made up has no such mark, by whichever door it comes.
"""

import hmac
import re
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from services.access.bounds import REFERENCE_MARK_CHARACTERS

SCHEME: Final = "tongxin:"
_BEFORE: Final = f"{SCHEME}files/"
_NAMED: Final = re.compile(rf"{_BEFORE}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})/")
_PURPOSE: Final = b"tongxin file\0"


def reference_of(case_id: UUID, file_id: UUID, *, secret: bytes) -> str:
    """Return how a stored file of a case is named in evidence."""
    return f"{_BEFORE}{file_id}/{_mark(case_id, file_id, secret)}"


def file_of(link: str) -> UUID | None:
    """Return which file a link says it names; None for a link that is not ours.

    >>> file_of("tongxin:files/00000000-0000-0000-0000-000000000001/0f")
    UUID('00000000-0000-0000-0000-000000000001')
    """
    if not link.startswith(_BEFORE):
        return None
    try:
        return UUID(link.removeprefix(_BEFORE).partition("/")[0])
    except ValueError:
        return None


def files_named(text: str) -> set[UUID]:
    """Return the files that references within a text name.

    >>> files_named('{"link": "tongxin:files/00000000-0000-0000-0000-000000000001/0f"}')
    {UUID('00000000-0000-0000-0000-000000000001')}
    """
    return {UUID(found) for found in _NAMED.findall(text)}


def names_what_is_there(link: str, case_id: UUID, *, secrets: Iterable[bytes]) -> bool:
    """Tell whether a link may count for a case: one of ours does where the desk has the file."""
    if not link.strip().lower().startswith(SCHEME):
        return True
    file_id = file_of(link)
    if file_id is None or not link.isascii():
        return False
    known = (reference_of(case_id, file_id, secret=one) for one in secrets)
    return any(hmac.compare_digest(link, one) for one in known)


def _mark(case_id: UUID, file_id: UUID, secret: bytes) -> str:
    told = _PURPOSE + case_id.bytes + file_id.bytes
    return hmac.digest(secret, told, "sha256").hex()[:REFERENCE_MARK_CHARACTERS]
