"""The jar registry, spoken to in pure Python: one jar's bytes, and the resolution of the lock."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver
from requests import RequestException

from services.machine.bounds import FETCH_PAUSES_SECONDS, FETCH_SECONDS
from services.machine.embedded.jar_lock import Jar, sha256_of


class MavenFetch:
    """Fetches jars from `repository` (a URL), or from Maven Central."""

    def __init__(self, *, repository: str | None = None) -> None:
        self._remotes = {"mirror": repository.rstrip("/")} if repository else None

    def __call__(self, jar: Jar, *, into: Path, on_bytes: Callable[[int], None]) -> Path:
        """Download one jar below `into`, trying three times before the last error gets out."""
        for attempt, pause in enumerate(FETCH_PAUSES_SECONDS):
            try:
                return self._download(jar, into=into / str(attempt), on_bytes=on_bytes)
            except (RequestException, OSError):
                time.sleep(pause)
        return self._download(jar, into=into / "last", on_bytes=on_bytes)

    def _download(self, jar: Jar, *, into: Path, on_bytes: Callable[[int], None]) -> Path:
        @contextmanager
        def count(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
            yield on_bytes

        context = MavenContext(
            resolver=PythonResolver(progress_callback=count),
            repo_cache=into,
            remote_repos=self._remotes,
            timeout=FETCH_SECONDS,
        )
        return context.create_dependency(jar.coordinate).artifact.resolve()


def resolve(coordinates: Sequence[str], *, into: Path) -> list[Jar]:
    """Return every jar those coordinates need at run time, with hashes of what `into` received."""
    context = MavenContext(repo_cache=into, timeout=FETCH_SECONDS)
    roots = [context.create_dependency(coordinate) for coordinate in coordinates]
    resolved, transitive = context.resolver.resolve(roots)
    found = []
    for dependency in [*resolved, *transitive]:
        path = dependency.artifact.resolve()
        found.append(
            Jar(
                group=dependency.groupId,
                artifact=dependency.artifactId,
                version=dependency.version,
                size=path.stat().st_size,
                sha256=sha256_of(path),
            )
        )
    return found
