"""Where the `tongxin` command begins: Ctrl-C is caught before anything slow is imported."""

import sys

from services.kit.exits import STOPPED_EXIT


def main() -> None:
    """Run the command line."""
    try:
        from services.__main__ import main as run  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.exit(STOPPED_EXIT)
    run()
