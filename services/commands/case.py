"""`tongxin case`: the story of a case as people read it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

import httpx
import typer
from rich.console import Console

from schemas.vocabulary import case_id_for
from schemas.words.labels import CLOCK, COLOUR
from services.commands.bounds import ANSWER_SECONDS
from services.commands.options import known_token, stop_with
from services.kit.printable import printable

_UNUSABLE: Final = 2

_CLOCKS: Final = "clocks"

Asked = Annotated[
    list[str],
    typer.Argument(
        metavar="[clocks] ID",
        help="A case's id, or SOURCE/ID of a report; with `clocks` before it, what they counted.",
        min=1,
        max=2,
    ),
]
Notifier = Annotated[
    str,
    typer.Option("--url", envvar="TONGXIN_NOTIFIER_URL", help="Where the notifier answers."),
]


def case(asked: Asked, url: Notifier = "http://127.0.0.1:8003") -> None:
    """Print the story of a case: what happened and why, whose move it is now and until when.

    `tongxin case clocks ID` prints its clocks instead: whose move it was from when to when, and
    what each handling limit counted, with the numbers of the lines of the story that say why.

    Times are this machine's. Exit status: 1 when nothing is known of it or nobody answers, 2 when
    it is no id.
    """
    *what, id_ = asked
    if what not in ([], [_CLOCKS]):
        stop_with(f"{printable(what[0])} is no word here; `clocks` is.", code=_UNUSABLE)
    path = f"/cases/{quote(str(_case_id(id_)))}{f'/{_CLOCKS}' if what else ''}"
    found = _answer(url, path, asked=id_)
    console = Console()
    for line in told_clocks(found) if what else told(found):
        console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def _answer(url: str, path: str, *, asked: str) -> dict[str, Any]:
    try:
        headers = {"Authorization": f"Bearer {known_token()}"}
        with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS, headers=headers) as http:
            answer = http.get(f"{url.rstrip('/')}{path}")
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        stop_with(
            f"{url} does not answer ({away}). `tongxin run` prints where the notifier is: give it "
            "with --url."
        )
    if answer.status_code == httpx.codes.NOT_FOUND:
        stop_with(f"Nothing is known of {printable(asked)} here, or not yet; look at its report.")
    if not answer.is_success:
        stop_with(f"{url} answered {answer.status_code}: {printable(answer.text[:300])}")
    found: dict[str, Any] = answer.json()
    return found


def _case_id(asked: str) -> UUID:
    try:
        return UUID(asked)
    except ValueError:
        source, slash, id_ = asked.partition("/")
    if not (source and slash and id_):
        stop_with(
            f"{printable(asked)} is no case id, and no SOURCE/ID of a report.", code=_UNUSABLE
        )
    return case_id_for(source, id_)


def told(found: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that tell what `GET /cases/{id}` of the notifier answered."""
    if (rejected := found["rejected"]) is not None:
        yield f"{found['asked_for']}  not accepted at {_local(rejected['at'])}"
        yield f"  {rejected['field']}: {rejected['message_zh']}"
        yield f"  {rejected['message_en']}"
        return
    if found["merged_into"] is not None and found["asked_for"] != found["case"]["case_id"]:
        yield f"{found['asked_for']} joined this case:"
    case = found["case"]
    yield f"{case['case_id']}  {case['source']}/{case['source_id']}"
    unnamed = ", triage" if case["triage"] else ""
    named = f"{case['title_zh']} {case['title_en']}"
    yield f"{named}  ({case['category']}, {case['urgency']}{unnamed})"
    if address := found["place"].get("address"):
        yield f"at {address}"
    if found["description"]:
        yield found["description"]
    yield from _standing(case)
    if followers := found["followers"]:
        yield f"{len(followers)} more reports joined it"
    for line in found["story"]:
        yield ""
        yield f"{_local(line['at'])}  {line['text_zh']}"
        yield f"{'':19}  {line['text_en']}"


def _standing(case: dict[str, Any]) -> Iterator[str]:
    yield f"{case['state']}, level {case['level']}"
    if case["merged_into"] is not None:
        yield f"并入 merged into {case['merged_into']}"
    if (promised := case.get("promised_by")) is not None:
        yield f"承诺办结 to be closed by {_local(promised)}"
    if case["supervised_for"] is not None:
        yield f"督办 {case['supervised_for']} wants to know of it"
    for pending in case["requests"]:
        late = ", late" if pending["late"] else ""
        who = (
            pending["who"] if pending["person"] is None else f"{pending['who']}/{pending['person']}"
        )
        yield (
            f"申请 {pending['what']} asked for by {pending['asked_by']}: {pending['reason']} "
            f"({who} decides until {_local(pending['decide_by'])}{late})"
        )
    turn = case["late_now"]
    if turn is None:
        return
    who = turn["who"] if turn["person"] is None else f"{turn['who']}/{turn['person']}"
    until = "" if turn["until"] is None else f" until {_local(turn['until'])}"
    late = ", late" if turn["late"] else ""
    yield f"next: {who} ({turn['clock']}{until}{late})"


