"""A procrastinate task per incident, fed from Kafka.

One process reads the topic and defers in batches (docs: howto/basics/batch_defer) before it
commits its offsets; the others run tasks with concurrency, listen/notify, successful jobs deleted
(howto/basics/worker, howto/production/delete_finished_jobs, App.run_worker_async) and a pool as
large as the concurrency (howto/basics/connector). Tasks of a killed worker are retried by the
periodic task of howto/production/retry_stalled_jobs, with heartbeats far quicker than the defaults.
"""

import asyncio
import contextlib
import os
import sys

import procrastinate
import psycopg
from aiokafka import AIOKafkaConsumer

from bench.peers.deciding import decide
from schemas.topics import INCIDENT_REPORTS

_CONCURRENCY = 20
_BATCH = 500
_HEARTBEAT_SECONDS = 2
_STALLED_SECONDS = 6
_TABLE = """
CREATE TABLE IF NOT EXISTS assignment (
    case_id uuid PRIMARY KEY, department text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
_INSERT = """
INSERT INTO assignment (case_id, department) VALUES (%(case)s, %(department)s)
ON CONFLICT DO NOTHING
"""

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=os.environ["PEER_DATABASE"].replace("+asyncpg", ""),
        min_size=4,
        max_size=_CONCURRENCY + 4,
    )
)


@app.task(queue="incidents")
async def assign(case: str, department: str) -> None:
    """Store the assignment; a second task of the same incident changes nothing."""
    await app.connector.execute_query_async(_INSERT, case=case, department=department)


@app.periodic(cron="* * * * * */5")
@app.task(queue="upkeep", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes both
    """Take up what a killed worker left."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS)
    for job in stalled:
        await app.job_manager.retry_job(job)


async def feed() -> None:
    """Turn records into tasks until killed."""
    consumer = AIOKafkaConsumer(
        INCIDENT_REPORTS,
        bootstrap_servers=os.environ["PEER_KAFKA"],
        group_id="procrastinate",
        group_instance_id=os.environ["PEER_INSTANCE"],
        session_timeout_ms=6_000,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=_BATCH)
        decided = [decide(record.value) for records in found.values() for record in records]
        tasks = [{"case": one[0], "department": one[1]} for one in decided if one is not None]
        if tasks:
            await assign.batch_defer_async(*tasks)
        if found:
            await consumer.commit()


async def prepare() -> None:
    """Make the tables once."""
    with contextlib.suppress(
        psycopg.errors.DuplicateObject, procrastinate.exceptions.ConnectorException
    ):
        await app.schema_manager.apply_schema_async()
    await app.connector.execute_query_async(_TABLE)


async def main(role: str) -> None:
    """Prepare, feed or work."""
    async with app.open_async():
        if role == "prepare":
            await prepare()
        elif role == "feed":
            await feed()
        else:
            await app.run_worker_async(
                concurrency=_CONCURRENCY,
                name=os.environ["PEER_INSTANCE"],
                delete_jobs="successful",
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
                stalled_worker_timeout=_STALLED_SECONDS,
            )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
