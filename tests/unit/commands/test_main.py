"""The `tongxin` command itself, whatever is asked of it."""

from importlib.metadata import version

from tests.support.command import tongxin


async def test_says_which_version_it_is() -> None:
    told = await tongxin("--version")
    assert (told.code, told.text) == (0, f"tongxin {version('tongxin')}\n")


async def test_lists_what_can_be_asked_of_it() -> None:
    told = await tongxin("--help")
    assert told.code == 0
    assert {
        "run",
        "demo",
        "import",
        "serve",
        "plan",
        "topics",
        "db",
        "dead-letters",
        "case",
    } <= set(told.text.split())
