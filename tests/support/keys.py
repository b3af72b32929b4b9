"""Keys for tests: one installation's secret, and registers that know who a test says there is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from schemas.events.people import KeyRecorded
from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.door import Doorkeeper
from services.access.register import Register
from services.access.tokens import hmac_of, token_of
from services.kit.clock import Clock, system_clock
from services.machine.secrets_kept import FIRST_FILE

SECRET: Final = "the-secret-of-all-installations-of-tests"  # noqa: S105 - of tests
TOKEN: Final = token_of("of0all0tests" + "0" * 25)
"""Of a key that opens everything, as the first one of an installation does."""
BEGAN: Final = datetime(2020, 1, 1, tzinfo=UTC)


def key(token: str = TOKEN, **changes: Any) -> KeyRecorded:
    """Return a key; unless it is told otherwise it opens everything everywhere."""
    fields: dict[str, Any] = {
        "id": "thefirst",
        "version": 1,
        "at": BEGAN,
        "name": "first",
        "token_hmac": hmac_of(token, SECRET.encode()),
        "scopes": tuple(Scope),
        "roles": tuple(ActingRole),
        "everywhere": not {"sources", "parties"} & changes.keys(),
    }
    return KeyRecorded.model_validate(fields | changes, strict=False)


def register_of(*keys: KeyRecorded) -> Register:
    """Return a register that knows these keys; without any, the one that opens everything."""
    register = Register([SECRET.encode()])
    for one in keys or (key(),):
        register.note(one)
    return register


def doorkeeper(*keys: KeyRecorded, clock: Clock = system_clock) -> Doorkeeper:
    """Return who lets these keys in."""
    return Doorkeeper(register_of(*keys), clock=clock)


def bearing(token: str = TOKEN) -> dict[str, str]:
    """Return the header that brings a token."""
    return {"Authorization": f"Bearer {token}"}


def keep_first_token(folder: Path) -> None:
    """Let a house with this folder begin with the token that every client of tests brings."""
    (folder / FIRST_FILE).write_text(TOKEN)
