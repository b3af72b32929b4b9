"""What every test run shares: one real broker, one PostgreSQL, an environment without ours."""

import gc
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import filterfalse
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, event

from tests.support.broker import broker_in
from tests.support.databases import ENGINES, Place, postgres_in
from tests.support.engines import BOTH, on_its_engine
from tests.support.shared import SharedServer, shared_address
from tests.support.spread import Spread, longest_first
from tests.support.statements import keep_compiled

# How long an example takes is the machine's.
settings.register_profile(
    "ours", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# For `--hypothesis-profile long`.
settings.register_profile("long", settings.get_profile("ours"), derandomize=False, max_examples=500)
settings.load_profile("ours")

event.listen(Engine, "engine_connect", keep_compiled)

_RUN_DIR_VARIABLE = "TONGXIN_TEST_RUN_DIR"
# Where the broker's jars come from, and which browser looks at pages; no test depends on it.
_KEPT = {"TONGXIN_MAVEN_URL", "TONGXIN_CHROMIUM"}
_FOLDER = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
_SERVERS = pytest.StashKey[list[SharedServer]]()
_RUN_DIR = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whoever asks run every test on each engine."""
    parser.addoption(BOTH, action="store_true", help="run tests of pages on each engine, too")


def pytest_configure(config: pytest.Config) -> None:
    """Take our variables out of the environment; the controlling process keeps the servers."""
    _keep_ctrl_c_from_asyncio()
    # Seldom, as a service does: else every third second of the tests in process is spent on it.
    gc.set_threshold(100_000, 20, 10)
    ours = {name for name in os.environ if name.startswith("TONGXIN_")} - _KEPT
    taken = {name: os.environ.pop(name) for name in ours}
    if hasattr(config, "workerinput"):  # an xdist worker: its controller told it where to ask
        config.stash[_RUN_DIR] = Path(taken[_RUN_DIR_VARIABLE])
        return
    config.stash[_FOLDER] = tempfile.TemporaryDirectory(prefix="tongxin-tests-")
    config.stash[_RUN_DIR] = run_dir = Path(config.stash[_FOLDER].name)
    config.stash[_SERVERS] = [
        SharedServer(run_dir, "kafka", broker_in, given=taken.get("TONGXIN_KAFKA")),
        SharedServer(run_dir, "postgres", postgres_in),
    ]
    os.environ[_RUN_DIR_VARIABLE] = str(config.stash[_RUN_DIR])


def _keep_ctrl_c_from_asyncio() -> None:
    """Let Ctrl-C end the run by a handler that is not Python's own, and so is left alone.

    Each time that a loop runs, asyncio puts a handler of its own in place of Python's, and the
    module `signal` writes it out whole to see that it is no number: with the task, and with
    whatever a fixture returned, a plan with all its categories say, ten times for each test.
    """

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def pytest_collection_finish() -> None:
    """Never look for garbage among modules and collected tests."""
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers of this run, and remove all they wrote."""
    os.environ.pop(_RUN_DIR_VARIABLE, None)
    if _SERVERS in config.stash:
        for server in config.stash[_SERVERS]:
            server.close()
        config.stash[_FOLDER].cleanup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test that takes a server, so `-m "not kafka"` needs no discipline."""
    for item in items:
        for server in ("kafka", "postgres"):
            if server in getattr(item, "fixturenames", ()):
                item.add_marker(server)
    if not config.getoption(BOTH):
        config.hook.pytest_deselected(items=[*filterfalse(on_its_engine, items)])
        items[:] = filter(on_its_engine, items)
    if hasattr(config, "workerinput"):
        items[:] = longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Spread:
    """Decide which tests stay together when several processes share them."""
    return Spread(config, log)


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> str:
    """Return the bootstrap address of the run's one broker: TONGXIN_KAFKA, or an embedded node."""
    return shared_address(pytestconfig.stash[_RUN_DIR], "kafka")


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> str:
    """Return the superuser's URL of the run's one PostgreSQL, which is fast and not durable."""
    return shared_address(pytestconfig.stash[_RUN_DIR], "postgres")


@pytest.fixture(scope="session")
def places(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Path], Place]:
    """Return what makes a place for databases on an engine, with a folder for files."""
    server = partial(shared_address, pytestconfig.stash[_RUN_DIR], "postgres")
    templates = tmp_path_factory.mktemp("templates")
    return partial(Place, server=server, templates=templates)


@pytest.fixture(
    params=[pytest.param(e, marks=[pytest.mark.postgres] * (e != "sqlite")) for e in ENGINES]
)
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, places: Callable[[str, Path], Place]
) -> AsyncIterator[Place]:
    """Return where this test's databases are: the test runs once on each engine."""
    made = places(request.param, tmp_path)
    yield made
    made.leave()


@pytest.fixture
async def postgres_place(
    places: Callable[[str, Path], Place],
    tmp_path: Path,
    postgres: str,  # noqa: ARG001 - it marks the test
) -> AsyncIterator[Place]:
    """Return where this test's databases are, for what is said of PostgreSQL alone."""
    made = places("postgresql", tmp_path)
    yield made
    made.leave()


@pytest.fixture(autouse=True)
def _no_variables_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's TONGXIN_* variables out of the settings under test."""
    for name in [name for name in os.environ if name.startswith("TONGXIN_")]:
        if name not in _KEPT:
            monkeypatch.delenv(name)
