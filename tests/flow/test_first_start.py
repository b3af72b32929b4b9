"""The first start of `tongxin run`: its screen shows a key that opens every door, this once."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from schemas.topics import SERVICES
from schemas.vocabulary import DESK
from services.machine.house import House
from services.machine.secrets_kept import FIRST_FILE
from tests.support.command import tongxin, until
from tests.support.keys import bearing
from tests.support.ports import server_ports
from tests.support.running import running_in

pytestmark = pytest.mark.kafka

NONE = "00000000-0000-4000-8000-000000000000"
DOORS = {
    "intake": "reports/none/none",
    "router": "plan",
    "notifier": f"cases/{NONE}",
    "desk": "cases",
}
KEY = re.compile(r"(?m)^  key +(tx_live_\w{43})   made now, opens everything; kept in (\S+)$")


def answers(house: House, token: str = "") -> dict[str, int]:
    """Return what the door of each service says to a token, or to nobody."""
    headers = bearing(token) if token else {}
    with httpx.Client(trust_env=False, timeout=60, headers=headers) as http:
        found = {name: http.get(f"{house.url(name)}/{path}") for name, path in DOORS.items()}
    return {name: answer.status_code for name, answer in found.items()}


def test_the_first_key_is_on_the_screen_once_and_opens_until_it_is_revoked(
    tmp_path: Path,
) -> None:
    (tmp_path / "shift").write_text("0")
    nobody = dict.fromkeys(DOORS, 401)
    with running_in(tmp_path, "first", has_key=False) as running:
        house = running.house()
        ((token, file),) = KEY.findall(running.told.read_text())
        assert Path(file) == tmp_path / FIRST_FILE
        assert Path(file).read_text().strip() == token
        found = {"intake": 404, "router": 200, "notifier": 404, "desk": 200}
        assert answers(house, token) == found
        assert answers(house) == nobody
        revoked = asyncio.run(tongxin("keys", "revoke", "first", "--data", str(tmp_path)))
        assert revoked.code == 0, revoked.text

        async def opens_nothing() -> bool:
            return answers(house, token) == nobody

        asyncio.run(until(opens_nothing, told="that the first key was revoked"))
    # Whoever asks for the broker's port gets it, and the service that would have it moves.
    (kafka_port,) = server_ports(1)
    ports = ("--kafka-port", str(kafka_port), "--port", str(kafka_port - SERVICES.index(DESK)))
    with running_in(tmp_path, "second", *ports, has_key=False) as running:
        house = running.house()
        assert house.ports[DESK] != kafka_port
        assert "tx_live_" not in running.told.read_text()
        assert answers(house, token) == nobody
