"""What a batch tells is published before the transaction commits, and again after it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.stage import outbox
from services.kit.stage.batch import Reader
from services.kit.stage.settling import StageParts
from services.kit.stage.stage import Stage
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Publish as soon as the chunk is stored."""
    publishers: dict[str, Any] = {}
    make, store = Stage.__init__, outbox.store

    def remembered(self: Stage[Any], parts: StageParts, reader: Reader[Any]) -> None:
        publishers[parts.name] = parts.publisher
        make(self, parts, reader)

    async def published(conn: AsyncConnection, *, stage: str, **told: Any) -> list[outbox.Chunk]:
        chunks = await store(conn, stage=stage, **told)
        for chunk in chunks:
            await publishers[stage].publish(chunk.messages)
        return chunks

    swap(Stage, "__init__", remembered)
    swap(outbox, "store", published)
