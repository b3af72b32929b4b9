"""The installation's key: who has it may command over HTTP, until there is a sign-in."""

import hmac
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.kit.http.problems import Refused

_BEARER: Final = HTTPBearer(
    auto_error=False,
    scheme_name="command key",
    description="`TONGXIN_COMMAND_KEY`, which `tongxin run` makes and shows at its first start",
)
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="tongxin commands"'}
_NONE_SET: Final = "Nobody may command here over HTTP: set TONGXIN_COMMAND_KEY and start again."
_NOT_GIVEN: Final = "A command needs the installation's key: Authorization: Bearer KEY."
_WRONG: Final = "This is not the installation's key."


def with_key(key: str) -> Callable[..., None]:
    """Return what lets a request through that brings the key; without one nobody gets through."""
    known = key.encode()

    def opened(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if not known:
            raise Refused(401, _NONE_SET, headers=_CHALLENGE)
        if given is None:
            raise Refused(401, _NOT_GIVEN, headers=_CHALLENGE)
        # However much of it is right, the comparison takes the same time.
        if not hmac.compare_digest(given.credentials.encode(), known):
            raise Refused(401, _WRONG, headers=_CHALLENGE)

    return opened
