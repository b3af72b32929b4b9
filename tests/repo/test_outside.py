"""No file knows the machine it was written on, or which registry the packages came from."""

import re
from pathlib import Path

from tests.support.sources import name_of, tracked_files

PLACES = re.compile(
    rb"(?<![\w.])/(root|work|Users|home/\w+|tmp/v)/|[A-Z]:\\Users\\"
    rb"|\b(pypi\.org|pythonhosted\.org|repo1?\.maven\.(org|apache\.org)|registry\.npmjs\.org)\b"
    rb"|\b(artifactory|nexus\.|index-url|extra-index|find-links|trusted-host)"
)
THIS = Path(__file__)
KNOWN = {"Makefile": rb"--no-emit-index-url --no-emit-find-links"}
"""Text that only speaks of such places."""


def found_in(file: Path) -> list[str]:
    text = file.read_bytes()
    if known := KNOWN.get(name_of(file)):
        text = text.replace(known, b"")
    return [match.group().decode() for match in PLACES.finditer(text)]


class TestTrackedFile:
    def test_names_no_place_of_this_machine_and_no_registry(self) -> None:
        found = {name_of(f): found_in(f) for f in tracked_files() if f != THIS}
        assert {name: places for name, places in found.items() if places} == {}

    def test_would_be_caught_if_it_did(self) -> None:
        for text in ("--index-url x", "open('/root/x')", "https://pypi.org/simple", "/home/a/b"):
            assert PLACES.search(text.encode())
        for text in ("/workshop", "docs/work/x", "https://example.org/home", "pypi organised"):
            assert not PLACES.search(text.encode())
