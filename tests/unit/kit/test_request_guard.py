"""What is answered before a route sees it: strangers' hosts, other sites' pages, bodies."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Message, Receive, Scope

from services.kit.http.bounds import MAX_BODY_BYTES, MAX_TARGET_BYTES
from services.kit.http.problems import PROBLEM
from services.kit.http.request_guard import Files
from tests.support.web import app_of, talking_to

JSON = {"Content-Type": "application/json"}
OWN = "10.1.2.3"
"""The address at which the connection came in."""


def echo() -> FastAPI:
    """Return an app that says how many bytes it got."""
    http = app_of(hosts="intake, City.Example", is_guarded=False)

    @http.get("/things")
    async def things() -> dict[str, int]:
        return {"bytes": 0}

    @http.post("/things")
    async def take(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @http.post("/broken")
    async def broken() -> None:
        raise LookupError("secret")

    return http


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=echo(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{OWN}:8001") as found:
        yield found


def refused(answer: httpx.Response, status: int) -> bool:
    return answer.status_code == status and answer.headers["content-type"] == PROBLEM


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            *("localhost", "LOCALHOST:8001", "127.0.0.1:8001", "127.9.9.9", "[::1]:8001"),
            *(f"{OWN}:8001", OWN, "intake:8001", "city.example", "city.example.:443"),
        ],
    )
    async def test_of_ours_is_served(self, client: httpx.AsyncClient, host: str) -> None:
        assert (await client.get("/things", headers={"Host": host})).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            *("evil.example", "evil.example:8001", "localhost.evil.example", "10.1.2.4:8001", ""),
            *(
                "127.0.0.1.evil.example",
                "10.1.2.30",
                "[::2]",
                "[",
                "intake.evil.example",
                "x" * 999,
            ),
        ],
    )
    async def test_of_somebody_else_is_misdirected(
        self, client: httpx.AsyncClient, host: str
    ) -> None:
        answer = await client.get("/things", headers={"Host": host})
        assert refused(answer, 421)
        assert "TONGXIN_HTTP_HOSTS" in answer.json()["title"]

    async def test_is_missing_only_where_no_browser_asks(self) -> None:
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            told.append(message)

        scope: Scope = {"type": "http", "method": "GET", "path": "/things", "query_string": b""}
        await echo()({**scope, "headers": [], "http_version": "1.0"}, receive, send)
        assert told[0]["status"] == 200


class TestPageOfAnotherSite:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://[", "Sec-Fetch-Site": "none"},
            {"Origin": f"http://{OWN}:3000"},
            {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    async def test_changes_nothing_here(
        self, client: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        assert refused(await client.post("/things", content=b"{}", headers=JSON | headers), 403)
        assert (await client.get("/things", headers=headers)).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": f"http://{OWN}:8001", "Sec-Fetch-Site": "same-origin"},
            {"Origin": "https://city.example"},
            {"Sec-Fetch-Site": "none"},
        ],
    )
    async def test_is_told_from_our_own_and_from_programs(
        self, client: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        answer = await client.post("/things", content=b"{}", headers=JSON | headers)
        assert answer.json() == {"bytes": 2}


class TestMediaType:
    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "",
            "json",
            None,
        ],
    )
    async def test_other_than_json_is_refused(
        self, client: httpx.AsyncClient, content_type: str | None
    ) -> None:
        headers = {} if content_type is None else {"Content-Type": content_type}
        answer = await client.post("/things", content=b"{}", headers=headers)
        assert refused(answer, 415)
        assert "application/json" in answer.json()["title"]

    @pytest.mark.parametrize(
        "content_type", ["application/json; charset=utf-8", "Application/JSON"]
    )
    async def test_of_json_is_known_in_any_spelling(
        self, client: httpx.AsyncClient, content_type: str
    ) -> None:
        headers = {"Content-Type": content_type}
        assert (await client.post("/things", content=b"{}", headers=headers)).status_code == 200

    async def test_is_not_asked_of_a_request_without_a_body(
        self, client: httpx.AsyncClient
    ) -> None:
        assert (await client.post("/things")).json() == {"bytes": 0}

    async def test_says_nothing_of_a_packed_body(self, client: httpx.AsyncClient) -> None:
        headers = JSON | {"Content-Encoding": "gzip"}
        assert refused(await client.post("/things", content=b"{}", headers=headers), 415)


class TestBody:
    async def test_of_the_largest_size_is_taken(self, client: httpx.AsyncClient) -> None:
        body = b" " * MAX_BODY_BYTES
        answer = await client.post("/things", content=body, headers=JSON)
        assert answer.json() == {"bytes": MAX_BODY_BYTES}

    async def test_that_says_it_is_larger_is_not_read(self) -> None:
        async def receive() -> Message:
            raise AssertionError("was read")

        assert await self.status_of(receive, length=MAX_BODY_BYTES + 1) == 413

    async def test_without_a_length_is_read_up_to_the_limit(self) -> None:
        chunks = 0

        async def receive() -> Message:
            nonlocal chunks
            chunks += 1
            return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

        assert await self.status_of(receive, length=None) == 413
        assert chunks == MAX_BODY_BYTES // 65_536 + 1

    async def test_that_does_not_come_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("services.kit.http.request_guard.BODY_SECONDS", 0.01)

        async def receive() -> Message:
            await asyncio.sleep(3600)
            return {}

        assert await self.status_of(receive, length=5) == 408

    @staticmethod
    async def status_of(receive: Receive, *, length: int | None) -> int:
        """Post a body and return the answer's status."""
        told: list[Message] = []

        async def send(message: Message) -> None:
            told.append(message)

        size = (b"transfer-encoding", b"chunked")
        if length is not None:
            size = (b"content-length", str(length).encode())
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/things",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), size],
        }
        await echo()(scope, receive, send)
        return int(told[0]["status"])


