"""Posting to servers that do what they like: the attempt ends, and says how."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import pytest

from schemas.addresses import LOOPBACK, Network
from services.kit.http.outside import Answer, Outside, Resolve
from tests.support.receiver import Request, head, receiving, saying

ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n" + b"x" * 100_000
ARRIVED = {
    "no content": head("204 No Content"),
    "endless body": ENDLESS,
    "no gzip where it says so": head("200 OK", "Content-Encoding: gzip") + b"no gzip",
    "a coding nobody knows": head("200 OK", "Content-Encoding: br, zstd, x"),
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n\r\n",
    "cut body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx",
    "after a provisional answer": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + head("201 Created"),
    "with odd headers": head(
        "200 OK", "X: \xe9\xff", "Set-Cookie: a=b; Domain=.", "Content-Type: /"
    ),
    "without a reason": b"HTTP/1.1 200\r\n\r\n",
}
FAILED = {
    "nothing": (b"", None),
    "http 0.9": (b"<html>hello</html>\r\n\r\n", None),
    "http 2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n", None),
    "binary": (bytes(range(256)) * 4, None),
    "no number": (b"HTTP/1.1 abc OK\r\n\r\n", None),
    "too large a number": (b"HTTP/1.1 99999 OK\r\n\r\n", None),
    "a header without an end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, None),
    "too many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, None),
    "a header without a name": (b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", None),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", None),
    "a negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", None),
    "provisional answers only": (b"HTTP/1.1 102 Processing\r\n\r\n" * 10_000, None),
    "an upgrade": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", None),
    "a redirect": (head("302 Found", "Location: http://example.org/"), 302),
    "a redirect to no host": (head("302 Found", "Location: http://xn--/"), 302),
    "a redirect to no port": (head("307 Again", "Location: http://h:999999999999/"), 307),
    "a redirect to nowhere": (head("301 Moved", "Location: \xff://"), 301),
    "a redirect to a file": (head("308 Moved", "Location: file:///etc/passwd"), 308),
    "a redirect to itself": (head("303 See", "Location: /hook"), 303),
    "nothing new": (head("304 Not Modified"), 304),
    "gone": (head("410 Gone"), 410),
    "an error with a long story": (head("500 Bad") + b"x" * 100_000, 500),
    "a status of its own": (b"HTTP/1.1 999 Blocked\r\nContent-Length: 0\r\n\r\n", 999),
}


@asynccontextmanager
async def outside(
    *, seconds: float = 30.0, resolve: Resolve | None = None
) -> AsyncIterator[Callable[..., "asyncio.Future[Answer]"]]:
    """Give what posts to a URL; loopback is allowed unless told otherwise."""
    found = Outside(seconds=seconds, resolve=resolve)

    def post(url: str, allowed: Iterable[Network] = LOOPBACK) -> "asyncio.Future[Answer]":
        headers = {"webhook-id": "1"}
        return asyncio.ensure_future(found.post(url, body=b"{}", headers=headers, allowed=allowed))

    try:
        yield post
    finally:
        await found.close()


def resolving(*addresses: str) -> Resolve:
    """Return a look-up that finds these for every name."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


