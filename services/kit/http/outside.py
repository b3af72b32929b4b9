"""One POST to somebody else's server: whatever it does, the attempt ends, and nothing else does.

Nothing stands between, no proxy and no earlier connection, and nothing is followed: the name is
looked up, each of its addresses is judged, and the connection goes to one that was judged, while
Host and certificate stay the name's. The head of the answer is read; its body is nobody's business.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import httpx

from schemas.addresses import Network, may_reach
from services.kit.http.bounds import CONNECT_SECONDS, LOOKING_UP, OUTSIDE_SECONDS

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""How the addresses of a host and port are found."""


class InsideAddress(Exception):
    """A host's address is not on the public internet, and nobody allowed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answered: `status` is None when there was no answer, `told` says why."""

    status: int | None
    told: str
    retry_after: str = ""


class Outside:
    """Posts to servers outside."""

    def __init__(self, *, seconds: float = OUTSIDE_SECONDS, resolve: Resolve | None = None) -> None:
        """Take how long an attempt may take, and who looks names up: the system unless given."""
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(LOOKING_UP, thread_name_prefix="look-up")
        self._resolve = resolve or self._looked_up
        # No connection is kept: one to an address would be taken for another name there.
        self._transport = httpx.AsyncHTTPTransport(
            verify=_authorities(),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """End every connection."""
        await self._transport.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], allowed: Iterable[Network]
    ) -> Answer:
        """Return what a server answered, within the time; raises nothing that comes from there.

        `allowed` are networks off the public internet that it may be in.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._posted(httpx.URL(url), body, headers, [*allowed])
        except TimeoutError:
            return Answer(status=None, told=f"no answer within {self._seconds:g} s")
        except InsideAddress as refused:
            return Answer(status=None, told=str(refused))
        except Exception as fault:  # noqa: BLE001 - whatever a server does is a failed attempt
            return Answer(status=None, told=type(fault).__name__)

    async def _posted(
        self, url: httpx.URL, body: bytes, headers: Mapping[str, str], allowed: list[Network]
    ) -> Answer:
        host = url.raw_host.decode("ascii")
        addresses = await self._resolve(host, url.port or _port_of(url.scheme))
        for address in addresses:
            if not may_reach(ip_address(address), allowed=allowed):
                raise InsideAddress(f"{address} is not on the public internet, nor allowed")
        fault: httpx.TransportError = httpx.ConnectError("no address")
        for address in addresses:
            try:
                return await self._answered(url, address, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as unreachable:
                fault = unreachable
        raise fault

    async def _answered(
        self, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        request = httpx.Request(
            "POST",
            url.copy_with(host=address),
            headers={
                **headers,
                "Host": url.netloc.decode("ascii"),
                "User-Agent": "Tongxin",
                "Connection": "close",
            },
            content=body,
            extensions={
                "sni_hostname": url.raw_host.decode("ascii").removesuffix("."),
                "timeout": {"connect": CONNECT_SECONDS},
            },
        )
        response = await self._transport.handle_async_request(request)
        try:
            status, asked = response.status_code, response.headers.get("retry-after", "")
            return Answer(status=status, told=str(status), retry_after=asked)
        finally:
            await response.aclose()

    async def _looked_up(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def _authorities() -> ssl.SSLContext:
    """Return whose certificates are trusted: the usual ones, or a city's own by SSL_CERT_FILE."""
    return httpx.create_ssl_context()


def _port_of(scheme: str) -> int:
    return 443 if scheme == "https" else 80
