"""One example of each state on `people.v1`, and of a key's use."""

from typing import Final

from pydantic import BaseModel

from schemas.events import key_use, people
from tests.support.example_case import Json, minute

PEOPLE: Final[dict[type[BaseModel], Json]] = {
    people.PersonRecorded: {
        "id": "zhang.wei",
        "version": 3,
        "at": minute(0),
        "name": "张伟",
        "roles": ["dispatcher", "handler"],
        "memberships": [
            {"department": "urban-management", "areas": ["360111003"], "shift": "night"}
        ],
        "disabled": False,
    },
    people.KeyRecorded: {
        "id": "5f1c9a2e77b04d31",
        "version": 2,
        "at": minute(0),
        "name": "hotline",
        "token_hmac": "4f" * 32,
        "scopes": ["reports.read", "reports.write"],
        "roles": ["acceptor"],
        "sources": ["hotline-12345"],
        "parties": ["reporters"],
        "everywhere": False,
        "expires_at": minute(59),
        "revoked_at": minute(58),
    },
    key_use.KeyUsed: {"id": "5f1c9a2e77b04d31", "on": minute(0)[:10]},
}
