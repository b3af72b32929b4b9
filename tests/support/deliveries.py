"""What a notifier says of its deliveries, for pages that show them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from tests.support.notifier import case_of

_ENDED: Final = datetime(2026, 1, 5, 3, 20, tzinfo=UTC)


def delivery(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a delivery that was given up, with these differences."""
    told: dict[str, Any] = {
        "id": str(UUID(int=number)),
        "parties": ["police"],
        "host": "hooks.police.example.org",
        "case_id": str(case_of(str(number))),
        "template": "offered",
        "state": "given_up",
        "created_at": (_ENDED - timedelta(days=3)).isoformat(),
        "attempts": 10,
        "tries": 10,
        "answer": "503",
        "next_try_at": None,
        "ended_at": _ENDED.isoformat(),
        "replayed_at": None,
        "replayed_by": None,
    }
    return told | changes


def deliveries_told(request: httpx.Request) -> httpx.Response:
    """Answer with some that were given up and none that wait; of those delivered not at all.

    Of those to be sent again none is known any more, but for the second, which nobody answers of.
    """
    if request.method == "POST" and str(UUID(int=2)) not in request.url.path:
        return httpx.Response(404, json={"title": "There is no such delivery."})
    match request.url.params.get("state"):
        case "given_up":
            found = [
                delivery(),
                delivery(
                    2,
                    parties=["urban-management", "fire", "supervision", "reporters"],
                    host=f"{'a-host-that-does-not-end-' * 6}.example.org",
                    answer="no answer within 10 s",
                    replayed_at=(_ENDED - timedelta(hours=1)).isoformat(),
                    replayed_by="chen-jing",
                ),
                delivery(3, parties=[], case_id=None, template=None, answer="", attempts=1),
            ]
            return httpx.Response(200, json={"deliveries": found, "next": "the-place"})
        case "waiting":
            return httpx.Response(200, json={"deliveries": [], "next": None})
        case _:
            msg = "Connection refused"
            raise httpx.ConnectError(msg)