class TestFiles:
    """Bodies that bring files, which a route reads as they come."""

    @staticmethod
    def app() -> FastAPI:
        files = Files(path=re.compile(r"/things/\w+"), most_bytes=2 * MAX_BODY_BYTES, seconds=0.05)
        http = app_of(is_guarded=False, files=files)

        @http.post("/things/one")
        @http.post("/things")
        async def take(request: Request) -> dict[str, int]:
            return {"bytes": len(await request.body())}

        return http

    async def posted(self, receive: Receive, *, path: str, kind: str, length: int | None) -> int:
        told: list[Message] = []

        async def send(message: Message) -> None:
            told.append(message)

        size = (b"transfer-encoding", b"chunked")
        if length is not None:
            size = (b"content-length", str(length).encode())
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", kind.encode()), size],
        }
        await self.app()(scope, receive, send)
        return int(told[0]["status"])

    @pytest.mark.parametrize(
        ("path", "kind", "size", "expected"),
        [
            ("/things/one", "multipart/form-data; boundary=x", 2 * MAX_BODY_BYTES, 200),
            ("/things/one", "multipart/form-data; boundary=x", 2 * MAX_BODY_BYTES + 1, 413),
            ("/things/one", "application/json", MAX_BODY_BYTES + 1, 413),
            ("/things/one", "text/html", 1, 415),
            ("/things", "multipart/form-data; boundary=x", 1, 415),
        ],
    )
    @pytest.mark.parametrize("is_said", [True, False])
    async def test_have_a_limit_of_their_own_where_they_are_taken(
        self, path: str, kind: str, size: int, expected: int, *, is_said: bool
    ) -> None:
        left = [size]

        async def receive() -> Message:
            part = min(left[0], 1024 * 1024)
            left[0] -= part
            return {"type": "http.request", "body": b"x" * part, "more_body": left[0] > 0}

        length = size if is_said else None
        assert await self.posted(receive, path=path, kind=kind, length=length) == expected

    async def test_that_do_not_come_are_given_up(self) -> None:
        async def receive() -> Message:
            await asyncio.sleep(3600)
            return {}

        kind = "multipart/form-data; boundary=x"
        assert await self.posted(receive, path="/things/one", kind=kind, length=5) == 408


class TestTarget:
    async def test_too_long_is_refused(self, client: httpx.AsyncClient) -> None:
        assert refused(await client.get("/things?q=" + "x" * MAX_TARGET_BYTES), 414)

    async def test_unknown_and_wrong_methods_are_problems(self, client: httpx.AsyncClient) -> None:
        assert refused(await client.get("/nowhere"), 404)
        answer = await client.delete("/things")
        assert refused(answer, 405)
        assert "GET" in answer.headers["Allow"]


class TestFault:
    async def test_of_ours_is_a_problem_that_gives_nothing_away(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post("/broken")
        assert refused(answer, 500)
        assert "secret" not in answer.text

    async def test_is_none_when_the_server_stops(self) -> None:
        http = echo()
        entered = asyncio.Event()

        @http.get("/slow")
        async def slow() -> None:
            entered.set()
            await asyncio.sleep(3600)

        async with talking_to(http) as client:
            asking = asyncio.create_task(client.get("/slow"))
            await entered.wait()
            asking.cancel()  # as the server does when it cannot wait any longer
            answer = await asking
        assert refused(answer, 503)
        assert "again" in answer.json()["title"]
        assert int(answer.headers["Retry-After"]) > 0
