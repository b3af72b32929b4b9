"""What it costs to count working time: microseconds for one answer.

.venv/bin/python -m bench.working_time
"""

import timeit
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from schemas.plan import Limit, due_by, load_plan

PLAN: Final = Path("deploy/plans/qingshanhu.toml")
_TIMES: Final = 20_000
_ROUNDS: Final = 5


def micros(asked: Callable[[], object]) -> float:
    """Return the microseconds of one call, the best of some rounds."""
    asked()
    return min(timeit.repeat(asked, number=_TIMES, repeat=_ROUNDS)) / _TIMES * 1e6


def main() -> None:
    """Print a line for each question."""
    plan = load_plan(PLAN)
    friday = datetime.fromisoformat("2026-05-08T09:30:00+00:00")
    later = friday + timedelta(days=21)
    for text in ("2 UH", "2 WH", "15 WD"):
        limit = Limit.parse(text)
        counting = plan.counting(limit.unit)
        took = micros(lambda limit=limit, counting=counting: due_by(limit, friday, counting))  # type: ignore[misc] # defaults bind the loop's values
        print(f"{text:>6} from an instant on       {took:5.2f} us")
    counting = plan.counting(Limit.parse("1 WH").unit)
    took = micros(lambda: counting.between(friday, later))
    print(f"working time of three weeks   {took:5.2f} us")


if __name__ == "__main__":
    main()
