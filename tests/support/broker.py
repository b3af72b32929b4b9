"""One broker for a whole test run, started by the first test that wants it.

Under xdist the workers end one by one, so none of them may own it: a worker leaves a note in the
run's folder, the controlling process starts the node and answers with where it is.
"""

import tempfile
import threading
import time
from pathlib import Path

from services.kit.embedded import KafkaNode, ensure_jars

_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 300.0


class BrokerNotThere(Exception):
    """The run's broker could not be started; the message is the reason."""


class SharedBroker:
    """The controlling process's half: starts a node once it is asked for, stops it at the end.

    `given` is the address of a broker that is already there; then none is started.
    """

    def __init__(self, *, given: str | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tongxin-tests-")
        self.run_dir = Path(self._folder.name)
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._serve, name="test-broker", daemon=True)
        if given:
            _answer(self.run_dir, "bootstrap", given)
        else:
            self._watch.start()

    def close(self) -> None:
        """Stop the node, if one was started, and remove all it wrote."""
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()
        self._folder.cleanup()

    def _serve(self) -> None:
        while not (self.run_dir / "wanted").exists():
            if self._over.wait(_POLL_SECONDS):
                return
        try:
            with KafkaNode(self.run_dir / "kafka", jars=ensure_jars()) as node:
                _answer(self.run_dir, "bootstrap", node.bootstrap)
                self._over.wait()
        except Exception as error:  # noqa: BLE001 - told to every waiting test, whatever it is
            _answer(self.run_dir, "failed", f"{type(error).__name__}: {error}")


def shared_bootstrap(run_dir: Path) -> str:
    """Return where the run's broker is, asking for it first. Raises BrokerNotThere."""
    (run_dir / "wanted").touch()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (run_dir / "bootstrap").exists():
            return (run_dir / "bootstrap").read_text()
        if (run_dir / "failed").exists():
            raise BrokerNotThere((run_dir / "failed").read_text())
        time.sleep(_POLL_SECONDS)
    raise BrokerNotThere(f"no answer in {_PATIENCE_SECONDS:.0f} s")


def _answer(run_dir: Path, name: str, text: str) -> None:
    draft = run_dir / f".{name}"
    draft.write_text(text)
    draft.replace(run_dir / name)
