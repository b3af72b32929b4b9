"""CloudEvents in structured mode, as somebody outside sends them."""

from typing import Any


def structured(kind: str, data: object, **changes: object) -> dict[str, Any]:
    """Return an event of a type with its data."""
    attributes = {"specversion": "1.0", "id": "7", "source": "/outside", "type": kind}
    return {**attributes, "data": data, **changes}
