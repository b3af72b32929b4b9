"""What runs in a forked process: a service as it is, or as a known-bad build of it."""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from services.machine import children
from services.machine.serving import serve

BUILD = "FAULTS_BUILD"
"""Environment variable that names the module which spoils a service before it serves."""


def serve_under_fault(service: str, environment: Mapping[str, str], log: Path) -> None:
    """Run one service until it is told to stop; the product knows nothing of a bad build."""
    children.become_child(log)
    os.environ.update(environment)
    if build := environment.get(BUILD):
        importlib.import_module(build).spoil()
    serve(service)
    sys.exit(0)
