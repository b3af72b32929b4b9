"""`docs/give-a-key.md`, as somebody follows it: a source and a department get keys of their own."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.vocabulary import case_id_for
from services.machine.house import House
from tests.support.asking import asking
from tests.support.command import tongxin, until
from tests.support.keys import bearing
from tests.support.town import Town

pytestmark = pytest.mark.kafka

PAGE = Path("docs/give-a-key.md")


def command(beginning: str) -> list[str]:
    """Return the page's command that begins so, without `tongxin`."""
    (found,) = set(re.findall(rf"(?m)^\$ tongxin ({beginning}.*)$", PAGE.read_text()))
    return str(found).split()


@pytest.fixture
def data(house: tuple[House, Path]) -> tuple[str, str]:
    return ("--data", str(house[0].logs.parent))


async def token_of(*arguments: str) -> str:
    said = await tongxin(*arguments)
    assert said.code == 0, said.text
    (token,) = re.findall(r"tx_live_\w+", said.text)
    return str(token)


async def status(url: str, token: str, body: dict[str, Any] | None = None) -> int:
    async with asking() as http:
        http.headers.update(bearing(token))
        answer = await (http.get(url) if body is None else http.post(url, json=body))
    return answer.status_code


async def comes_to(wanted: int, url: str, token: str) -> None:
    """Return when a door answers so: what a command wrote is told about a second later."""

    async def is_so() -> bool:
        return await status(url, token) == wanted

    await until(is_so, told=f"{wanted} of {url}")


async def both_are_shown_as_used(town: Town, data: tuple[str, str]) -> None:
    """Return when the list has the day of last use of both tokens of the hotline."""
    began = town.now().date()

    async def are_shown() -> bool:
        listed = await tongxin(*command("keys list"), *data)
        rows = [row.split("\t") for row in listed.text.splitlines()]
        used = [row[-1] for row in rows if row[:2] == ["hotline", "live"]]
        return len(used) == 2 and {*used} <= {str(began), str(town.now().date())}

    await until(are_shown, told="the day of last use of both tokens")


async def test_a_source_and_a_department_get_keys(town: Town, data: tuple[str, str]) -> None:
    intake, notifier, desk = (town.house.url(name) for name in ("intake", "notifier", "desk"))
    hotline = await token_of(*command("keys create hotline"), *data)
    own = f"{intake}/reports/hotline-12345/not-there"
    await comes_to(httpx.codes.NOT_FOUND, own, hotline)
    assert await status(f"{intake}/reports/camera/1", hotline) == httpx.codes.FORBIDDEN
    assert await status(f"{desk}/cases", hotline) == httpx.codes.FORBIDDEN
    report = {"id": "key-page", "channel": "phone", "reported_at": town.now().isoformat()}
    report |= {"category": "E0304", "place": {"address": "No. 7"}}  # type: ignore[dict-item] # JSON
    for source, wanted in (("hotline-12345", 202), ("camera", 403)):
        body = report | {"source": source}
        assert await status(f"{intake}/reports", hotline, body) == wanted
    await town.event(case_id := str(case_id_for("hotline-12345", "key-page")), "case.registered")

    fire = await token_of(*command("keys create fire-station"), *data)
    await comes_to(httpx.codes.OK, f"{desk}/cases", fire)
    assert await status(f"{desk}/cases/summary", fire) == httpx.codes.FORBIDDEN
    door, answer = f"{notifier}/cases/{case_id}/feedback", {"party": "police", "kind": "accepted"}
    assert await status(door, fire, answer) == httpx.codes.FORBIDDEN
    assert await status(own, fire) == httpx.codes.FORBIDDEN

    newer = await token_of(*command("keys rotate hotline --overlap-days 7"), *data)
    await comes_to(httpx.codes.NOT_FOUND, own, newer)
    assert await status(own, hotline) == httpx.codes.NOT_FOUND
    await both_are_shown_as_used(town, data)
    assert (await tongxin(*command("keys revoke hotline"), *data)).code == 0
    for token in (hotline, newer):
        await comes_to(httpx.codes.UNAUTHORIZED, own, token)
    assert (await tongxin(*command("keys rotate hotline --overlap-days 7"), *data)).code == 2


async def test_a_key_that_cannot_be_so_is_refused_in_one_line(data: tuple[str, str]) -> None:
    said = await tongxin("keys", "create", "x", "--scope", "answers.write", "--party", "x", *data)
    assert (said.code, said.text.count("\n")) == (2, 1)
    assert "party: x is not one of" in said.text
