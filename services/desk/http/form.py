"""What a form of ours brings."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from services.desk.bounds import MOST_FIELD_CHARACTERS, MOST_FORM_FIELDS
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
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found or len(value) > MOST_FIELD_CHARACTERS or "\x00" in value:
            fault = Fault(name[:100], "stands twice, is too long or holds NUL")
            raise Refused(422, "The form is not valid.", errors=[fault])
        found[name] = value
    return found