def told_clocks(found: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that tell what `GET /cases/{id}/clocks` of the notifier answered."""
    if found["asked_for"] != found["case_id"]:
        yield f"{found['asked_for']} joined this case:"
    yield f"{found['case_id']}  at {_local(found['at'])}, by plan {found['plan_version']}"
    yield ""
    yield "轮到谁 whose move it was (lines of the story that began and ended it)"
    for move in found["moves"]:
        clock = CLOCK[move["clock"]]
        due = "" if move["due_by"] is None else f", 期限 due {_local(move['due_by'])}"
        late = ", 超期 late" if move["late"] else ""
        yield f"  {_stretch(move)}  {clock.zh} {clock.en}: {_who(move)}{due}{late}"
    yield ""
    yield from _own_clocks(found["own_clocks"])
    for stage in found["stages"]:
        yield from _stage(stage)
    for limit in found["handling"]:
        yield ""
        yield from _handling(limit)
    if found["requests"]:
        yield ""
        yield "申请 what was asked for (lines of the story that began and ended it)"
    for one in found["requests"]:
        late = ", 超期 late" if one["late"] else ""
        ended = "" if one["outcome"] is None else f": {one['outcome']}"
        yield (
            f"  {_stretch(one)}  {one['what']} by {one['asked_by']}, "
            f"期限 due {_local(one['due_by'])}{late}{ended}"
        )


def _own_clocks(clocks: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what each party has to do now; with a star whose move it is, if that is late."""
    if clocks:
        yield "各方时限 what each has to do now (* who is late)"
    for one in clocks:
        star = "*" if one["late_now"] else " "
        due = "" if one["due_by"] is None else f", 期限 due {_local(one['due_by'])}"
        late = ", 超期 late" if one["late"] else ""
        clock = CLOCK[one["clock"]]
        yield f"{star} {clock.zh} {clock.en}: {_who(one)}{due}{late}"
    if clocks:
        yield ""


def _stage(stage: dict[str, Any]) -> Iterator[str]:
    clock, colour = CLOCK[stage["clock"]], COLOUR[stage["colour"]]
    used, left = _span(stage["used_seconds"]), _span(stage["left_seconds"])
    yield (
        f"{clock.zh} {clock.en}: {_who(stage)}, 时限 limit {_span(stage['limit_seconds'])}, "
        f"期限 due {_local(stage['due_by'])}"
    )
    yield f"  已用 used {used}, 剩余 left {left}  {colour.zh} {colour.en}"
    for one in stage["segments"]:
        yield f"  {_stretch(one)}"


def _who(one: dict[str, Any]) -> str:
    return one["who"] if one["person"] is None else f"{one['who']}/{one['person']}"


def _handling(limit: dict[str, Any]) -> Iterator[str]:
    colour = COLOUR[limit["colour"]]
    who = limit["department"]
    used, left = _span(limit["used_seconds"]), _span(limit["left_seconds"])
    yield f"处置时限 handling limit of {who}: {limit['limit']} ({_span(limit['limit_seconds'])})"
    due = "" if limit["due_by"] is None else f", 期限 due {_local(limit['due_by'])}"
    yield f"  已用 used {used}, 剩余 left {left}{due}  {colour.zh} {colour.en}"
    for one in limit["additions"]:
        yield (
            f"  {_local(one['at'])}  ({one['line']})  延期 extended: "
            f"{_local(one['before'])} -> {_local(one['after'])}"
        )
    for rest in limit["rests"]:
        yield f"  {_stretch(rest)}  停表 stands: {rest['text_zh']} {rest['text_en']}"
    for run in limit["runs"]:
        before, after = _span(run["used_before_seconds"]), _span(run["used_after_seconds"])
        yield f"  {_stretch(run)}  {before} -> {after}"


def _stretch(one: dict[str, Any]) -> str:
    until = "..." if one["until"] is None else _local(one["until"])
    ended = "" if one["ended_by"] is None else str(one["ended_by"])
    return f"{_local(one['since'])} - {until:25}  ({one['began_by']}-{ended})"


def _span(seconds: float) -> str:
    """Return a length of time as `2 h 05 min 00 s`, negative ones with a minus before it."""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hours} h {minutes:02} min {rest:02} s"


def _local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone().isoformat(" ", "seconds")
