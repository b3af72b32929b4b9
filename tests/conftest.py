"""What every test run shares: one real broker, and an environment without our variables."""

import os
from pathlib import Path

import pytest

from tests.support.broker import SharedBroker, shared_bootstrap

_RUN_DIR_VARIABLE = "TONGXIN_TEST_RUN_DIR"
_KEPT = {"TONGXIN_MAVEN_URL"}  # where the broker's jars come from; no test depends on it
_BROKER = pytest.StashKey[SharedBroker]()
_RUN_DIR = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Take our variables out of the environment; the controlling process keeps the broker."""
    ours = {name for name in os.environ if name.startswith("TONGXIN_")} - _KEPT
    taken = {name: os.environ.pop(name) for name in ours}
    if hasattr(config, "workerinput"):  # an xdist worker: its controller told it where to ask
        config.stash[_RUN_DIR] = Path(taken[_RUN_DIR_VARIABLE])
        return
    config.stash[_BROKER] = SharedBroker(given=taken.get("TONGXIN_KAFKA"))
    config.stash[_RUN_DIR] = config.stash[_BROKER].run_dir
    os.environ[_RUN_DIR_VARIABLE] = str(config.stash[_RUN_DIR])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the broker of this run, if there was one."""
    os.environ.pop(_RUN_DIR_VARIABLE, None)
    if _BROKER in config.stash:
        config.stash[_BROKER].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that takes the broker, so `-m "not kafka"` needs no discipline."""
    for item in items:
        if "kafka" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> str:
    """Return the bootstrap address of the run's one broker: TONGXIN_KAFKA, or an embedded node."""
    return shared_bootstrap(pytestconfig.stash[_RUN_DIR])


@pytest.fixture(autouse=True)
def _no_variables_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's TONGXIN_* variables out of the settings under test."""
    for name in [name for name in os.environ if name.startswith("TONGXIN_")]:
        if name not in _KEPT:
            monkeypatch.delenv(name)
