"""`python -m tests.support.browser` brings what looks at pages into the user's cache."""

import sys

from tests.support.browser.chromium import ChromiumMissing, chromium
from tests.support.node import node_modules


def main() -> str | None:
    """Bring browser and checks; return what to do when the browser cannot be had."""
    node_modules()
    try:
        chromium()
    except ChromiumMissing as missing:
        return str(missing)
    return None


if __name__ == "__main__":
    sys.exit(main())
