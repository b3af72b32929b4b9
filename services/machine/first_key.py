"""The first key of a house on one machine: it opens everything to whoever started the house."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.access.register import Unproven
from services.desk.use_cases.keys import keep_first
from services.kit.clock import system_clock
from services.kit.process.secret_settings import secrets_in
from services.kit.sql.database import open_database
from services.machine.beside import run_beside
from services.machine.bounds import ASKED_SECONDS, KEY_POLL_SECONDS, READY_SECONDS
from services.machine.secrets_kept import access_secret, first_token


@dataclass(frozen=True, slots=True)
class FirstKey:
    """Its token, and whether it was made at this start."""

    token: str
    is_new: bool

    @property
    def header(self) -> dict[str, str]:
        """What brings it with a request."""
        return {"Authorization": f"Bearer {self.token}"}


def ensured_first_key(data: Path, *, desk: str) -> FirstKey:
    """Return the first key, which the desk's database has; one that was revoked stays revoked."""
    (secret, *_), (token, is_new) = secrets_in(access_secret(data)), first_token(data)
    run_beside(_keep(desk, token, secret))
    return FirstKey(token, is_new)


def wait_until_heard_of(key: FirstKey, urls: Iterable[str]) -> None:
    """Return when the services at these addresses have heard of a key, or after a long while."""
    until = time.monotonic() + READY_SECONDS
    with httpx.Client(timeout=ASKED_SECONDS, trust_env=False, headers=key.header) as http:
        for url in urls:
            while not _has_heard(url, http) and time.monotonic() < until:
                time.sleep(KEY_POLL_SECONDS)


def _has_heard(url: str, http: httpx.Client) -> bool:
    """Tell whether a service knows what became of the key: of nobody's it says that, by 401."""
    try:
        answer = http.get(f"{url}/key")
    except httpx.TransportError:
        return False
    is_refused = answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.TOO_MANY_REQUESTS}
    return not is_refused or any(why in answer.text for why in (Unproven.REVOKED, Unproven.EXPIRED))


async def _keep(url: str, token: str, secret: bytes) -> None:
    database = open_database(url, name="tongxin run")
    try:
        async with database.write() as conn:
            await keep_first(conn, token, secret=secret, now=system_clock())
    finally:
        await database.close()
