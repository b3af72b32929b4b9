"""Every client of the broker is told how it connects, or it could not use a locked one."""

import ast
from pathlib import Path

from tests.support.sources import modules, name_of

MADE = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "KafkaBroker"}
TOLD = {"client_options", "faststream_options"}


def untold(file: Path) -> list[int]:
    """Return the lines where a client is made without its options."""
    calls = [n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)]
    made = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in MADE]
    return [call.lineno for call in made if not _is_told(call)]


def _is_told(call: ast.Call) -> bool:
    options = [k.value for k in call.keywords if k.arg is None and isinstance(k.value, ast.Call)]
    return any(isinstance(o.func, ast.Name) and o.func.id in TOLD for o in options)


class TestClients:
    def test_of_the_broker_are_all_told_how_they_connect(self) -> None:
        found = {name_of(file): lines for file in modules("services") if (lines := untold(file))}
        assert found == {}

    def test_that_are_not_told_would_be_found(self, tmp_path: Path) -> None:
        file = tmp_path / "own.py"
        file.write_text("AIOKafkaConsumer('t', bootstrap_servers='h:1')\nAIOKafkaProducer(**o())\n")
        assert untold(file) == [1, 2]
