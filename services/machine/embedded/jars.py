"""The broker's class path: locked jars in a per-user cache, checked by hash before every use."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from services.machine.bounds import CONNECTIONS
from services.machine.embedded.jar_lock import KAFKA_VERSION, Jar, locked_jars, sha256_of

REPOSITORY_VARIABLE: Final = "TONGXIN_MAVEN_URL"


class JarsUnavailable(Exception):
    """Some jars are neither cached nor reachable; the message says what to do about it."""


class HashMismatch(Exception):
    """A fetched jar is not the one that was locked."""


class Fetch(Protocol):
    """Brings one jar's bytes to disk."""

    def __call__(self, jar: Jar, *, into: Path, on_bytes: Callable[[int], None]) -> Path:
        """Write the jar somewhere below `into` and return where; any exception is a failure."""


def default_cache_dir() -> Path:
    """Return this user's folder for the jars: below XDG_CACHE_HOME, else below ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "tongxin" / f"kafka-{KAFKA_VERSION}"


def ensure_jars(
    cache_dir: Path | None = None,
    *,
    progress: Console | None = None,
    fetch: Fetch | None = None,
    jars: Sequence[Jar] | None = None,
) -> list[Path]:
    """Return the class path, fetching what the cache lacks or holds in a damaged state.

    Every returned file has just been checked against its locked hash. Two processes may call this
    at once: the second waits for the first. `progress` is where a progress bar goes, if anywhere.
    Raises JarsUnavailable.
    """
    cache = cache_dir or default_cache_dir()
    wanted = locked_jars() if jars is None else list(jars)
    if not _missing(wanted, cache):
        return [cache / jar.file_name for jar in wanted]
    cache.mkdir(parents=True, exist_ok=True)
    with _only_process(cache, progress=progress):
        missing = _missing(wanted, cache)  # again: the process that was waited for may have them
        if missing:
            _fetch_all(missing, cache=cache, progress=progress, fetch=fetch or _maven_fetch())
    return [cache / jar.file_name for jar in wanted]


def _missing(jars: Sequence[Jar], cache: Path) -> list[Jar]:
    return [jar for jar in jars if not _is_sound(jar, path=cache / jar.file_name)]


def _is_sound(jar: Jar, *, path: Path) -> bool:
    try:
        return path.stat().st_size == jar.size and sha256_of(path) == jar.sha256
    except FileNotFoundError:
        return False


def _maven_fetch() -> Fetch:
    # Only when something is missing: it brings an HTTP client a warm start never needs.
    from services.machine.embedded.maven import MavenFetch  # noqa: PLC0415 - slow to import

    return MavenFetch(repository=os.environ.get(REPOSITORY_VARIABLE))


@contextmanager
def _only_process(cache: Path, *, progress: Console | None) -> Iterator[None]:
    lock = FileLock(cache / ".fetching")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if progress is not None:
            progress.print(f"Waiting for another process that is filling {cache}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch_all(
    missing: Sequence[Jar], *, cache: Path, progress: Console | None, fetch: Fetch
) -> None:
    for leftover in cache.glob(".partial-*"):  # of a process that was killed: we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    pool = ThreadPoolExecutor(CONNECTIONS)
    with _bar(missing, console=progress) as on_bytes:
        running: dict[Future[None], Jar] = {
            pool.submit(_fetch_one, jar, cache=cache, fetch=fetch, on_bytes=on_bytes): jar
            for jar in missing
        }
        try:
            failures = [
                f"{jar.coordinate}: {error}"
                for future, jar in running.items()
                if (error := future.exception()) is not None
            ]
        finally:  # Ctrl-C must not wait for the jars still queued
            pool.shutdown(cancel_futures=True)
    if failures:
        raise JarsUnavailable(_advice(failures, wanted=len(missing), cache=cache))


def _fetch_one(jar: Jar, *, cache: Path, fetch: Fetch, on_bytes: Callable[[int], None]) -> None:
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache) as folder:
        fetched = fetch(jar, into=Path(folder), on_bytes=on_bytes)
        if (digest := sha256_of(fetched)) != jar.sha256:
            raise HashMismatch(f"expected sha256 {jar.sha256}, got {digest}")
        fetched.replace(cache / jar.file_name)


def _advice(failures: Sequence[str], *, wanted: int, cache: Path) -> str:
    return (
        f"Apache Kafka {KAFKA_VERSION} is not on this machine yet: {len(failures)} of {wanted} "
        f"missing jars could not be fetched.\n  first failure: {failures[0]}\n"
        f"What helps:\n"
        f"  - try again: what has arrived is kept in {cache}\n"
        f"  - behind a mirror: set {REPOSITORY_VARIABLE} to a Maven repository within reach\n"
        f"  - use a broker that is already there: set TONGXIN_KAFKA=host:port"
    )


@contextmanager
def _bar(jars: Sequence[Jar], *, console: Console | None) -> Iterator[Callable[[int], None]]:
    if console is None:
        yield lambda _count: None
        return
    label = f"Apache Kafka {KAFKA_VERSION}, {len(jars)} jars, once"
    columns = (TextColumn(label), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=sum(jar.size for jar in jars))
        yield lambda count: bar.advance(task, count)
