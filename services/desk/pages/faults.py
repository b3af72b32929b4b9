"""What is wrong with a field, as people read it: kinds of what checks tell to programs."""

import re
from typing import Final

from services.desk.pages.rendering import Reader

OTHER: Final = "fault.other"
_KINDS: Final = tuple(
    (re.compile(told), name)
    for told, name in (
        (r"choose a photo", "fault.file_missing"),
        (r"is no JPEG", "fault.file_kind"),
        (r"cut off|too long to open", "fault.file_broken"),
        (r"million pixels|has more than \d+ bytes", "fault.file_large"),
        (r"Field required|is missing|is blank|at least 1 (character|item)", "fault.missing"),
        (r"is empty|name at least one|needs one", "fault.missing"),
        (r"^(?P<what>'[^']*') is unknown", "fault.not_known"),
        (r"more than (?P<most>\d+)( characters| in one place)?$", "fault.long"),
        (r"ends after 1 to \d+ days", "fault.count"),
        (r"begins as the name of a machine", "fault.signs"),
        (r"bound to nothing", "fault.everywhere"),
        (r"^\d+ to \d+( days)?$", "fault.count"),
        (r"there is no key", "fault.no_key"),
        (r"there is a key", "fault.key_known"),
        (r"is no code", "fault.form"),
        (r"is not one of", "fault.choice"),
        (r"at most (?P<most>\d+) (character|item)", "fault.long"),
        (r"valid UUID|instance of UUID", "fault.number"),
        (r"valid date|RFC 3339|timezone|must be a date", "fault.date"),
        (r"valid URL|URL scheme", "fault.link"),
        (r"NUL|control characters|match pattern|'\.' or '\.\.'|unicode", "fault.signs"),
        (r"(greater|less) than or equal|valid integer|number of a line", "fault.count"),
        (r"should be '|instance of|valid boolean|must be one of|may say|which of", "fault.choice"),
        (r"not permitted|leave it out", "fault.unknown"),
        (r"`next` of the page before", "fault.place"),
        (r"valid (string|dictionary|tuple|list)|needs a point", "fault.form"),
    )
)
"""By what a check's sentence has in it, the first that fits; pydantic and we word each kind so."""


def name_of(reason: str) -> tuple[str, dict[str, str]]:
    """Return what says a reason in `words.toml`, and its values.

    >>> name_of("String should have at most 200 characters")
    ('fault.long', {'most': '200'})
    """
    for told, name in _KINDS:
        if found := told.search(reason):
            return name, {key: value for key, value in found.groupdict().items() if value}
    return OTHER, {}


def told_of_line(line: str, reader: Reader) -> tuple[str, str]:
    """Return what a line `field: reason` of a check of ours tells: the field, and why."""
    field, _, reason = line.partition(": ")
    return (reader.field(field), said_of(reason, reader)) if reason else ("", said_of(line, reader))


def said_of(reason: str, reader: Reader) -> str:
    """Return why a field was not taken, in the reader's language."""
    name, values = name_of(reason)
    return reader.say(name, **values)
