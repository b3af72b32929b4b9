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
from services.commands.bounds import ANSWER_SECONDS
from services.commands.options import stop_with
from services.kit.printable import printable

_UNUSABLE: Final = 2

Asked = Annotated[str, typer.Argument(metavar="ID", help="A case's id, or SOURCE/ID of a report.")]
Notifier = Annotated[
    str,
    typer.Option("--url", envvar="TONGXIN_NOTIFIER_URL", help="Where the notifier answers."),
]


def case(asked: Asked, url: Notifier = "http://127.0.0.1:8003") -> None:
    """Print the story of a case: what happened and why, whose move it is now and until when.

    Times are this machine's. Exit status: 1 when nothing is known of it or nobody answers, 2 when
    it is no id.
    """
    case_id = _case_id(asked)
    try:
        with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as http:
            answer = http.get(f"{url.rstrip('/')}/cases/{quote(str(case_id))}")
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        stop_with(
            f"{url} does not answer ({away}). `tongxin run` prints where the notifier is: give it "
            "with --url."
        )
    if answer.status_code == httpx.codes.NOT_FOUND:
        stop_with(f"Nothing is known of {printable(asked)} here, or not yet; look at its report.")
    if not answer.is_success:
        stop_with(f"{url} answered {answer.status_code}: {printable(answer.text[:300])}")
    console = Console()
    for line in told(answer.json()):
        console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


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
    if found["merged_into"] is not None:
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
    turn = case["late_now"]
    if turn is None:
        return
    who = turn["who"] if turn["person"] is None else f"{turn['who']}/{turn['person']}"
    until = "" if turn["until"] is None else f" until {_local(turn['until'])}"
    late = ", late" if turn["late"] else ""
    yield f"next: {who} ({turn['clock']}{until}{late})"


def _local(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone():%Y-%m-%d %H:%M:%S}"
