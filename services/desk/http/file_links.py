"""Links to a file of a case: for one person, or key, and until an instant."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.access.actor import Actor
from services.desk.bounds import FILE_LINK_SECONDS
from services.desk.store.uploads import Upload

_PURPOSE: Final = b"tongxin file link\0"


class Copy(StrEnum):
    """Which copy of a file: a picture's small one, or the one to look at."""

    SMALL = "small"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes and judges links of somebody; the first of `secrets` signs, each of them holds."""

    secrets: tuple[bytes, ...]
    actor: Actor
    now: datetime

    @property
    def until(self) -> int:
        """Until when links hold that are made now, in seconds since 1970.

        The same for an hour, so that a browser finds what it has kept.
        """
        began = int(self.now.timestamp()) // FILE_LINK_SECONDS
        return (began + 2) * FILE_LINK_SECONDS

    def ends(self) -> datetime:
        """Return until when links hold that are made now."""
        return datetime.fromtimestamp(self.until, UTC)

    def to(self, file: Upload, copy: Copy) -> str | None:
        """Return the link to a copy of a file; None where there is none, or no secret."""
        if not self.secrets or (copy is Copy.SMALL and file.small is None):
            return None
        mark = _mark(file.case_id, file.id, copy, self.actor, self.until, self.secrets[0])
        return f"/cases/{file.case_id}/files/{file.id}/{copy}?until={self.until}&mark={mark}"

    def seconds_left(
        self, case_id: UUID, file_id: UUID, copy: Copy, *, until: int, mark: str
    ) -> int:
        """Return for how long a link holds still, in seconds; 0 for one that does not."""
        made = (_mark(case_id, file_id, copy, self.actor, until, one) for one in self.secrets)
        is_ours = any(hmac.compare_digest(one.encode(), mark.encode()) for one in made)
        return max(0, until - int(self.now.timestamp())) if is_ours else 0


def _mark(case_id: UUID, file_id: UUID, copy: Copy, actor: Actor, until: int, secret: bytes) -> str:
    told = b"\0".join((case_id.bytes + file_id.bytes, copy.encode(), actor.id.encode()))
    return hmac.digest(secret, _PURPOSE + told + b"\0%d" % until, "sha256").hex()
