"""Which partition of a topic a key belongs to.

The same as Kafka's own clients in Java; librdkafka, and so most other languages' clients, places
keys otherwise unless it is told `partitioner=murmur2`.
"""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=50_000)
def _hash_of(key: str | bytes) -> int:
    """Return a key's hash; a case's key comes many times."""
    raw = key if isinstance(key, bytes) else key.encode("utf-8", "surrogateescape")
    return int(murmur2(raw)) & 0x7FFFFFFF


def placed(key: str | bytes, *, count: int) -> int:
    """Return the partition of a key on a topic that has so many.

    >>> placed("a", count=4) == placed(b"a", count=4)
    True
    """
    return _hash_of(key) % count
