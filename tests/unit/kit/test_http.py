"""What every service answers over HTTP, whatever its own routes are."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, ProducerClosed
from fastapi import FastAPI
from starlette.types import Message

from services.kit.http.answering import Answering
from services.kit.http.problems import PROBLEM
from services.kit.kafka.publisher import Publisher
from services.kit.process.bounds import STUCK_SECONDS
from services.kit.process.runtime import Runtime, build_runtime
from services.kit.process.standard_routes import add_operations
from services.kit.sql.faults import DatabaseAway
from services.router.settings import RouterSettings
from tests.support.web import app_of, talking_to


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """Return the parts of a service that was not started."""
    database = f"sqlite+aiosqlite:///{tmp_path}/router.sqlite"
    return build_runtime(RouterSettings(kafka="127.0.0.1:1", database_url=database))


def served(runtime: Runtime, answer: Callable[[], Awaitable[Any]] | None = None) -> FastAPI:
    """Return an application with a route `/cases/{id}` that does what `answer` does."""
    http = app_of(is_guarded=False)
    add_operations(http, runtime, asyncapi=dict)

    @http.get("/cases/{id_}")
    async def case(id_: str) -> Any:  # noqa: ANN401 - whatever the test answers
        return id_ if answer is None else await answer()

    return http


def raising(error: Exception) -> Callable[[], Awaitable[Any]]:
    async def answer() -> None:
        raise error

    return answer


class TestServerThatIsAway:
    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (DatabaseAway("the server is shutting down"), "The database cannot be reached"),
            (KafkaConnectionError("shutting down"), "The log cannot be reached"),
            (ProducerClosed(), "The log cannot be reached"),
        ],
        ids=["database", "broker", "stopping"],
    )
    async def test_is_told_with_when_to_come_again(
        self, runtime: Runtime, error: Exception, told: str
    ) -> None:
        async with talking_to(served(runtime, raising(error))) as client:
            answer = await client.get("/cases/1")

        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert int(answer.headers["Retry-After"]) > 0
        assert told in answer.json()["title"]
        assert "shutting down" not in answer.text


class TestStop:
    async def test_is_no_fault_of_ours_for_a_request_that_is_cut_off(
        self, runtime: Runtime
    ) -> None:
        began = asyncio.Event()

        async def hangs() -> None:
            began.set()
            await asyncio.Event().wait()

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": "/cases/1",
            "headers": [(b"host", b"localhost")],
        }
        scope |= {"query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1"}
        body = asyncio.Queue[Message]()
        body.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        request = asyncio.create_task(served(runtime, hangs)(scope, body.get, send))
        await began.wait()
        request.cancel("the server waits no longer")
        await request

        assert sent[0]["status"] == 503
        assert b"retry-after" in {name for name, _ in sent[0]["headers"]}
        assert b"send the same request again" in sent[1]["body"]

    async def test_leaves_a_publisher_that_says_so(self) -> None:
        publisher = Publisher("127.0.0.1:1", client_id="test")
        for asked in (publisher.publish(()), publisher.ask()):
            with pytest.raises(ProducerClosed):
                await asked


class TestAnswers:
    async def test_are_counted_by_route_and_status(self, runtime: Runtime) -> None:
        http = served(runtime)

        @http.get("/broken")
        async def broken() -> None:
            raise LookupError

        async with talking_to(http) as client:
            for path in ("/cases/1", "/cases/2", "/nowhere/1", "/nowhere/2", "/broken"):
                await client.get(path)
            await client.post("/cases/1")
            await client.request("BREW", "/cases/1")

        def counted(method: str, route: str, status: int) -> float | None:
            labels = {"method": method, "route": route, "status": str(status)}
            return runtime.registry.get_sample_value("tongxin_http_requests_total", labels)

        assert counted("GET", "/cases/{id_}", 200) == 2
        assert counted("GET", "other", 404) == 2
        assert counted("GET", "/broken", 500) == 1
        assert counted("POST", "/cases/{id_}", 405) == 1
        assert counted("other", "/cases/{id_}", 405) == 1

    def test_are_counted_around_everything_else(self, runtime: Runtime) -> None:
        outermost = served(runtime).user_middleware[0]
        assert str(outermost.cls) == str(Answering)


class TestLive:
    async def test_stays_so_while_a_round_waits_for_a_server_that_is_away(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kit.process.runtime.STUCK_SECONDS", -1.0)
        await runtime.reachability.ask("broker")
        assert "broker" in runtime.reachability.away()
        runtime.tick_began_at = time.monotonic() - 2 * STUCK_SECONDS
        monkeypatch.setattr("services.kit.process.runtime.STUCK_SECONDS", STUCK_SECONDS)
        async with talking_to(served(runtime)) as client:
            assert (await client.get("/health/live")).status_code == 200

    async def test_ends_when_a_round_hangs_though_every_server_is_there(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with talking_to(served(runtime)) as client:
            runtime.tick_began_at = time.monotonic()
            assert (await client.get("/health/live")).status_code == 200
            monkeypatch.setattr("services.kit.process.runtime.STUCK_SECONDS", 0.0)
            answer = await client.get("/health/live")
        assert answer.status_code == 503
        assert "a round takes" in answer.json()["stuck"]["tick"]

    async def test_ends_when_a_loop_has_ended(self, runtime: Runtime) -> None:
        async def ends() -> None:
            """Do nothing, and be done."""

        runtime.loops.append(asyncio.create_task(ends()))
        await asyncio.wait(runtime.loops)
        async with talking_to(served(runtime)) as client:
            assert (await client.get("/health/live")).status_code == 503


class TestReady:
    async def test_names_a_server_that_is_away(self, runtime: Runtime) -> None:
        await runtime.look()
        async with talking_to(served(runtime)) as client:
            answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert "broker" in answer.json()["missing"]
        assert "database" not in answer.json()["missing"]
        value = runtime.registry.get_sample_value
        assert value("tongxin_ready") == 0
        assert value("tongxin_reachable", {"server": "broker"}) == 0
        assert value("tongxin_reachable", {"server": "database"}) == 1
        await runtime.database.close()
