"""Pages in a real browser: one for each process of tests, and a new visitor for each test."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support import databases
from tests.support.browser.checks import Checks, keep_picture
from tests.support.browser.house import House, housed
from tests.support.browser.launched import View, errors_of, launched, opened
from tests.support.browser.served_desk import ServedDesk, served
from tests.support.browser.validator import Validator, validating
from tests.support.databases import Place
from tests.support.desk_town import furnished
from tests.support.sources import ROOT

PICTURES: Final = ROOT / "build" / "desk"

_FAILED: Final = pytest.StashKey[bool]()

Opens = Callable[[View], Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test with a browser run in the loop in which the browser was started."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember of a test whether it failed."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Return this process's browser."""
    async with launched(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def validator() -> AsyncIterator[Validator]:
    """Return this process's judge of HTML."""
    async with validating() as found:
        yield found


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Path:
    """Return where a picture of this test's page is kept when something is wrong with it."""
    return PICTURES / f"{re.sub(r'[^0-9A-Za-z]+', '-', request.node.name)}.png"


@pytest.fixture
def checked(validator: Validator, picture: Path) -> Checks:
    """Return what looks at a page and tells what is wrong with it."""
    return Checks(validator, picture)


@pytest_asyncio.fixture(loop_scope="session")
async def opens(
    request: pytest.FixtureRequest,
    browser: Browser,
    picture: Path,
    desk: ServedDesk,  # noqa: ARG001 - it answers until the last page is closed
) -> AsyncIterator[Opens]:
    """Return what opens an empty page for a new visitor with a view of their own.

    The test fails in the end when the browser had an error to tell of any of them.
    """
    pages: list[Page] = []
    async with AsyncExitStack() as open_ones:

        async def open_(view: View) -> Page:
            pages.append(await open_ones.enter_async_context(opened(browser, view)))
            return pages[-1]

        yield open_
        if pages and request.node.stash.get(_FAILED, False):
            await keep_picture(pages[-1], picture)
        errors = [error for page in pages for error in errors_of(page)]
    assert errors == []


@pytest.fixture
def view() -> View:
    """Return how `page` is looked at; a test with another view names it by `parametrize`."""
    return View()


@pytest_asyncio.fixture(loop_scope="session")
async def page(opens: Opens, view: View) -> Page:
    """Return an empty page of a new visitor."""
    return await opens(view)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(places: Callable[[str, Path], Place], tmp_path: Path) -> AsyncIterator[ServedDesk]:
    """Return a desk behind a port, with a town's afternoon on it."""
    town = await places("sqlite", tmp_path).filled("desk_town", furnished)
    async with databases.opened(town) as database, served(database) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def house(places: Callable[[str, Path], Place], tmp_path: Path) -> AsyncIterator[House]:
    """Return a desk without a case, on which what people do has effect."""
    async with housed(places("sqlite", tmp_path)) as found:
        yield found
