"""The product's benchmarks: `python -m bench.city JOB... [--sqlite] [--quick]`.

Everything (broker, database, three services, departments, generator, meter) shares this machine.
`bench/README.md` says how to read what comes out.
"""

import argparse
import time
from collections.abc import Callable, Sequence

from bench import results, stand
from bench.jobs import checks, growth, idle, life, profile, rates, start, timers
from bench.results import Row, Scale

ON_POSTGRES_ONLY = {"timers", "growth"}
"""Jobs that fill tables by statements of PostgreSQL's own."""

JOBS: dict[str, Callable[[Scale], list[Row]]] = {
    "sustained": rates.sustained,
    "latency": rates.latency,
    "life": life.full_life,
    "district": life.district,
    "start": start.start,
    "timers": timers.timers,
    "idle": idle.idle,
    "growth": growth.growth,
    "profile": profile.profile,
    "checks": checks.checks,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the jobs that are asked for, all of them unless some are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(JOBS)}")
    parser.add_argument("--sqlite", action="store_true", help="a file a service, no PostgreSQL")
    parser.add_argument("--quick", action="store_true", help="only prove that it runs")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.jobs) - JOBS.keys():
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    scale = Scale(postgres=not asked.sqlite, quick=asked.quick)
    known = [job for job in JOBS if scale.postgres or job not in ON_POSTGRES_ONLY]
    if unable := set(asked.jobs) - set(known):
        parser.error(f"only on PostgreSQL: {', '.join(sorted(unable))}")
    for job in asked.jobs or known:
        began = time.monotonic()
        rows = JOBS[job](scale)
        flags = "".join(
            flag
            for flag, given in ((" --sqlite", asked.sqlite), (" --quick", asked.quick))
            if given
        )
        file = results.show(
            job,
            rows,
            machine=stand.machine(postgres=scale.postgres),
            command=f"python -m bench.city {job}{flags}",
        )
        print(f"{job}: {time.monotonic() - began:.0f} s, written to {file.name}", flush=True)


if __name__ == "__main__":
    main()
