"""Every pause, size and time limit of a house on one machine."""

from datetime import timedelta
from typing import Final

ORPHAN_SECONDS: Final = 5.0
"""How long a child whose parent ended has to stop: the broker may have gone too."""

LASTING_SECONDS: Final = 60.0
"""A child that ran so long counts as well: its next pause is the first again."""

FIRST_PAUSE: Final = 1.0
"""Seconds before an ended child is started again."""

LONGEST_PAUSE: Final = 30.0
"""Seconds; pauses double up to it."""

ARCHIVE_LIMIT: Final = timedelta(minutes=3)
"""The JVM writes the archive while it stops."""

LOG_TAIL_LINES: Final = 12
"""Of a log that are shown of a server that failed."""

NOTICED_SECONDS: Final = 1.0
"""The guardian looks ten times a second whether its command has ended."""

CONNECTIONS: Final = 6
"""Jars fetched at the same time."""

FETCH_SECONDS: Final = 30
"""Within which a repository answers."""

FETCH_PAUSES_SECONDS: Final = (0.5, 2.0)
"""Before the next try to fetch a jar."""

KAFKA_START_LIMIT: Final = timedelta(seconds=60)
"""A node serves after some two seconds; this is for what hangs."""

KAFKA_STOP_LIMIT: Final = timedelta(seconds=15)
"""Then it is killed; it loses nothing by that."""

STALE_GRACE: Final = timedelta(seconds=5)
"""An owner that was killed a moment ago: its guardian is still ending the node."""

POLL_SECONDS: Final = 0.02
"""Between two looks at a server that starts."""

REPLICAS: Final = 3
"""Of a record on an embedded cluster."""

POSTGRES_START_LIMIT: Final = timedelta(seconds=60)
"""It serves after a second, after a crash when it has replayed its log."""

POSTGRES_STOP_LIMIT: Final = timedelta(seconds=20)
"""Then it is killed; it loses nothing by that."""

LONGEST_SOCKET_BYTES: Final = 103
"""Bytes of a Unix socket's path that every system takes: 103 on macOS and BSD, 107 on Linux."""

MOST_BUFFERS_MIB: Final = 1024
"""Of shared memory; beyond it the pages of the system serve as well."""

PROBE_SECONDS: Final = 1.0
"""Within which a node that serves answers."""

LARGEST_ANSWER_BYTES: Final = 1 << 20
"""Of a broker to the question which cluster it is."""

OFFSET_PARTITIONS: Final = 8
"""Of the topic of offsets: fewer than the 50 of a cluster, for a start opens them all."""

EMBEDDED_PARTITIONS: Final = 4
"""Of each topic: a process or two read them."""

LOCKED_SECONDS: Final = 60.0
"""Within which a broker heeds the users and rights that it has accepted."""

HEED_SECONDS: Final = 0.1
"""Between two looks whether it does."""

DRAIN_SECONDS: Final = 10.0
"""How long services have to stop before they are killed; they drain for eight at most."""

READY_SECONDS: Final = 300.0
"""For what hangs; on a machine with ten times the work it can do, a start takes a minute."""

LONG_SECONDS: Final = 30.0
"""After which a start that takes long is told."""

REASON_TAIL_LINES: Final = 8
"""Of what a service said last, when its reason is not known."""

ASKED_SECONDS: Final = 3
"""Within which a service that is asked whether it is ready answers."""

SECRET_BYTES: Final = 24
"""Of chance in a password that is made."""

KEY_POLL_SECONDS: Final = 0.1
"""Between two looks whether a service has heard of the first key; a stranger may not ask more."""
