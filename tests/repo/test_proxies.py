"""A proxy of the environment never stands between our own parts."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import name_of, tracked_files

_OPENS = {"get", "post", "put", "patch", "delete", "request", "stream", "Client", "AsyncClient"}


def open_to_proxies(text: str) -> Iterator[int]:
    """Return the line of each call by which a module would ask through a proxy.

    With a transport of its own an httpx client asks no environment.
    """
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="httpx"), attr=name)):
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                is_closed = "transport" in given or given.get("trust_env") == "False"
                if name in _OPENS and not is_closed:
                    yield node.lineno
            case ast.Call(func=ast.Attribute(attr="urlopen") | ast.Name(id="urlopen")):
                yield node.lineno
            case ast.Import(names=[ast.alias(name="aiohttp")]):
                yield node.lineno
            case _:
                pass


def found_in(file: Path) -> list[int]:
    return [*open_to_proxies(file.read_text(encoding="utf-8"))]


class TestModule:
    def test_asks_our_own_parts_past_every_proxy(self) -> None:
        files = [file for file in tracked_files() if file.suffix == ".py"]
        found = {name_of(file): lines for file in files if (lines := found_in(file))}
        assert found == {}

    def test_would_be_caught_if_it_did_not(self) -> None:
        for text in (
            "httpx.get(url)",
            "httpx.AsyncClient(trust_env=True)",
            "with httpx.Client(timeout=3) as http: pass",
            "urllib.request.urlopen(url)",
            "import aiohttp",
        ):
            assert [*open_to_proxies(text)] == [1], text
        for text in ("httpx.get(url, trust_env=False)", "httpx.AsyncClient(transport=app)"):
            assert [*open_to_proxies(text)] == []
