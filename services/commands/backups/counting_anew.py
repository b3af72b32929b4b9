"""A desk that is put back counts nothing for everybody that may have been told already."""

from sqlalchemy import Connection, inspect

from services.desk.store import public_numbers
from services.desk.store.public_tables import PublicCounting
from services.kit.sql.database import open_database
from services.kit.sql.declaring import table_of


async def count_from_today(url: str) -> None:
    """Let the desk's database at a URL count for everybody from the day of its next start on.

    What it was counting when the backup was made may have been told since, and corrected after
    that: no day is counted twice.
    """
    database = open_database(url, name="tongxin restore")
    try:
        async with database.write() as conn:
            # A backup may be of a release that counted nothing.
            days = await public_numbers.counting(conn) if await conn.run_sync(_counts) else None
            if days is not None:
                await public_numbers.end(conn, days)
    finally:
        await database.close()


def _counts(conn: Connection) -> bool:
    return inspect(conn).has_table(table_of(PublicCounting).name)
