"""Clients for the HTTP of our own parts, which tests make again and again."""

import ssl
from typing import Final

import httpx

from tests.support.keys import bearing

_NO_AUTHORITIES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nobody here speaks TLS, and reading the machine's authorities takes a client 30 ms of work."""


def asking(*, timeout: float = 20) -> httpx.AsyncClient:
    """Return a client for addresses of this machine, past every proxy, with the first key."""
    return httpx.AsyncClient(
        trust_env=False, timeout=timeout, verify=_NO_AUTHORITIES, headers=bearing()
    )
