"""A town as it may be on an ordinary Monday, for the pictures of docs/desk.

Reports have the numbers that `tests/support/browser/every_page.py` opens. Nobody has a name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.events.case import CaseRegistered
from schemas.events.incident import Place, Point
from schemas.vocabulary import Channel
from services.desk.store import uploads
from services.desk.store.uploads import Upload
from tests.support.both import Both
from tests.support.desk_files import proofs_of, town_files
from tests.support.desk_town import AFTERNOON, until
from tests.support.followed import FollowedBench
from tests.support.notifier import case_of, merged, registered, the_plan

DAYS: Final = 13
"""Before the afternoon, of which a chart tells."""

_GRIDS: Final = 10
_ON_THE_WAY: Final = ("accepted", "started")
_PHONE, _GRID, _RESIDENT = Channel.PHONE, Channel.GRID_MEMBER, Channel.RESIDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """What somebody reported, so many minutes before the afternoon, and what its lead said."""

    number: str
    before: float
    category: str
    grid: int
    address: str
    text: str
    channel: Channel = _PHONE
    words: tuple[str, ...] = ()


_TODAY: Final = (
    _Report(
        number="9",
        before=330,
        category="E0113",
        grid=7,
        address="湖滨西路 21 号旁",
        text="人行道地砖松动，下雨天踩上去溅水",
        channel=_GRID,
        words=_ON_THE_WAY,
    ),
    _Report(
        number="1",
        before=290,
        category="E0112",
        grid=3,
        address="湖滨南路 18 号门前",
        text="早市散后路面有菜叶和积水，请清扫",
        channel=_GRID,
        words=(*_ON_THE_WAY, "done"),
    ),
    _Report(
        number="2",
        before=262,
        category="E0192",
        grid=4,
        address="文化路菜市场北门",
        text="垃圾桶满溢，气味大，昨天也是这样",
        words=_ON_THE_WAY,
    ),
    _Report(
        number="10",
        before=240,
        category="P0137",
        grid=9,
        address="湖滨东路公交站台",
        text="站台旁两盏路灯不亮",
        channel=_RESIDENT,
        words=("accepted",),
    ),
    _Report(
        number="11",
        before=205,
        category="E0496",
        grid=3,
        address="湖滨小区 6 栋东侧",
        text="消防通道停了三辆私家车",
        words=_ON_THE_WAY,
    ),
    _Report(
        number="12",
        before=190,
        category="E0301",
        grid=5,
        address="文化路工地",
        text="中午还在打桩，老人没法休息",
        words=("accepted",),
    ),
    _Report(
        number="16",
        before=150,
        category="P0101",
        grid=3,
        address="湖滨南路与文化路交叉口",
        text="路口非机动车道上井盖缺失，已有电动车绊倒",
        words=_ON_THE_WAY,
    ),
    _Report(
        number="4",
        before=128,
        category="E0502",
        grid=8,
        address="湖滨东路 66 号 3 栋",
        text="楼道里煤气味很浓，已通知住户开窗",
    ),
    _Report(
        number="5",
        before=95,
        category="P0137",
        grid=1,
        address="湖滨小区后门",
        text="后门两盏路灯不亮，楼道口很黑",
        words=_ON_THE_WAY,
    ),
    _Report(
        number="13",
        before=78,
        category="X-PO2",
        grid=2,
        address="实验小学西门",
        text="放学路段有车占道停放",
        channel=_GRID,
        words=_ON_THE_WAY,
    ),
    _Report(
        number="6",
        before=60,
        category="E9999",
        grid=1,
        address="文化路菜市场二楼",
        text="这里的情况电话里说不清楚，请派人看看",
    ),
    _Report(
        number="14",
        before=48,
        category="E0406",
        grid=6,
        address="湖滨北路 5 号",
        text="两家店把货摊摆到盲道上",
        channel=_RESIDENT,
    ),
    _Report(
        number="7",
        before=31,
        category="E0112",
        grid=3,
        address="湖滨南路 20 号门前",
        text="门前路面有建筑碎料，自行车过不去",
    ),
    _Report(
        number="15",
        before=17,
        category="P0402",
        grid=10,
        address="湖滨公园南门",
        text="一根粗树枝折断，悬在步道上方",
    ),
    _Report(
        number="8",
        before=6,
        category="E0112",
        grid=3,
        address="湖滨南路 24 号",
        text="路边撒了一地石子，电动车容易打滑",
        channel=_GRID,
    ),
)


def _at(before: float) -> datetime:
    return AFTERNOON - timedelta(minutes=before)


def _before() -> Iterator[_Report]:
    """Yield what was reported, and dealt with, on the days before; less of it on their weekends."""
    for day in range(DAYS, 0, -1):
        at = _at(day * 24 * 60)
        for number in range(2 if at.weekday() > 4 else 3 + day * 5 % 4):
            yield _Report(
                number=f"{day}-{number}",
                before=day * 24 * 60 + 150 - number * 40,
                category=("E0112", "E0192", "E0137", "X-PO2")[number % 4],
                grid=1 + (day + number * 3) % _GRIDS,
                address="湖滨路",
                text="已处理的旧案",
                words=(*_ON_THE_WAY, "done"),
            )


_EARLIER: Final = tuple(_before())


async def pictured(both: Both) -> None:
    """Let two weeks and a morning come."""
    for one in sorted((*_EARLIER, *_TODAY), key=lambda one: -one.before):
        await until(both, _at(one.before))
        await both.report(_fact(one))
        await _answered(both, one)
        await _told_more(both, one.number)
    await until(both, AFTERNOON)


def _fact(one: _Report) -> CaseRegistered:
    limit = the_plan().promise_of(one.category, urgency=the_plan().category(one.category).urgency)
    at = _at(one.before)
    return registered(
        one.category,
        report=one.number,
        at=at,
        channel=one.channel,
        place=Place(grid=f"360111003001{one.grid:02}", address=one.address, point=_point(one)),
        description=one.text,
        triage=one.category == "E9999",
        promise=str(limit),
        promised_by=the_plan().until(limit, at),
    )


async def _answered(both: Both, one: _Report) -> None:
    """Let the lead of a case say what it says, and the supervision what was done well before."""
    files = await _photographed(both, one) if one.number == "2" or "done" in one.words else []
    category = the_plan().category(one.category)
    acting = {"person": "值班员", "roles": ["handler"], "door": "desk"}
    for word in one.words:
        said: dict[str, Any] = {"acting": acting}
        if word == "done":
            said["evidence"] = proofs_of(files, *category.evidence)
            said["result"] = "已清扫，路面干净"
        await both.say(category.lead, word, report=one.number, **said)
    if one in _EARLIER:
        await both.say("supervision", "check_passed", report=one.number)


async def _told_more(both: Both, number: str) -> None:
    """Let others say what makes a case one to look at."""
    acting = {"person": "值班员", "roles": ["handler"], "door": "desk"}
    match number:
        case "2":
            await both.notifier.tell(merged("21", into="2", at=both.notifier.now))
            await both.command(
                "case.supervise",
                report="2",
                supervised_for="区城管局",
                reason="居民两次反映，今天须办结",
                acting={"person": "值班领导", "roles": ["supervisor"], "door": "desk"},
            )
        case "4":
            for party in ("fire", "police", "urban-management"):
                await both.say(party, "accepted", report="4", acting=acting)
            await both.say("fire", "started", report="4", acting=acting)
        case "5":
            await both.command(
                "case.request",
                report="5",
                what="suspension",
                until=(AFTERNOON + timedelta(days=2)).isoformat(),
                reason="灯杆配件后天上午才到",
                acting={"person": "派遣员", "roles": ["dispatcher"], "door": "desk"},
            )
        case _:
            pass


async def _photographed(both: Both, one: _Report) -> list[Upload]:
    """Let somebody bring photos to a case; where nobody shows it there is nobody to bring them."""
    if not isinstance(both.notifier, FollowedBench):
        return []
    point = _point(one)
    found = town_files(case_of(one.number), at=both.notifier.now)
    files = [
        replace(file, brought_by="值班员", lat=file.lat and point.lat, lon=file.lon and point.lon)
        for file in found
    ]
    async with both.notifier.desk.database.write() as conn:
        await uploads.add(conn, files)
    return files


def _point(one: _Report) -> Point:
    west, south = (one.grid - 1) % 5, (one.grid - 1) // 5
    spread = sum(map(ord, one.number)) % 3 * 0.0007
    return Point(
        lon=round(115.9512 + west * 0.004 + spread, 5),
        lat=round(28.6874 + south * 0.004 + spread / 2, 5),
    )
