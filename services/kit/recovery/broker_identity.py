"""Which Kafka cluster a database belongs to: the topics and offsets of another are others."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.declaring import insert_into, table_of
from services.kit.stage.tables import BrokerIdentity

_IDENTITY = table_of(BrokerIdentity)


class ClusterChanged(Exception):
    """The broker is not the one this database belongs to: its topics and offsets are others."""

    def __init__(self, *, known: str, found: str) -> None:
        """Say what to do next."""
        super().__init__(
            f"Kafka cluster {found} is not {known}, which this database belongs to. If the old "
            "cluster is lost, run `tongxin topics rebuild` to publish the kept outputs on the new "
            "one, then start again; if not, point TONGXIN_KAFKA at the old one."
        )


async def check_cluster(conn: AsyncConnection, *, found: str) -> None:
    """Raise `ClusterChanged` when the database belongs to another cluster already."""
    known = await conn.scalar(select(_IDENTITY.c.cluster_id))
    if known not in {None, found}:
        raise ClusterChanged(known=known, found=found)


async def remember_cluster(conn: AsyncConnection, *, found: str) -> None:
    """Let a database that belongs to no cluster yet belong to this one. Raises `ClusterChanged`."""
    await conn.execute(
        insert_into(BrokerIdentity, dialect=conn.dialect).on_conflict_do_nothing(),
        [{"id": 1, "cluster_id": found}],
    )
    await check_cluster(conn, found=found)


async def adopt_cluster(conn: AsyncConnection, *, found: str) -> None:
    """Let the database belong to this cluster from now on."""
    insert = insert_into(BrokerIdentity, dialect=conn.dialect)
    await conn.execute(
        insert.on_conflict_do_update(
            index_elements=[_IDENTITY.c.id], set_={"cluster_id": insert.excluded.cluster_id}
        ),
        [{"id": 1, "cluster_id": found}],
    )
