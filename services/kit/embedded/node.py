"""One Kafka node as a child process: started, waited for, stopped, and never left behind."""

import asyncio
import base64
import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import NAMESPACE_URL, uuid5

from services.kit.embedded import guardian
from services.kit.embedded.archive import archive_options
from services.kit.embedded.probe import serving_cluster
from services.kit.embedded.properties import java_command, java_environment, server_properties

START_LIMIT: Final = timedelta(seconds=60)
STOP_LIMIT: Final = timedelta(seconds=15)
_STALE_GRACE: Final = timedelta(seconds=5)
_POLL_SECONDS: Final = 0.02
_TAIL_LINES: Final = 12


class NodeFailed(Exception):
    """The node ended or never answered; the message ends with its last log lines."""


class DataDirectoryBusy(Exception):
    """Another process, named by its pid, still serves this data directory."""


class KafkaNode:
    """One KRaft node, broker and controller, that listens on 127.0.0.1 only.

    `data_dir` belongs to the node and is kept: a later start finds the same records and the same
    cluster id, also after a kill. Port 0 means a free one. Usable with `with` and `async with`.
    The node dies with the process that started it, however that process ends.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        jars: Sequence[Path],
        port: int = 0,
        controller_port: int = 0,
        options: Sequence[str] = (),
        stop_limit: timedelta = STOP_LIMIT,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._jars = list(jars)
        self._asked_ports = (port, controller_port)
        self._options = list(options)
        self._stop_limit = stop_limit
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    @property
    def bootstrap(self) -> str:
        """Where clients connect: `127.0.0.1:port`; the port is settled by the start."""
        return f"127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        """What the node had to say since its last start; `kafka.log.1` is the start before."""
        return self.data_dir / "kafka.log"

    @property
    def pid(self) -> int | None:
        """The JVM's process id while it lives."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.data_dir / "kafka.pid").read_text())
        return None

    @property
    def cluster_id(self) -> str:
        """The id made when the data directory was formatted. Raises FileNotFoundError before."""
        lines = (self._log_dir / "meta.properties").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))

    def start(self) -> None:
        """Return when the node serves. Raises NodeFailed, DataDirectoryBusy."""
        with contextlib.closing(self._starting()) as pauses:
            for pause in pauses:
                time.sleep(pause)

    async def start_async(self) -> None:
        """Do what `start` does without holding up the event loop; being cancelled stops the node.

        The first start of a data directory runs a formatting tool for about half a second: that
        alone happens in a thread.
        """
        await asyncio.to_thread(self._prepare)
        with contextlib.closing(self._starting()) as pauses:
            for pause in pauses:
                await asyncio.sleep(pause)

    def stop(self) -> None:
        """End the node and wait for it: SIGTERM, then SIGKILL after the stop limit. Idempotent."""
        process = self._hang_up()
        if process is None:
            return
        try:
            process.wait(self._stop_limit.total_seconds() + 5)
        except subprocess.TimeoutExpired:  # the guardian itself is stuck
            _kill_group(process)
            process.wait()

    async def stop_async(self) -> None:
        """Do what `stop` does without holding up the event loop."""
        await asyncio.to_thread(self.stop)

    def exited(self) -> int | None:
        """Return the exit status of a started node that has ended, else None."""
        return None if self._process is None else self._process.poll()

    async def wait(self) -> int:
        """Return the exit status once a started node has ended, for a supervisor to watch."""
        while (status := self.exited()) is None:  # noqa: ASYNC110 - a process has no event
            await asyncio.sleep(0.2)
        return status

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await self.start_async()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop_async()

    @property
    def _log_dir(self) -> Path:
        return self.data_dir / "log"

    def _starting(self) -> Generator[float, None, None]:
        """Start the node, yielding how long to pause (seconds) until it is ready."""
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("the node is already running")
        self.stop()  # lets go of what an earlier node, dead by itself, left
        try:
            yield from self._while_held()
            self._prepare()
            self._spawn()
            yield from self._until_ready()
        except BaseException:  # a cancelled or interrupted start leaves nothing running
            self.stop()
            raise

    def _while_held(self) -> Iterator[float]:
        # An owner killed a moment ago: its guardian is still ending the node.
        deadline = time.monotonic() + _STALE_GRACE.total_seconds()
        while _is_locked(self._log_dir / ".lock"):
            if time.monotonic() > deadline:
                pid = self.pid or "unknown"
                raise DataDirectoryBusy(
                    f"{self.data_dir} is in use by another Kafka node (pid {pid}). Stop the "
                    f"`tongxin` that started it, or end it with `kill {pid}`, or choose another "
                    "data directory."
                )
            yield 0.1

    def _prepare(self) -> None:
        """Give an unformatted data directory its configuration, identity and first metadata."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        if (self._log_dir / "meta.properties").exists():
            return
        if "," in str(self._log_dir):
            raise NodeFailed(f"Kafka cannot use a data directory with a comma: {self.data_dir}")
        config = self._write_config(port=9092, controller_port=9093)  # only the directory matters
        # One argument: an id may begin with a dash.
        cluster = f"--cluster-id={_new_cluster_id()}"
        tool = ("kafka.tools.StorageTool", "format", cluster, "-c", str(config))
        done = subprocess.run(  # noqa: S603 - our own JRE and jars
            java_command(*tool, jars=self._jars, options=archive_options(self._jars)),
            env=java_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            raise NodeFailed(f"formatting {self.data_dir} failed:\n{done.stdout.decode()}")

    def _write_config(self, *, port: int, controller_port: int) -> Path:
        config = self.data_dir / "server.properties"
        config.write_text(
            server_properties(log_dir=self._log_dir, port=port, controller_port=controller_port)
        )
        return config

    def _spawn(self) -> None:
        self.port, controller_port = _settled(self._asked_ports)
        config = self._write_config(port=self.port, controller_port=controller_port)
        options = [*archive_options(self._jars), *self._options]
        java = java_command("kafka.Kafka", str(config), jars=self._jars, options=options)
        limit = str(self._stop_limit.total_seconds())
        with contextlib.suppress(FileNotFoundError):
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        with self.log_file.open("wb") as log:
            # -I -S: no site-packages, so the guardian is up in a few milliseconds.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
                [
                    *(sys.executable, "-I", "-S", guardian.__file__),
                    *(str(self.data_dir / "kafka.pid"), limit, *java),
                ],
                env=java_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the owner to handle
            )

    def _until_ready(self) -> Iterator[float]:
        deadline = time.monotonic() + START_LIMIT.total_seconds()
        while serving_cluster(self.port) != self.cluster_id:
            if (status := self.exited()) is not None:
                raise NodeFailed(f"Kafka ended with status {status}.\n{self._log_tail()}")
            if time.monotonic() > deadline:
                seconds = START_LIMIT.total_seconds()
                raise NodeFailed(f"Kafka did not answer in {seconds:.0f} s.\n{self._log_tail()}")
            yield _POLL_SECONDS

    def _hang_up(self) -> subprocess.Popen[bytes] | None:
        """Close the guardian's pipe, which tells it to end the node."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
        return process

    def _log_tail(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join([f"The end of {self.log_file}:", *lines])


def _is_locked(lock_file: Path) -> bool:
    """Return whether a live process holds Kafka's own lock on its directory."""
    try:
        with lock_file.open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _settled(asked: tuple[int, int]) -> tuple[int, int]:
    """Replace each 0 by a port that is free on loopback. Raises NodeFailed for one that is not."""
    with contextlib.ExitStack() as held:
        ports = []
        for port in asked:
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                told = f"port {port} on 127.0.0.1 cannot be used: {error}"
                advice = "another broker may be running: stop it, or take another port"
                raise NodeFailed(f"{told}; {advice}") from error
            ports.append(probe.getsockname()[1])
    return ports[0], ports[1]


def _new_cluster_id() -> str:
    # Kafka's form of a UUID: 22 characters of URL-safe base64. It has no cause to derive it from.
    chance = uuid5(NAMESPACE_URL, os.urandom(16).hex())
    return base64.urlsafe_b64encode(chance.bytes).decode().rstrip("=")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
