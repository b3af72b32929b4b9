"""The link by which whoever reported sees what became of it: one for each report, and not kept.

Its token is the report's id and an HMAC-SHA256 of that by the installation's secret, 16 bytes of
it: who has no link can make none, who has one cannot make another's, and no table holds any.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schemas.plan import Plan
from services.access.bounds import MOST_REPORT_TOKEN_CHARACTERS, REPORT_MARK_BYTES

BELOW: Final = "/r/"
"""Below which path of the desk the tokens are."""
_PURPOSE: Final = b"tongxin report link\0"
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLinks:
    """Gives links, where the plan lets residents look, by the first of the secrets."""

    plan: Callable[[], Plan]
    secrets: Sequence[bytes]

    @property
    def are_given(self) -> bool:
        """Whether there are pages to lead to, and an address under which residents find them."""
        residents = self.plan().residents
        return residents.status_page and residents.address is not None and bool(self.secrets)

    def link_of(self, report_id: UUID) -> str | None:
        """Return the link to what becomes of a report; None where none are given."""
        if not self.are_given:
            return None
        return f"{self.plan().residents.address}{BELOW}{token_of(report_id, self.secrets[0])}"


def token_of(report_id: UUID, secret: bytes) -> str:
    """Return the token of a report, whose id is that of the case that it alone would be.

    >>> len(token_of(UUID(int=1), b"secret"))
    43
    """
    return _written(report_id.bytes + _mark(report_id.bytes, secret))


def report_of(token: str, secrets: Iterable[bytes]) -> UUID | None:
    """Return the report of a token; None for one that was not made by any of these secrets.

    >>> report_of(token_of(UUID(int=1), b"secret"), [b"newer", b"secret"])
    UUID('00000000-0000-0000-0000-000000000001')
    >>> report_of(token_of(UUID(int=1), b"another"), [b"secret"])
    """
    if len(token) > MOST_REPORT_TOKEN_CHARACTERS or not token.isascii():
        return None
    try:
        told = urlsafe_b64decode(token + "=")
    except ValueError:
        return None
    if len(told) != len(_NOBODY.bytes) + REPORT_MARK_BYTES or _written(told) != token:
        return None
    id_, mark = told[: len(_NOBODY.bytes)], told[len(_NOBODY.bytes) :]
    # Every secret is tried, so that how long it takes says nothing.
    found = [hmac.compare_digest(_mark(id_, one), mark) for one in secrets]
    return UUID(bytes=id_) if any(found) else None


def _written(told: bytes) -> str:
    return urlsafe_b64encode(told).decode().rstrip("=")


def _mark(id_: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + id_, "sha256")[:REPORT_MARK_BYTES]
