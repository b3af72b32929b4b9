"""What keeps a process from taking work, as people read it: kinds of what processes say."""

import re
from dataclasses import dataclass
from typing import Final

from services.desk.pages.rendering import Reader
from services.desk.pages.words import WORDS

_KINDS: Final = tuple(
    (re.compile(told), name)
    for told, name in (
        (r"no answer within (?P<seconds>[\d.]+) s", "missing.no_answer"),
        (r"has no partitions yet", "missing.no_partitions"),
        (r"is starting or stopping", "missing.starting"),
        (r"^stands ", "missing.stands"),
        (r"another program answers there", "missing.stranger"),
        (r"connection|connect|refused|cannot be reached|is away", "missing.not_reached"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is not there and why; `told` is what the process said, where that says more."""

    what: str
    why: str
    told: str


def missing_of(name: str, why: str, reader: Reader) -> Missing:
    """Return what a process misses, in the reader's language."""
    known = f"part.{name}"
    what = reader.say(known) if known in WORDS else name
    for told, word in _KINDS:
        if found := told.search(why):
            is_whole = found[0] == why
            said = reader.say(word, **found.groupdict())
            return Missing(what=what, why=said, told="" if is_whole else why)
    return Missing(what=what, why=reader.say("missing.other"), told=why)
