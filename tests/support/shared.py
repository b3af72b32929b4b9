"""A server for a whole test run, started by the first test that wants it.

Under xdist the workers end one by one, so none of them may own it: a worker leaves a note in the
run's folder, the controlling process starts the server and answers with where it is.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 300.0


class ServerNotThere(Exception):
    """The run's server could not be started; the message is the reason."""


class SharedServer:
    """The controlling process's half: starts the server once it is asked for, stops it at the end.

    `opened` runs a server in a folder of its own and yields its address. `given` is the address of
    one that is already there; then none is started.
    """

    def __init__(
        self,
        run_dir: Path,
        name: str,
        opened: Callable[[Path], AbstractContextManager[str]],
        *,
        given: str | None = None,
    ) -> None:
        self._folder = _folder(run_dir, name)
        self._folder.mkdir()
        self._opened = opened
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._serve, name=f"test-{name}", daemon=True)
        if given:
            self._answer("address", given)
        else:
            self._watch.start()

    def close(self) -> None:
        """Stop the server, if one was started."""
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()

    def _serve(self) -> None:
        while not (self._folder / "wanted").exists():
            if self._over.wait(_POLL_SECONDS):
                return
        try:
            with self._opened(self._folder / "data") as address:
                self._answer("address", address)
                self._over.wait()
        except Exception as error:  # noqa: BLE001 - told to every waiting test, whatever it is
            self._answer("failed", f"{type(error).__name__}: {error}")

    def _answer(self, name: str, text: str) -> None:
        draft = self._folder / f".{name}"
        draft.write_text(text)
        draft.replace(self._folder / name)


def shared_address(run_dir: Path, name: str) -> str:
    """Return where the run's server is, asking for it first. Raises ServerNotThere."""
    folder = _folder(run_dir, name)
    (folder / "wanted").touch()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (folder / "address").exists():
            return (folder / "address").read_text()
        if (folder / "failed").exists():
            raise ServerNotThere((folder / "failed").read_text())
        time.sleep(_POLL_SECONDS)
    raise ServerNotThere(f"no answer in {_PATIENCE_SECONDS:.0f} s")


def _folder(run_dir: Path, name: str) -> Path:
    return run_dir / name
