"""The scenes of the day that are played on purpose: their reports, and what people in charge say.

A scene is told afterwards in the words of its case's own story, of which it shows some lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from schemas.events.part import PartAskedAgain, PartChanged
from schemas.events.requests import RequestSubmitted
from schemas.lifecycle import CaseEvent
from schemas.roles import ActingRole
from schemas.vocabulary import Channel, CommandKind, RequestKind, case_id_for

SOURCES: Final = {
    Channel.GRID_MEMBER: "grid-app",
    Channel.RESIDENT: "wechat",
    Channel.PHONE: "hotline-12345",
    Channel.APP: "wechat",
    Channel.SENSOR: "iot",
    Channel.SUPERIOR: "district-office",
    Channel.MEDIA: "newsroom",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What somebody in charge commands, so long after an event of the case.

    In what it `says` a time stands for the instant so long after it is said. `copied` are fields of
    that event that the command has as well.
    """

    after: str
    wait: timedelta
    person: str
    role: ActingRole
    kind: CommandKind
    says: Mapping[str, Any]
    copied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPiece:
    """One report of a scene, `after` the day's first midnight, and what comes of it.

    `coded` tells that the report names its category. `silent` is the department that never answers.
    """

    id: str
    category: str
    after: timedelta
    text: str
    channel: Channel
    coded: bool = True
    cues: tuple[Cue, ...] = ()
    silent: str | None = None
    title: str = ""
    shows: frozenset[str] = frozenset()

    @property
    def case_id(self) -> UUID:
        """Return the id of the case that the report opens."""
        return case_id_for(SOURCES[self.channel], self.id)

    def tells(self, line: Mapping[str, Any]) -> bool:
        """Tell whether a line of the story is shown; of the parts only what becomes of the silent.

        `line` is one as `GET /cases/{id}` has it.
        """
        of_part = line["type"] in {PartAskedAgain.type, PartChanged.type}
        is_other = of_part and line["data"]["department"] != self.silent
        return line["type"] in self.shows and not is_other


GAS_LEAK: Final = SetPiece(
    id="scene-gas-leak",
    category="E0502",
    after=timedelta(minutes=-30),
    text="半夜闻到很浓的煤气味 strong smell of gas in the stairwell, gas leak",
    channel=Channel.PHONE,
    coded=False,
    silent="emergency-management",
    title="节假日夜间燃气泄漏,协办单位无人应答 Gas leak in a night of rest, a helper silent",
    shows=frozenset(
        {
            CaseEvent.ASSIGNED,
            CaseEvent.ACCEPTED,
            PartAskedAgain.type,
            PartChanged.type,
            CaseEvent.CLOSED,
        }
    ),
)

LOST_PERSON: Final = SetPiece(
    id="scene-lost-person",
    category="X-PO4",
    after=timedelta(hours=11, minutes=20),
    text="老人走失，八十多岁，穿蓝色外套 an old man has lost his way, missing person",
    channel=Channel.RESIDENT,
    coded=False,
)

WRONG_CATEGORY: Final = SetPiece(
    id="scene-wrong-category",
    category="E0113",
    after=timedelta(hours=9, minutes=40),
    text="路中间少了一个井盖 in the middle of the road one cover is gone",
    channel=Channel.GRID_MEMBER,
    cues=(
        Cue(
            after=CaseEvent.ASSIGNED,
            wait=timedelta(minutes=4),
            person="dispatcher-1",
            role=ActingRole.DISPATCHER,
            kind=CommandKind.CORRECT,
            says={
                "category": "P0101",
                "reason": "不是路面破损,是井盖缺失 no road damage: a cover is missing",
            },
        ),
    ),
    title="类别更正 A category that was wrong",
    shows=frozenset(
        {CaseEvent.REGISTERED, CaseEvent.CORRECTED, CaseEvent.ASSIGNED, CaseEvent.CLOSED}
    ),
)

MUST_WAIT: Final = SetPiece(
    id="scene-must-wait",
    category="P0137",
    after=timedelta(hours=8, minutes=10),
    text="路灯不亮 the street light is out, its cable is broken",
    channel=Channel.GRID_MEMBER,
    cues=(
        Cue(
            after=CaseEvent.STARTED,
            wait=timedelta(minutes=5),
            person="dispatcher-1",
            role=ActingRole.DISPATCHER,
            kind=CommandKind.REQUEST,
            says={
                "what": RequestKind.SUSPENSION,
                "until": timedelta(hours=4),
                "reason": "电缆下午才到 the cable comes in the afternoon",
            },
        ),
        Cue(
            after=RequestSubmitted.type,
            wait=timedelta(minutes=8),
            person="supervisor-1",
            role=ActingRole.SUPERVISOR,
            kind=CommandKind.APPROVE,
            says={"reason": "同意 there is no other cable"},
            copied=("request_id",),
        ),
    ),
    title="挂账 A case that must wait, and its clock with it",
    shows=frozenset(
        {
            CaseEvent.STARTED,
            RequestSubmitted.type,
            CaseEvent.SUSPENDED,
            CaseEvent.RESUMED,
            CaseEvent.CLOSED,
        }
    ),
)

FALLEN_TREE: Final = SetPiece(
    id="scene-fallen-tree",
    category="P0402",
    after=timedelta(hours=14),
    text="树倒了 a fallen tree lies on the pavement",
    channel=Channel.GRID_MEMBER,
)

TWO_ARE_ONE: Final = SetPiece(
    id="scene-two-are-one",
    category="E0508",
    after=timedelta(hours=14, minutes=10),
    text="线缆掉落 a cable hangs down where the tree fell",
    channel=Channel.GRID_MEMBER,
    cues=(
        Cue(
            after=CaseEvent.ASSIGNED,
            wait=timedelta(minutes=2),
            person="acceptor-1",
            role=ActingRole.ACCEPTOR,
            kind=CommandKind.MERGE,
            says={"into": str(FALLEN_TREE.case_id), "reason": "同一棵树 it is the same tree"},
        ),
        Cue(
            after=CaseEvent.MERGED_INTO,
            wait=timedelta(minutes=15),
            person="acceptor-1",
            role=ActingRole.ACCEPTOR,
            kind=CommandKind.UNMERGE,
            says={"reason": "线缆另有其主 the cable is another owner's"},
        ),
    ),
    title="并案又撤销 A merge that was taken back",
    shows=frozenset(
        {
            CaseEvent.ASSIGNED,
            CaseEvent.MERGED_INTO,
            CaseEvent.UNMERGED,
            CaseEvent.CLOSED,
        }
    ),
)

SET_PIECES: Final = (GAS_LEAK, LOST_PERSON, WRONG_CATEGORY, MUST_WAIT, FALLEN_TREE, TWO_ARE_ONE)
SHOWN: Final = tuple(piece for piece in SET_PIECES if piece.title)
