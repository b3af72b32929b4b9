"""Job J by the product and by what a user would pick instead: `python -m bench.peers [NAME...]`.

All on the same kind of broker and PostgreSQL, one after the other, alone. `bench/README.md` says
what each does and how to read the table.
"""

import argparse
import time
from collections.abc import Mapping, Sequence

from bench import costs, results, stand
from bench.peers.phases import Measured, Size, measure
from bench.peers.subjects import PEERS, PRODUCT, subject
from bench.results import Row

_QUICK = Size(drain=300, warm_up=100, seconds=4, kills=2)
_NAMES = (PRODUCT, *(peer.name for peer in PEERS))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure those that are named, all of them unless some are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_NAMES)}")
    parser.add_argument("--quick", action="store_true", help="only prove that it runs")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(_NAMES):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    found: dict[str, Measured] = {}
    for name in asked.names or _NAMES:
        began = time.monotonic()
        with subject(name) as running:
            found[name] = measure(running, _QUICK if asked.quick else Size())
        row = _row(name, found[name], found)
        print(f"{name}: {time.monotonic() - began:.0f} s; {row.found}; {row.aim}", flush=True)
    flags = "".join(f" {name}" for name in asked.names) + (" --quick" if asked.quick else "")
    results.show(
        "peers",
        [_row(name, one, found) for name, one in found.items()],
        machine=stand.machine(postgres=True),
        command=f"python -m bench.peers{flags}",
        headings=("who", "job J", "after kills", "cost"),
    )


def _row(name: str, one: Measured, all_: Mapping[str, Measured]) -> Row:
    drained = one.drained.throughput
    ratio = ""
    if PRODUCT in all_ and all_[PRODUCT].drained.throughput:
        ratio = f" = {drained / all_[PRODUCT].drained.throughput:.2f} x product"
    level = "level" if one.sustained.is_flat else "growing"
    loops = "; ".join(
        f"{label} {o.asked.rate:,.0f}/s p50 {o.latency('50'):.0f} p99 {o.latency('99'):.0f} "
        f"max {o.latency('100'):.0f} ms"
        for label, o in ((level, one.sustained), ("ordinary", one.ordinary))
    )
    return Row(
        what=name,
        found=f"drains {drained:,.0f}/s{ratio}; {loops}",
        aim=str(one.verdict),
        more=f"{one.cpu_per_thousand:.1f} CPU s/1,000; "
        + costs.told(one.drained.used, seconds=one.drained.found["seconds"]),
    )


if __name__ == "__main__":
    main()
