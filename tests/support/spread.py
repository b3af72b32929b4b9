"""How a test run is spread over the processes of pytest-xdist: what stays together, in what order.

A file stays together, for what it opens serves all of its tests, and so do the files that share a
house. Of the fault suite each row goes where there is room, and so does each page of the desk: it
finds the servers, or the browser, of whatever ran there before.
"""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

_ONE_BY_ONE: Final = ("tests/system/test_faults.py", "tests/pages/test_every_page.py")
_IN_ONE_HOUSE: Final = tuple(
    f"tests/flow/test_{name}.py"
    for name in ("answers_page", "dead_letters", "http", "key_page", "looks", "stories")
)
_LONGEST_FIRST: Final = ("tests/system/test_cluster_faults.py", "tests/system/", "tests/flow/")


class Spread(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Hands out files, and rows of the fault suite, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:  # noqa: ANN401 - as in xdist
        config.option.loadscopereorder = False
        super().__init__(config, log)

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in _ONE_BY_ONE:
            return nodeid
        return _IN_ONE_HOUSE[0] if file in _IN_ONE_HOUSE else file


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return the tests in the order in which they fill several processes evenly."""
    return sorted(items, key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    starts = (n for n, start in enumerate(_LONGEST_FIRST) if nodeid.startswith(start))
    return next(starts, len(_LONGEST_FIRST))
