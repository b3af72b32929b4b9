"""What every service answers over HTTP, whatever its own routes are."""

from prometheus_client import CollectorRegistry

from services.kit.database_faults import DatabaseAway
from services.kit.http import add_operations
from services.kit.problems import PROBLEM
from tests.support.web import app_of, talking_to


async def nothing_missing() -> dict[str, str]:
    return {}


class TestDatabaseThatIsAway:
    async def test_is_told_with_when_to_come_again(self) -> None:
        http = app_of()
        add_operations(http, ready=nothing_missing, registry=CollectorRegistry(), asyncapi=dict)

        @http.get("/cases")
        async def cases() -> dict[str, str]:
            raise DatabaseAway("the server is shutting down")

        async with talking_to(http) as client:
            answer = await client.get("/cases")

        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert int(answer.headers["Retry-After"]) > 0
        assert "The database cannot be reached" in answer.json()["title"]
        assert "shutting down" not in answer.text
