"""What intake shows of the reporters of a case, for pages that show it."""

from typing import Any, Final
from uuid import UUID, uuid5

import httpx

from tests.support.notifier import case_of

LONG_NAME: Final = "阿卜杜热合曼·买买提吐尔逊" * 5
NUMBER: Final = "+86 138 0013 8000"


def reporter(number: str = "1", **contact: Any) -> dict[str, Any]:
    """Return a reporter who left this; one who left nothing that can be opened, without."""
    left = {"name": None, "phone": None, "email": None} | contact
    return {
        "source": "hotline-12345",
        "id": number,
        "reported_at": "2026-01-05T00:40:00Z",
        "contact": left if contact else None,
    }


def shown(case_id: UUID, *reporters: dict[str, Any], some_erased: bool = False) -> dict[str, Any]:
    """Return a look that shows these reporters."""
    return {
        "look_id": str(uuid5(case_id, "look")),
        "case_id": str(case_id),
        "reporters": [*reporters],
        "some_erased": some_erased,
    }


def looks_told(request: httpx.Request) -> httpx.Response:
    """Answer as intake does: of one case everything, of one nothing; the others ended."""
    case_id = UUID(request.url.path.split("/")[2])
    if case_id == case_of("2"):
        found = [
            reporter("2", name="李雷", phone=NUMBER),
            reporter(
                "21", name=LONG_NAME, phone="13900139000", email=f"{'li.lei' * 12}@example.org"
            ),
            reporter("22"),
        ]
        return httpx.Response(200, json=shown(case_id, *found, some_erased=True))
    if case_id == case_of("5"):
        return httpx.Response(200, json=shown(case_id))
    if case_id == case_of("6"):
        msg = "Connection refused"
        raise httpx.ConnectError(msg)
    return httpx.Response(403, json={"title": "not shown"})
