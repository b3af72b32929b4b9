"""Under which ids people stand in stories, so that none is read as a key's or the system's."""

import unicodedata
from typing import Final

KEY_PREFIX: Final = "key:"
"""Before the name of a key where ids of persons stand too, so that none passes for the other."""
_NOBODYS: Final = (KEY_PREFIX, "system:")
_UNSEEN: Final = frozenset({"Cf", "Mn", "Zl", "Zp", "Zs"})
"""Categories of characters that nobody sees at the beginning of a line."""


def is_a_machines(id_: str) -> bool:
    """Tell whether people read an id as that of a key or of the system.

    >>> is_a_machines("key:hotline"), is_a_machines("ＫＥＹ：hotline"), is_a_machines("keys")
    (True, True, False)
    """
    seen = (one for one in unicodedata.normalize("NFKC", id_) if not _is_unseen(one))
    return "".join(seen).casefold().startswith(_NOBODYS)


def of_a_person(id_: str) -> str:
    """Return the id of a person. Raises ValueError for one that is read as a machine's."""
    if is_a_machines(id_):
        msg = f"begins as the name of a machine does: {', '.join(_NOBODYS)}"
        raise ValueError(msg)
    return id_


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN
