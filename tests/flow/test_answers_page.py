"""`docs/answer-at-the-desk.md`, as handlers follow it who sign in at a running house."""

import argparse
import json
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from tests.support.asking import asking
from tests.support.command import tongxin, until
from tests.support.desk import GOOD
from tests.support.pages import ANSWERING, blocks
from tests.support.town import Town

pytestmark = pytest.mark.kafka

DEPARTMENT = "urban-management"
SIGN_IN, LIST, ACCEPT, START, FINISH = re.findall(
    r"(?m)^\$ (curl .*)$", "\n".join(blocks(ANSWERING, "console"))
)
"""What the page lets somebody do, in its order."""
_CURL: Final = argparse.ArgumentParser()
for _option in ("-b", "-c", "--data"):
    _CURL.add_argument(_option)
for _option in ("-H", "-d"):
    _CURL.add_argument(_option, action="append", default=[])
_CURL.add_argument("url")


class Handler:
    """Somebody at the desk with a browser of their own, at a case of their department."""

    def __init__(self, town: Town, http: httpx.AsyncClient, case: str) -> None:
        self._data = ("--data", str(town.house.logs.parent))
        self._http = http
        self._known = {"DESK": town.house.url("desk"), "PASSWORD": GOOD, "CASE": case}
        self.case = f"{town.house.url('desk')}/cases/{case}"

    async def enter(self, id_: str) -> None:
        """Be recorded as a handler, and set a password by a link, which signs in."""
        added = await tongxin(
            *("people", "add", id_, "--name", id_, "--role", "handler"),
            *("--department", DEPARTMENT, *self._data),
        )
        assert added.code == 0, added.text
        said = await tongxin("people", "link", id_, *self._data)
        (way,) = re.findall(r"/first/\S+", said.text)
        password = {"password": GOOD, "again": GOOD}
        entered = await self._http.post(self._known["DESK"] + way, data=password)
        assert entered.status_code == 303

    async def curl(self, command: str) -> httpx.Response:
        """Do what a `curl` command of the page asks."""
        for name, value in self._known.items():
            command = command.replace(f"${name}", value)
        asked = _CURL.parse_args(shlex.split(command)[1:])
        headers = dict(header.split(": ", 1) for header in asked.H)
        if asked.d:
            form = dict(field.split("=", 1) for field in asked.d)
            return await self._http.post(asked.url, headers=headers, data=form)
        if asked.data:
            return await self._http.post(asked.url, headers=headers, content=asked.data)
        return await self._http.get(asked.url, headers=headers)

    async def say(self, kind: str, **fields: Any) -> httpx.Response:
        headers = {"Origin": self._known["DESK"]}
        body = {"kind": kind, **fields}
        return await self._http.post(f"{self.case}/answers", json=body, headers=headers)

    async def story(self) -> dict[str, Any]:
        """Return the whole case as they see it; nothing while they do not."""
        answer = await self._http.get(self.case)
        found: dict[str, Any] = answer.json() if answer.is_success else {}
        return found

    async def reads(self, words: str) -> dict[str, Any]:
        """Return the case once a line of its story says so."""

        async def found() -> dict[str, Any]:
            told = await self.story()
            return told if any(words in one for one in texts(told)) else {}

        return await until(found, told=words)


def texts(told: dict[str, Any]) -> list[str]:
    return [line["text_en"] for line in told.get("story", ())]


@asynccontextmanager
async def handler(town: Town, case: str, id_: str) -> AsyncIterator[Handler]:
    async with asking(timeout=60) as http:
        del http.headers["Authorization"]
        one = Handler(town, http, case)
        await one.enter(id_)
        yield one


@pytest.fixture
async def case(town: Town) -> str:
    """Return a case that was offered to the handlers' department."""
    town.numbered += 1
    spot = {"lat": 28.68, "lon": 115.97 + town.numbered * 0.002}
    found = await town.report(category="E0192", place={"point": spot})
    await town.order(DEPARTMENT, found)
    return found


async def test_a_handler_accepts_and_finishes_a_case_in_their_own_name(
    town: Town, case: str
) -> None:
    async with handler(town, case, "wang.fang") as wang:
        assert (await wang.curl(SIGN_IN)).status_code == 303

        async def listed() -> bool:
            return case in (await wang.curl(LIST)).text

        await until(listed, told="the case in the handler's list")
        for command in (ACCEPT, START, FINISH):
            taken = await wang.curl(command)
            assert (taken.status_code, taken.json().get("party")) == (202, DEPARTMENT), taken.text
        await town.event(case, "case.closed")

        async def ended() -> dict[str, Any]:
            told = await wang.story()
            return told if told["case"]["closed_at"] else {}

        lines = texts(await until(ended, told="the end of the case at the desk"))
    assert sum("(wang.fang)" in line for line in lines) == 3
    submitted = await town.event(case, "feedback.submitted")
    assert submitted["acting"] == {"person": "wang.fang", "roles": ["handler"], "door": "desk"}


async def test_what_the_notifier_refuses_is_read_where_the_answer_says(
    town: Town, case: str
) -> None:
    async with handler(town, case, "zhao.min") as zhao:
        await zhao.reads("sign by")
        taken = (await zhao.curl(FINISH)).json()

        async def refused() -> list[dict[str, Any]]:
            assert zhao.case.endswith(taken["decided_at"])
            told: list[dict[str, Any]] = (await zhao.story())["refusals"]
            return told

        (refusal,) = await until(refused, told="the refusal of what came early")
    assert (refusal["feedback_id"], refusal["reason"]) == (taken["feedback_id"], "wrong_state")


async def test_two_people_do_not_speak_past_each_other(town: Town, case: str) -> None:
    (shown,) = blocks(ANSWERING, "json")
    async with handler(town, case, "qian.yi") as qian, handler(town, case, "sun.lei") as sun:
        seen = (await qian.reads("sign by"))["case"]["lines"]
        assert (await sun.say("accepted")).status_code == 202
        await qian.reads("(sun.lei)")
        moved = await qian.say(**json.loads(shown) | {"seen": seen})
        assert moved.status_code == 409, moved.text
        assert [one["person"] for one in moved.json()["changes"]] == ["sun.lei"]


async def test_nobody_answers_who_is_not_signed_in(town: Town, case: str) -> None:
    async with asking() as http:
        del http.headers["Authorization"]
        assert (await Handler(town, http, case).curl(ACCEPT)).status_code == 401
