"""Every pause, size and time limit of a stage."""

from datetime import timedelta
from typing import Final

LETTERS_MS: Final = 2_000
"""How long one request for dead letters waits for records."""

FIRST_STEP: Final = 8
"""Records of one partition of dead letters that are read in the first step back from its end."""

LONGEST_STEP: Final = 64
"""The same; each step is twice as long as the one before it, up to this."""

MOST_STEPS: Final = 10
"""Back from each end: some 500 records, most of which say of a letter that it was taken off."""

STEP_WAIT_MS: Final = 20
"""How long the broker holds a request for dead letters for which it has none."""

MOST_LETTERS: Final = 50
"""Dead letters of a service that are told at once, the newest."""

MOST_LETTERS_BYTES: Final = 16 * 1024 * 1024
"""Of dead letters, after which no further step back is made."""

LARGEST_LETTER_BYTES: Final = 1_500_000
"""Of a record that is put aside whole: its topic takes 2 MiB."""

FIELD_LETTERS: Final = 200
"""Of the name of a field with a fault."""

REASON_LETTERS: Final = 1_000
"""Of a reason."""

MARK_LETTERS: Final = 8
"""Of the mark that tells records of one place apart."""

MAX_BYTES: Final = 256 * 1024
"""Of a record's JSON."""

MAX_FAULTS: Final = 20
"""That are told of one record."""

GOING_BACK_SECONDS: Final = 10.0
"""Within which the broker says where a lane stood."""

PRUNED_AT_ONCE: Final = 5_000
"""Ids forgotten in one transaction."""

MOVED_AT_ONCE: Final = 500
"""Records that were brought to their lane, decided in one transaction."""

LOOKED_AGAIN_SECONDS: Final = 1.0
"""Between two looks for records that others brought."""

CHUNKS_AT_ONCE: Final = 200
"""Chunks deleted in one transaction."""

READ_AHEAD: Final = 20
"""Chunks read at once to be published."""

MARKED_AFTER_SECONDS: Final = 0.5
"""What was published and is not marked yet is published again after a kill, and is a repeat then;
so a mark need not be part of every transaction."""

PATIENCE_SECONDS: Final = 60.0
"""Within which the broker brings what the service said before."""

LOGGED_IDS: Final = 20
"""Of a batch, in a line of the log."""

ASK_AGAIN: Final = timedelta(seconds=5)
"""After which the database is asked for deadlines that others may have set."""

FIRST_PUT_OFF: Final = timedelta(minutes=1)
"""Of a deadline whose decision failed as nobody foresaw."""

LONGEST_PUT_OFF: Final = timedelta(hours=1)
"""Pauses double up to it."""

WEIGHT_OF_LATEST: Final = 0.2
"""Of a round, in the mean that says how long rounds take."""

MAX_RECORDS: Final = 1_000
"""In one batch."""

FETCH_BYTES: Final = 8 * 1024 * 1024
"""At most so much is on its way at once from one broker, 1 MiB of it of one partition."""

BATCH_MS: Final = 200
"""How long a request for records waits for the first of them."""

SESSION_MS: Final = 10_000
"""Without a heartbeat, after which the group goes on without a process."""

FIRST_PAUSE: Final = 0.2
"""Seconds before a batch is tried again after a passing fault."""

LONGEST_PAUSE: Final = 5.0
"""Seconds; pauses double up to it."""

SPACING: Final = 1.5
"""How many times as far apart as they take the rounds of a stage are."""

POSITIONS: Final = 4
"""Places that a message names."""

CLAIMED_AT_ONCE: Final = 1_000
"""Deadlines fired in one transaction."""
