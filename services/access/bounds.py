"""Every size, pause and limit of proving who somebody is."""

from typing import Final

TOKEN_CHARACTERS: Final = 37
"""Of chance in a token, each one of 62: 220 bits."""

MOST_TOKEN_CHARACTERS: Final = 256
"""Of what is brought as a token; ours are shorter, and no longer one is looked at."""

SECRET_BYTES: Final = 32
"""Of chance in an installation's secret that is made."""

CHECKSUM_CHARACTERS: Final = 6
"""Of a token: 32 bits, each character one of 62."""

MOST_STATE_BYTES: Final = 64 * 1024
"""Of a record that says who may come in."""

POLL_MS: Final = 200
"""How long one look for new states waits."""

RETRY_SECONDS: Final = 2.0
"""Before a reader that lost the broker begins anew."""

READ_SECONDS: Final = 60.0
"""Within which the next states come while a service starts."""

REQUESTS_A_SECOND: Final = 200.0
"""Of one key or person, for as long as they like; a report may bring hundreds with one."""

REQUESTS_AT_ONCE: Final = 2_000
"""Of one key or person that asked nothing before."""

STRANGERS_A_SECOND: Final = 5.0
"""Requests from one address that prove nobody."""

STRANGERS_AT_ONCE: Final = 100
"""The same, from an address that was silent before."""

SAME_REFUSED_KEY_SECONDS: Final = 60.0
"""Between two lines of the log about one refused key from one network."""

REFUSED_KEYS_A_SECOND: Final = 0.2
"""Lines about refused keys, of whomever: 17,000 a day at most."""

REFUSED_KEYS_AT_ONCE: Final = 20
"""The same, after a while without any."""

TELL_USES_SECONDS: Final = 5.0
"""Between two looks for keys whose use today is not told."""

MOST_CALLERS: Final = 20_000
"""Keys, persons and addresses whose pace is remembered; beyond it those that are slow enough go."""

MOST_PASS_CHARACTERS: Final = 6_000
"""Of a pass; a head has room for more."""

REPORT_MARK_BYTES: Final = 16
"""Of the HMAC in the link to a report: nobody guesses 128 bits at the pace of strangers."""

MOST_REPORT_TOKEN_CHARACTERS: Final = 100
"""Of what is looked at where a report's token stands."""

REFERENCE_MARK_CHARACTERS: Final = 40
"""Of what shows that the desk made a reference to a file: 160 bits."""
