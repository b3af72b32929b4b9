"""The embedded broker's files: what is locked, cached, fetched again, and said when it cannot."""

import hashlib
import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from services.machine.embedded import JarsUnavailable, ensure_jars
from services.machine.embedded.__main__ import HEADER
from services.machine.embedded.jar_lock import (
    KAFKA_VERSION,
    LOCK_FILE,
    Jar,
    lock_text,
    locked_jars,
)
from services.machine.embedded.maven import MavenFetch
from services.machine.embedded.properties import (
    Seat,
    java_command,
    java_environment,
    server_properties,
)


def jar(name: str, *, content: bytes = b"class files") -> Jar:
    digest = hashlib.sha256(content).hexdigest()
    return Jar(group="org.example", artifact=name, version="1", size=len(content), sha256=digest)


class Registry:
    """Stands in for the jar registry: hands out `content` and counts what it was asked for."""

    def __init__(self, content: bytes = b"class files") -> None:
        self.content = content
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, jar: Jar, *, into: Path, on_bytes: Callable[[int], None]) -> Path:
        """Write the content, as the real one would."""
        with self._lock:
            self.asked.append(jar.artifact)
        path = into / "download"
        path.write_bytes(self.content)
        on_bytes(len(self.content))
        return path


class TestLockFile:
    def test_names_the_broker_its_clients_and_a_log_backend(self) -> None:
        artifacts = {jar.artifact: jar.version for jar in locked_jars()}
        assert artifacts["kafka_2.13"] == KAFKA_VERSION
        assert artifacts["kafka-clients"] == KAFKA_VERSION
        assert artifacts["slf4j-simple"] == artifacts["slf4j-api"]

    def test_gives_every_jar_a_full_hash_a_size_and_its_own_file(self) -> None:
        jars = locked_jars()
        assert all(len(bytes.fromhex(jar.sha256)) == 32 and jar.size > 0 for jar in jars)
        assert len({jar.file_name for jar in jars}) == len(jars)

    def test_is_what_the_lock_command_writes(self) -> None:
        assert LOCK_FILE.read_text() == lock_text(locked_jars(), header=HEADER)


class TestEnsureJars:
    def test_fetches_what_is_missing_and_nothing_twice(self, tmp_path: Path) -> None:
        registry = Registry()
        jars = [jar("one"), jar("two")]
        first = ensure_jars(tmp_path / "cache", fetch=registry, jars=jars)
        assert ensure_jars(tmp_path / "cache", fetch=registry, jars=jars) == first
        assert [path.name for path in first] == ["one-1.jar", "two-1.jar"]
        assert sorted(registry.asked) == ["one", "two"]

    @pytest.mark.parametrize("damage", [b"", b"CLASS FILES"], ids=["truncated", "same size"])
    def test_fetches_a_damaged_jar_again(self, tmp_path: Path, damage: bytes) -> None:
        registry = Registry()
        (tmp_path / "one-1.jar").write_bytes(damage)
        (path,) = ensure_jars(tmp_path, fetch=registry, jars=[jar("one")])
        assert path.read_bytes() == b"class files"

    def test_never_lets_a_wrong_download_into_the_cache(self, tmp_path: Path) -> None:
        with pytest.raises(JarsUnavailable, match=r"org\.example:one:1: expected sha256"):
            ensure_jars(tmp_path, fetch=Registry(b"not it"), jars=[jar("one")])
        assert not list(tmp_path.glob("*one*"))

    def test_keeps_what_arrived_when_something_else_did_not(self, tmp_path: Path) -> None:
        jars = [jar("good"), jar("bad", content=b"another")]
        with pytest.raises(JarsUnavailable, match="1 of 2 missing jars"):
            ensure_jars(tmp_path, fetch=Registry(), jars=jars)
        assert (tmp_path / "good-1.jar").exists()

    def test_shows_one_bar_for_all_jars(self, tmp_path: Path) -> None:
        console = Console(file=io.StringIO(), force_terminal=True, width=120)
        jars = [jar("one"), jar("two")]
        ensure_jars(tmp_path, fetch=Registry(), jars=jars, progress=console)
        assert isinstance(console.file, io.StringIO)
        assert "2 jars" in console.file.getvalue()
        assert "22/22 bytes" in console.file.getvalue()

    def test_two_at_once_fetch_once(self, tmp_path: Path) -> None:
        registry = Registry()
        jars = [jar(f"jar{number}") for number in range(20)]
        runs = [
            threading.Thread(
                target=ensure_jars, args=[tmp_path], kwargs={"fetch": registry, "jars": jars}
            )
            for _ in range(4)
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert len(registry.asked) == len(jars)

    def test_says_what_to_do_when_the_registry_cannot_be_reached(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.machine.embedded.maven.FETCH_PAUSES_SECONDS", ())
        nobody = MavenFetch(repository="http://127.0.0.1:1/maven")
        with pytest.raises(JarsUnavailable) as raised:
            ensure_jars(tmp_path, fetch=nobody, jars=[jar("one")])
        for help_offered in (
            "127.0.0.1",
            "TONGXIN_KAFKA=host:port",
            "TONGXIN_MAVEN_URL",
            str(tmp_path),
        ):
            assert help_offered in str(raised.value)


class TestServerProperties:
    def test_every_listener_is_on_loopback(self, tmp_path: Path) -> None:
        text = server_properties(Seat.alone(19093), log_dir=tmp_path, port=19092)
        addresses = [line for line in text.splitlines() if "://" in line or "@" in line]
        assert len(addresses) == 3
        assert all(line.count("127.0.0.1") == line.count("1909") for line in addresses)

    def test_a_chinese_path_survives_java(self) -> None:
        text = server_properties(Seat.alone(2), log_dir=Path("/家/kafka"), port=1)
        assert "log.dirs=/\\u5bb6/kafka\n" in text


class TestJavaCommand:
    def test_puts_every_jar_on_the_class_path_before_the_main_class(self) -> None:
        command = java_command("kafka.Kafka", "x.properties", jars=[Path("/a.jar"), Path("/b.jar")])
        assert command[-4:] == ["-cp", "/a.jar:/b.jar", "kafka.Kafka", "x.properties"]

    def test_is_not_changed_by_the_users_java_variables(self) -> None:
        assert java_environment({"JAVA_TOOL_OPTIONS": "-Xmx9g", "HOME": "/h", "LC_ALL": "C"}) == {
            "HOME": "/h",
            "LC_ALL": "C.UTF-8",
        }
