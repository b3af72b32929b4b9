"""Under which ids people stand in stories, so that none is read as a key's or the system's."""

from typing import Final

from schemas.folding import fold

KEY_PREFIX: Final = "key:"
"""Before the name of a key where ids of persons stand too, so that none passes for the other."""
_NOBODYS: Final = (KEY_PREFIX, "system:")


def is_a_machines(id_: str) -> bool:
    """Tell whether people read an id as that of a key or of the system.

    Marks and what nobody sees do not count.

    >>> is_a_machines("key:hotline"), is_a_machines("ＫＥＹ：hotline"), is_a_machines("keys")
    (True, True, False)
    """
    read = (one for one in fold(id_) if one.isalnum() or one == ":")
    return "".join(read).startswith(_NOBODYS)


def of_a_person(id_: str) -> str:
    """Return the id of a person. Raises ValueError for one that is read as a machine's."""
    if is_a_machines(id_):
        msg = f"begins as the name of a machine does: {', '.join(_NOBODYS)}"
        raise ValueError(msg)
    return id_
