"""Somebody who reported something, and the page on which they see what becomes of it."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from services.demo.bounds import BREATH_SECONDS, LINK_SECONDS

_TABLE: Final = "[residents]"


def show_residents(plan: Path, *, desk: str) -> None:
    """Let a plan give whoever reported a link to their page at the desk; what it says itself holds.

    The services of a running house take it within a second or two.
    """
    text = plan.read_text(encoding="utf-8")
    if _TABLE not in text.splitlines():
        told = f'\n{_TABLE}\naddress = "{desk}"\nstatus_page = true\n'
        plan.write_text(text + told, encoding="utf-8")


def page_of_somebody(
    *, desk: str, intake: str, department: str, headers: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return what somebody reported that a department leads, and the link to their page.

    It is waited for, but not for long: None where there is none.
    """
    until = time.monotonic() + LINK_SECONDS
    with httpx.Client(trust_env=False, headers=headers, timeout=LINK_SECONDS) as http:
        while time.monotonic() < until:
            asked = {"party": department, "state": "assigned"}
            for case in _rows(http.get(f"{desk}/cases", params=asked)):
                report = f"{case['source']}/{quote(case['source_id'], safe='')}"
                answer = http.get(f"{intake}/reports/{report}")
                link = answer.json().get("status_page") if answer.is_success else None
                if link is not None:
                    return f"{case['title_zh']} {case['title_en']}", link
            time.sleep(BREATH_SECONDS)
    return None


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer.json()["cases"] if answer.is_success else []
    return rows
