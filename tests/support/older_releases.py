"""A database as an older release of the desk left it."""

import shutil
from pathlib import Path

from services.desk.migrations import HISTORY
from services.kit.sql.migrations import upgrade
from services.kit.sql.revisions import History
from tests.support.databases import Place


async def desk_before(revision: str, place: Place, folder: Path) -> str:
    """Return the URL of an empty database as it was before a revision, by its file's beginning."""
    versions = folder / "versions"
    shutil.copytree(HISTORY.folder / "versions", versions)
    for one in versions.glob("r*.py"):
        if one.name >= revision:
            one.unlink()
    url = await place.empty()
    await upgrade(History("desk", folder, HISTORY.metadata), url)
    return url
