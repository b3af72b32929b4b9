"""The pages for other systems, and the code and records that they show."""

import re
from pathlib import Path

ANSWERING = Path("docs/answer-at-the-desk.md").read_text(encoding="utf-8")
DEPARTMENT = Path("docs/connect-a-department.md").read_text(encoding="utf-8")
PROVIDER = Path("docs/connect-an-identity-provider.md").read_text(encoding="utf-8")
PEOPLE = Path("docs/import-your-people.md").read_text(encoding="utf-8")
UPSTREAM = Path("docs/connect-an-upstream-system.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Return what a page shows in a language, in its order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
