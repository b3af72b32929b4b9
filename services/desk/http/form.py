"""What a form of ours brings."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.desk.bounds import MOST_FIELD_CHARACTERS, MOST_FILES, MOST_FORM_FIELDS
from services.desk.use_cases.uploading import Brought
from services.kit.http.problems import Refused
from services.kit.records import Fault

FORM = "application/x-www-form-urlencoded"


async def fields_of(request: Request, *, most: int = MOST_FORM_FIELDS) -> dict[str, str]:
    """Return the fields of a form, `most` at most.

    Raises `Refused` for what no form of ours sends.
    """
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=most,
        )
    except ValueError as broken:
        raise Refused(422, "This is no form of ours.") from broken
    return _once(pairs)


@dataclass(frozen=True, slots=True)
class Parts:
    """A form with files: its fields, and the files that were chosen, in their order."""

    fields: dict[str, str]
    files: list[Brought]


async def parts_of(
    request: Request, *, most: int = MOST_FORM_FIELDS, several: str | None = None
) -> Parts:
    """Return the fields and files of a form, `most` fields at most.

    Of a field whose name begins with `several` all that was chosen is told, with blanks between.
    Raises `Refused` for what no form of ours sends.
    """
    _check_charset(request)
    try:
        async with request.form(
            max_files=MOST_FILES,
            max_fields=most,
            max_part_size=4 * MOST_FIELD_CHARACTERS,
        ) as form:
            pairs = form.multi_items()
            files = [(n, one) for n, one in pairs if isinstance(one, UploadFile)]
            # A browser sends a field in which no file was chosen as an empty one without a name.
            chosen = [(n, one) for n, one in files if one.filename or one.size]
            brought = [Brought(name, await one.read()) for name, one in chosen]
            texts = [(n, one) for n, one in pairs if isinstance(one, str)]
            fields = _once(texts, several=several)
    except HTTPException as broken:
        raise Refused(422, f"This is no form of ours: {broken.detail}") from broken
    return Parts(fields, brought)


def _check_charset(request: Request) -> None:
    """Refuse another charset than UTF-8: of some that Python reads, what comes out is no text."""
    _, said = parse_options_header(request.headers.get("content-type"))
    charset = said.get(b"charset", b"utf-8")
    if charset.lower() not in {b"utf-8", b"utf8"}:
        raise Refused(422, "This is no form of ours: its charset is not UTF-8.")


def _once(pairs: Iterable[tuple[str, str]], *, several: str | None = None) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        again = name in found and not (several and name.startswith(several))
        if again or len(value) > MOST_FIELD_CHARACTERS or "\x00" in value:
            fault = Fault(name[:100], "stands twice, is too long or holds NUL")
            raise Refused(422, "The form is not valid.", errors=[fault])
        found[name] = f"{found[name]} {value}" if name in found else value
    return found