class TestAnswer:
    @pytest.mark.parametrize("answer", ARRIVED.values(), ids=ARRIVED)
    async def test_of_2xx_is_an_arrival_whatever_its_body(self, answer: bytes) -> None:
        async with receiving(saying(answer)) as receiver, outside() as post:
            found = await post(receiver.url())
        assert found.status is not None
        assert found.status // 100 == 2

    @pytest.mark.parametrize(("answer", "status"), FAILED.values(), ids=FAILED)
    async def test_of_anything_else_is_a_failed_attempt(
        self, answer: bytes, status: int | None
    ) -> None:
        async with receiving(saying(answer)) as receiver, outside() as post:
            found = await post(receiver.url())
        assert (found.status, bool(found.told)) == (status, True)
        assert len(receiver.requests) == 1, "a redirect was followed"

    async def test_by_a_reset_is_a_failed_attempt(self) -> None:
        async def reset(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        async with receiving(reset) as receiver, outside() as post:
            assert (await post(receiver.url())).status is None

    @pytest.mark.parametrize(
        "drip", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 102 Wait\r\n\r\n", b"H"]
    )
    async def test_that_does_not_end_ends_with_the_time(self, drip: bytes) -> None:
        async def dripping(_: Request, writer: asyncio.StreamWriter) -> None:
            while True:
                writer.write(drip)
                await writer.drain()
                await asyncio.sleep(0.01)

        async with receiving(dripping) as receiver, outside(seconds=0.3) as post:
            found = await post(receiver.url())
        assert found.status is None

    async def test_whose_body_drips_has_arrived_with_its_head(self) -> None:
        async def dripping(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            await asyncio.Event().wait()

        async with receiving(dripping) as receiver, outside() as post:
            assert (await post(receiver.url())).status == 200

    async def test_carries_the_pause_that_is_asked_for(self) -> None:
        busy = saying(head("503 Busy", "Retry-After: 7"))
        async with receiving(busy) as receiver, outside() as post:
            assert (await post(receiver.url())).retry_after == "7"

    @pytest.mark.parametrize(
        "url", ["", "x", "ftp://h/", "http://", "http://xn--/", "http://h\x00/", "http://[::1/"]
    )
    async def test_of_what_is_no_url_is_a_failed_attempt(self, url: str) -> None:
        async with outside(resolve=resolving("127.0.0.1")) as post:
            assert (await post(url)).status is None

    async def test_of_nobody_there_is_a_failed_attempt(self) -> None:
        async with receiving(saying(b"")) as receiver:
            pass
        async with outside() as post:
            assert (await post(receiver.url())).status is None

    async def test_of_a_name_that_nobody_knows_is_a_failed_attempt(self) -> None:
        async with outside(resolve=resolving()) as post:
            assert (await post("http://nobody.example/")).status is None


class TestConnection:
    async def test_goes_to_the_address_that_was_judged_under_the_name(self) -> None:
        asked: list[str] = []

        async def rebinding(host: str, _port: int) -> Sequence[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

        async with (
            receiving(saying(head("200 OK"))) as receiver,
            outside(resolve=rebinding) as post,
        ):
            assert (await post(receiver.url(host="police.example"))).status == 200
            again = await post(receiver.url(host="police.example"))
        assert asked == ["police.example"] * 2, "more than one look-up for an attempt"
        assert receiver.requests[0].headers["host"] == f"police.example:{receiver.port}"
        assert "169.254.169.254 is not on the public internet" in again.told
        assert len(receiver.requests) == 1

    @pytest.mark.parametrize(
        "addresses",
        [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"]],
    )
    async def test_is_not_made_when_one_address_is_inside(self, addresses: list[str]) -> None:
        resolve = resolving(*addresses)
        async with receiving(saying(head("200 OK"))) as receiver, outside(resolve=resolve) as post:
            found = await post(receiver.url(host="police.example"), [])
        assert "is not on the public internet" in found.told
        assert receiver.requests == []

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1"])
    async def test_is_not_made_to_this_machine_unasked(self, host: str) -> None:
        async with receiving(saying(head("200 OK"))) as receiver, outside() as post:
            found = await post(receiver.url(host=host), [])
        assert found.status is None
        assert receiver.requests == []

    async def test_is_made_to_the_next_address_when_one_is_dead(self) -> None:
        resolve = resolving("::1", "127.0.0.1")
        async with receiving(saying(head("200 OK"))) as receiver, outside(resolve=resolve) as post:
            assert (await post(receiver.url(host="police.example"))).status == 200

    async def test_asks_for_the_certificate_of_the_name(self) -> None:
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.put_nowait(await reader.read(4096))
            writer.write(b"no TLS at all")
            writer.close()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, outside(resolve=resolving("127.0.0.1")) as post:
            found = await post(f"https://police.example.:{port}/")
        assert b"police.example\x00" in await heard.get()
        assert found.status is None

    async def test_takes_no_proxy_from_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "socks5://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        async with receiving(saying(head("200 OK"))) as receiver, outside() as post:
            assert (await post(receiver.url())).status == 200

    async def test_keeps_nothing_for_the_next(self) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n"
        async with receiving(saying(answer)) as receiver, outside() as post:
            await post(receiver.url())
            await post(receiver.url())
        assert [r.headers.get("cookie") for r in receiver.requests] == [None, None]
