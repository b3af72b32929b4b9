"""Every pause, size and time limit towards the broker."""

from typing import Final

ASKED_AT_ONCE: Final = 4
"""Questions for topics and partitions that follow each other at once."""

ASKED_PAUSE_SECONDS: Final = 0.25
"""Between two such questions afterwards, on average."""

ASKED_AGAIN_SECONDS: Final = 30.0
"""While old and new code run together their topics may differ, and no rebalance helps."""

OFFSETS_PAUSE_SECONDS: Final = 0.5
"""Between two times that the broker is told how far records are processed."""

LONGEST_FETCH_SECONDS: Final = 0.25
"""With a backlog the next fetch is worth more than a complete one."""

POLL_MS: Final = 60_000
"""How long one poll waits for a record; it is given up when the stage stops."""

MAX_BATCH_BYTES: Final = 512 * 1024
"""A broker takes batches of 1 MiB; the client has one on its way for each partition."""

MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Of one request, with a batch for each of its partitions."""

FEW: Final = 8
"""Messages that are not worth collecting into batches of their own."""

STUCK_SECONDS: Final = 60.0
"""After which a lane with records that are not handed out is stuck."""

UNANSWERED_MS: Final = 10_000
"""After which a broker that was asked and says nothing counts as silent."""

MAX_UNPACKED: Final = 16 * 1024 * 1024
"""How many bytes a batch may have; clients fill batches of 16 KiB to 1 MiB."""

MOST_MEMBERS: Final = 1_000
"""Of a gzip file. Each costs a look at all the rest; clients write one."""

ADMIN_MS: Final = 30_000
"""Within which the broker answers a question of an operator or of a start."""

SCRAM_ROUNDS: Final = 4_096
"""Of hashing a password: Kafka's least; passwords that are made here cannot be guessed."""

SALT_BYTES: Final = 16
"""Of chance beside each password."""
