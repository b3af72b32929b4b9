"""Who of a department on call is asked now, until when, and when nobody will be."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.plan import Department, Person, Shift
from schemas.vocabulary import Tier
from services.desk.domain.on_call import OnCall, on_call

ZONE = ZoneInfo("Asia/Shanghai")
WANG, LI, HEAD = (Person(id=one, title_en=one, title_zh=one) for one in ("wang", "li", "head"))


def court(*shifts: dict[str, Any], head: Person | None = None) -> Department:
    duty = tuple(Shift(**{"days": ["all"], "person": WANG, **one}) for one in shifts)
    return Department(
        code="court", tier=Tier.ON_CALL, title_en="court", title_zh="法院", head=head, duty=duty
    )


def asked(department: Department, at: str) -> OnCall:
    return on_call(department, now=datetime.fromisoformat(f"{at}+08:00"), timezone=ZONE)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


DAY = {"start": "08:00", "end": "20:00"}
NIGHT = {"start": "20:00", "end": "08:00", "person": LI}
WEEKDAYS = DAY | {"days": ["weekdays"]}
UNTIL_MIDNIGHT = {"start": "08:00", "end": "00:00"}


@pytest.mark.parametrize(
    ("shifts", "at", "chain", "until", "nobody_from"),
    [
        ([DAY, NIGHT], "2026-05-08T09:00", [WANG], "2026-05-08T20:00", None),
        ([DAY, NIGHT], "2026-05-08T23:00", [LI], "2026-05-09T08:00", None),
        ([DAY, NIGHT], "2026-05-08T03:00", [LI], "2026-05-08T08:00", None),
        ([DAY], "2026-05-08T09:00", [WANG], "2026-05-08T20:00", "2026-05-08T20:00"),
        ([WEEKDAYS, NIGHT], "2026-05-08T09:00", [WANG], "2026-05-08T20:00", "2026-05-09T08:00"),
        # In a gap, the next one counts: the one that runs began already, and goes on at midnight.
        ([DAY], "2026-05-08T21:00", [], None, "2026-05-09T20:00"),
        ([WEEKDAYS], "2026-05-08T21:00", [], None, "2026-05-11T20:00"),
        ([], "2026-05-08T21:00", [], None, None),
        ([UNTIL_MIDNIGHT], "2026-05-08T21:00", [WANG], "2026-05-09T00:00", "2026-05-09T00:00"),
    ],
)
def test_says_who_and_until_when(
    shifts: list[dict[str, Any]],
    at: str,
    chain: list[Person],
    until: str | None,
    nobody_from: str | None,
) -> None:
    found = asked(court(*shifts), at)
    assert found.chain == tuple(chain)
    assert found.until == (until and instant(until))
    assert found.nobody_from == (nobody_from and instant(nobody_from))


def test_of_a_department_with_a_head_has_never_nobody() -> None:
    found = asked(court(DAY, head=HEAD), "2026-05-08T21:00")
    assert found == OnCall(chain=(HEAD,), until=None, nobody_from=None)
