"""Every pause, size and time limit of the notifier; those of its rules stand in `domain`."""

from datetime import timedelta
from typing import Final

PAUSE: Final = 0.1
"""Seconds before what becomes of cases is read on: no assignment waits for it, and its rounds are
dear."""

TELLING_PAUSE: Final = 0.5
"""Seconds before notices are read on: what is due is looked for every `WEBHOOK_SECONDS` only."""

MAX_SAID_BYTES: Final = 64 * 1024
"""Of an answer or a command over HTTP."""

LEAVERS_AT_ONCE: Final = 500
"""Parts looked at in one round."""

RECOUNTED_AT_ONCE: Final = 500
"""Cases looked at in one round when a plan is new."""

MISSED_AT_ONCE: Final = 500
"""Cases set a timer for in one round, whose promised date has passed."""

MISSED_SECONDS: Final = 30.0
"""Between two looks for dates that have passed: they are promised by the minute."""

GAUGES_SECONDS: Final = 5.0
"""Between two looks at the open cases for the gauges."""

WEBHOOK_SECONDS: Final = 1.0
"""Between two looks for notices that are due."""

PRUNE_SECONDS: Final = 300.0
"""Between two rounds that delete deliveries that are over."""

LEAVERS_SECONDS: Final = 1.0
"""Between two looks for departments that left the plan."""

ARCHIVED_AT_ONCE: Final = 200
"""Closed cases looked at in one transaction, and archived by one lane at a time."""

ARCHIVED_A_SWEEP: Final = 6_000
"""Closed cases that one sweep has archived at the most; the next one goes on."""

ARCHIVED_APART: Final = timedelta(seconds=1)
"""Between two portions of these: each is published as a file."""

ARCHIVE_SECONDS: Final = 60.0
"""Between two sweeps for cases to archive."""

SETTLING: Final = timedelta(seconds=5)
"""How long the router has to take the same plan, once the notifier has it."""

MOST_AHEAD: Final = 100
"""Events. The router tells at most three a round; no case misses so many."""

FILES_AT_ONCE: Final = 200
"""Files of cases that are asked for at a time, and published in one round at the most."""

FILES_APART: Final = timedelta(seconds=1)
"""Between two portions of these: other work goes on meanwhile."""

PRUNED_AT_ONCE: Final = 1_000
"""Deliveries deleted in one transaction."""

LEASE: Final = timedelta(seconds=60)
"""How long an attempt may take before somebody else may try; longer than any timeout of one."""

SENT_AT_ONCE: Final = 8
"""Notices that one receiver is sent at the same time; the next ones wait for all of these."""

MOST_DELIVERIES: Final = 200
"""Deliveries on one page."""
