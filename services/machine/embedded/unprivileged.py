"""Runs a command as an unprivileged user when root asks: PostgreSQL refuses to run as root.

Run as a script: `unprivileged.py COMMAND...`. Where the process is not root the command is run as
it is. The user is `nobody`, with one capability of root's left on Linux: to read and to pass
through folders, since an installation or a data folder may lie below a home that is root's alone.
"""

import ctypes
import os
import pwd
import struct
import sys
from collections.abc import Sequence
from typing import Final

USER: Final = "nobody"
_PR_SET_KEEPCAPS: Final = 8
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_CAP_DAC_READ_SEARCH: Final = 2
_CAPABILITY_VERSION_3: Final = 0x20080522


def ids() -> tuple[int, int]:
    """Return the user and group that files of such a command must belong to."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    user = pwd.getpwnam(USER)
    return user.pw_uid, user.pw_gid


def main(command: Sequence[str]) -> None:
    """Become the user and then the command; returns only by an error."""
    if os.geteuid() == 0:
        _become(*ids())
    os.execv(command[0], list(command))  # noqa: S606 - our own programs


def _become(user: int, group: int) -> None:
    linux = sys.platform == "linux"
    libc = ctypes.CDLL(None, use_errno=True)
    if linux:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if linux:
        # Without the capability the command still runs wherever its folders are open to all.
        mask = 1 << _CAP_DAC_READ_SEARCH
        header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
        libc.capset(header, struct.pack("6I", mask, mask, mask, 0, 0, 0))
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
