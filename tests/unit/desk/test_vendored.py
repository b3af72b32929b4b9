"""What of the pages is somebody else's is what they published, and its licence lies beside it."""

import tomllib
from hashlib import sha384

import pytest

from tests.support.node import node_modules
from tests.support.sources import ROOT

STATIC = ROOT / "services" / "desk" / "pages" / "static"
FILES = tomllib.loads((STATIC / "vendored.toml").read_text(encoding="utf-8"))["file"]


class TestVendoredFile:
    @pytest.mark.parametrize("file", FILES, ids=lambda one: one["name"])
    def test_is_what_the_manifest_names(self, file: dict[str, str]) -> None:
        assert sha384((STATIC / file["name"]).read_bytes()).hexdigest() == file["sha384"]

    @pytest.mark.parametrize("file", FILES, ids=lambda one: one["name"])
    def test_is_what_the_package_has(self, file: dict[str, str]) -> None:
        package = node_modules() / file["package"]
        assert f'"version": "{file["version"]}"' in (package / "package.json").read_text()
        assert (package / file["path"]).read_bytes() == (STATIC / file["name"]).read_bytes()

    def test_is_named_where_it_is_not_ours(self) -> None:
        ours = {"desk.css", "desk.js", "icon.svg", "keys.js", "leaving.js", "vendored.toml"}
        there = {one.name for one in STATIC.iterdir()} - {"__pycache__"}
        assert there - ours == {one["name"] for one in FILES}
