"""On which engine a test runs: on each of them, but for those of the desk's pages.

A page asks the store and has no SQL of its own. What the store does is tested on each engine in
the folders beside the pages', so a page's test runs on one, by its name half of them on each.
"""

from typing import Final
from zlib import crc32

import pytest

from tests.support.databases import ENGINES

BOTH: Final = "--both-engines"
_PAGES: Final = ("tests/use_cases/desk/cases/pages/", "tests/use_cases/desk/admin/")


def on_its_engine(item: pytest.Item) -> bool:
    """Tell whether a test is on an engine that it is to run on."""
    of_a_page = item.nodeid.startswith(_PAGES) and not item.get_closest_marker("both_engines")
    spec = getattr(item, "callspec", None)
    engine = None if spec is None else spec.params.get("place")
    if not of_a_page or engine is None:
        return True
    number = crc32(item.nodeid.replace(engine, "").encode()) % len(ENGINES)
    return bool(ENGINES[number] == engine)
