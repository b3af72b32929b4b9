"""`python -m tests.faults.checker FOLDER`: judge a recorded history; exit code 1 when it is bad."""

import sys
from pathlib import Path

from rich.console import Console

from tests.faults.checker.report import show
from tests.faults.checker.verdict import check
from tests.faults.history import load


def main(arguments: list[str]) -> int:
    """Judge the history in each folder named, and return the exit code."""
    console = Console()
    if not arguments:
        console.print("usage: python -m tests.faults.checker FOLDER...")
        return 2
    valid = True
    for folder in arguments:
        history = load(Path(folder))
        verdict = check(history)
        show(verdict, history.meta, console=console)
        valid &= verdict.valid
    return 0 if valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
