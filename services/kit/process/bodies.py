"""What somebody says at a door: the body of a request, read as a record is read."""

from typing import Any

from fastapi import Request
from pydantic_core import from_json

from services.kit.http.door import faults_of_key, invalid
from services.kit.http.problems import Refused
from services.kit.records import Fault, Rejected
from services.kit.stage.decoding import strict_json


async def json_in(request: Request, *, key: str | None, most: int) -> bytes:
    """Return the sound JSON that a request brings under this key, if any; `most` is in bytes.

    Raises `Refused`.
    """
    body = await request.body()
    if len(body) > most:
        raise Refused(413, f"This has more than {most} bytes.")
    if faults := faults_of_key(key):
        raise invalid(*faults)
    try:
        return strict_json(body)
    except Rejected as rejected:
        raise invalid(*rejected.faults) from rejected


def object_of(body: bytes) -> dict[str, Any]:
    """Return the fields of sound JSON. Raises `Refused` for what is no object."""
    fields = from_json(body)
    if not isinstance(fields, dict):
        raise invalid(Fault("value", "must be a JSON object"))
    return fields
