"""A DBOS workflow per incident, from Kafka by its own consumer, the assignment in a transaction.

After https://docs.dbos.dev/python/tutorials/kafka-integration (messages enqueued in batches),
.../tutorials/queue-tutorial (a queue of one's own, worker concurrency, polling interval), and
.../reference/datasources (row and checkpoint commit together, READ COMMITTED). A restarted executor
keeps its id, so that it recovers its own workflows at once (.../reference/configuration).
"""

import os
import sys
import threading

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, KafkaMessage, SQLAlchemyDatasource

from bench.peers.deciding import decide
from schemas.topics import INCIDENT_REPORTS

_QUEUE = "incidents"
_CONCURRENCY = 40
_POOL = 12
_POLLING_SECONDS = 0.05
_BATCH = 500
_URL = os.environ["PEER_DATABASE"].replace("+asyncpg", "+psycopg")
_TABLE = sa.text(
    "CREATE TABLE IF NOT EXISTS assignment ("
    "case_id uuid PRIMARY KEY, department text NOT NULL,"
    "decided_at timestamptz NOT NULL DEFAULT clock_timestamp())"
)
_INSERT = sa.text(
    "INSERT INTO assignment (case_id, department) VALUES (CAST(:case AS uuid), :department) "
    "ON CONFLICT DO NOTHING"
)

datasource = SQLAlchemyDatasource.create(
    _URL, engine_kwargs={"pool_size": _POOL, "max_overflow": 0}
)


@datasource.transaction(isolation_level="READ COMMITTED")
def store(case: str, department: str) -> None:
    """Store the assignment; a second workflow of the same incident changes nothing."""
    datasource.sql_session().execute(_INSERT, {"case": case, "department": department})


@DBOS.kafka_consumer(
    config={
        "bootstrap.servers": os.environ["PEER_KAFKA"],
        "group.id": "dbos",
        "group.instance.id": os.environ["PEER_INSTANCE"],
        "session.timeout.ms": 6_000,
        "auto.offset.reset": "earliest",
        "fetch.wait.max.ms": 50,
    },
    topics=[INCIDENT_REPORTS],
    batch_size=_BATCH,
    queue_name=_QUEUE,
)
@DBOS.workflow()
def assign(message: KafkaMessage) -> None:
    """Take one report."""
    value = message.value
    decided = decide(value.encode() if isinstance(value, str) else value or b"")
    if decided is not None:
        store(*decided)


def main(role: str) -> None:
    """Prepare, or work until killed."""
    if role == "prepare":
        with datasource.engine.begin() as conn:
            conn.execute(_TABLE)
    config: DBOSConfig = {
        "name": "job-j",
        "application_version": "1",
        "executor_id": os.environ["PEER_INSTANCE"],
        "system_database_url": _URL,
        "sys_db_pool_size": _POOL,
        "max_executor_threads": _CONCURRENCY,
        "log_level": "WARNING",
    }
    DBOS(config=config)
    if role == "prepare":
        DBOS.listen_queues([])
    DBOS.launch()
    if role == "prepare":
        DBOS.register_queue(
            _QUEUE, worker_concurrency=_CONCURRENCY, polling_interval_sec=_POLLING_SECONDS
        )
        DBOS.destroy()
        return
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
