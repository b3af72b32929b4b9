"""Every pause, size and time limit of the play."""

from datetime import timedelta
from typing import Final

DAY: Final = timedelta(hours=18)
"""Reports come in during this time; the rest of the day belongs to those who close."""

LONGEST_WORK: Final = timedelta(hours=3)
"""In the play's time."""

BREATH_SECONDS: Final = 0.05
"""Between two looks at the topics."""

QUIET_SECONDS: Final = 3.0
"""Without a record, after which the day may be over."""

STUCK_SECONDS: Final = 60.0
"""Without a record, after which something is wrong."""

QUIET_HOURS: Final = timedelta(hours=2)
"""In the play's time, without a record."""

MOST_SECONDS: Final = 20 * 60.0
"""Of a whole play."""

LONGEST_SLEEP: Final = 0.2
"""Seconds; the pace of the play may change meanwhile."""

NOTICE: Final = timedelta(seconds=0.2)
"""Before a new pace holds: all processes have read it then."""

PROMPT_SECONDS: Final = 0.25
"""The house is not behind when nothing waits for it longer than this."""

WAKING_SECONDS: Final = 20.0
"""What waits for longer is forgotten: no pace would help it."""

BEFORE_MIDNIGHT: Final = timedelta(hours=1)
"""From when the clock of the play begins to midnight, which waits until the house is up."""

EVENING: Final = timedelta(hours=6)
"""What is left of the day after the last report, for those who close."""

AGAIN_SECONDS: Final = 1.0
"""Before a party says again what the broker did not take."""

LONGEST_BREAK: Final = 30
"""Days back, within which people worked on a day after one on which nobody did."""

DAYBREAK: Final = timedelta(days=1, hours=9)
"""After the midnight before, from when on people take over; the clock goes like the machine's."""

REPORT_EVERY_SECONDS: Final = 30.0
"""Between two reports, while people are there."""

LINK_SECONDS: Final = 10.0
"""Within which somebody who reported has a link to their page."""
