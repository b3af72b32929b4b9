"""Every bound of the desk; those of its rules stand in `domain`."""

from datetime import timedelta
from typing import Final

HASHING_AT_ONCE: Final = 2
"""Passwords hashed at the same time: each takes 64 MiB and a core."""

TOKEN_BYTES: Final = 32
"""Of chance, in whatever opens a door and is told once."""

TOTP_SECRET_BYTES: Final = 20
"""As long as the hash that codes are made with (RFC 4226)."""

PEOPLE_AT_ONCE: Final = 500
"""Persons recorded in one transaction."""

MOST_PEOPLE: Final = 50_000
"""In one file."""

MOST_PEOPLE_BYTES: Final = 16 * 1024 * 1024
"""Of such a file."""

MOST_FAULTS: Final = 50
"""Of a file that are told."""

FORGOTTEN_AT_ONCE: Final = 1_000
"""Sessions, links and failures deleted in one transaction."""

FORGET_SECONDS: Final = 300.0
"""Between two rounds that forget what is over, or count days that are."""

MOST_FIELD_CHARACTERS: Final = 4_000
"""Of one field of a form."""

MOST_FORM_FIELDS: Final = 20
"""Of a form."""

MOST_DEVICE_CHARACTERS: Final = 200
"""Of what a browser says of itself."""

PROVIDER_SECONDS: Final = 10.0
"""Around each question to the identity provider."""

KNOWN_FOR: Final = timedelta(hours=1)
"""How long the provider's description and keys are taken for true."""

KEYS_AGAIN: Final = timedelta(minutes=1)
"""Between two questions for keys: whoever makes keys up must not make us ask each time."""

MOST_TOKEN_CHARACTERS: Final = 64 * 1024
"""Of a token of the provider."""

TOKEN_LEEWAY_SECONDS: Final = 60
"""That its clock may be off."""

LINK_LASTS: Final = timedelta(hours=24)
"""Within which a one-time link is used."""

VISIT_LASTS: Final = timedelta(minutes=10)
"""Within which somebody is back from the identity provider."""

LONGEST_SHIFT: Final = 100
"""Characters of the name of a shift."""

LONGEST_ADDRESS: Final = 2_000
"""Characters of where a sign-in leads on to."""

MOST_SAID_BYTES: Final = 64 * 1024
"""Of a command over HTTP."""

KEY_ID_BYTES: Final = 8
"""Of chance in the id of a token's row."""

TOLD_AT_ONCE: Final = 200
"""States of persons or keys in one transaction, which others wait for."""

COMPARED_AT_ONCE: Final = 500
"""Rows that are compared with what stands on the topic, once at a start."""

TELL_SECONDS: Final = 0.5
"""Between two looks for what is not told; a new key works after about that."""

TELL_SECONDS_AT_MOST: Final = 10.0
"""How long telling holds its rows while the log does not answer."""

PAUSE: Final = 0.1
"""Seconds before what happened is read on: nobody sees a tenth of a second, and a round is dear."""

MOST_AHEAD: Final = 1_000
"""Events of one producer that may be missing before one that is taken."""

AS_OF_SECONDS: Final = 2.0
"""Between two looks at how far what is shown is behind what was told."""

MOST_CASES: Final = 200
"""On one page."""

MOST_PARTIES: Final = 8
"""Parties, or sources, of one reader that are looked through side by side."""

LONGEST_SEARCH: Final = 200
"""Characters of a text that is looked for."""

LONGEST_TERM: Final = 64
"""Characters of one word under which a text is found."""

MOST_TERMS: Final = 2_000
"""Terms of one case."""

MOST_WANTED_TERMS: Final = 20
"""Terms that are looked for at once."""

LOOKED_AT_ONCE: Final = 1_000
"""Rows of one step of a search, some milliseconds: a word in one of twenty cases fills a page."""

FEW_STEPS: Final = 8
"""Steps in which a search should fill a page; where it needs more, they grow."""

SHORTEST_BEGINNING: Final = 3
"""Characters of a word that is looked for as the beginning of one; a shorter one is the whole."""

MOST_USE_BYTES: Final = 4_096
"""Of a record that tells when a key was used."""

SAVE_USES_SECONDS: Final = 5.0
"""Between two looks for such records."""

PASS_HOLDS: Final = timedelta(minutes=5)
"""How long another service relies on what the desk said of a session."""

MOST_COUNTED: Final = 999
"""Cases of a queue that a page counts; from there on it says that there are more."""

EFFECT_SECONDS: Final = 2.0
"""How long a form waits for the notifier's word before its page is shown without."""

EFFECT_LOOKS: Final = 20
"""So often it looks meanwhile."""

MOST_EXPORTED: Final = 100_000
"""Cases in one file: more than anybody reads, and minutes of work."""

EXPORTED_AT_ONCE: Final = 200
"""Cases that are read and written in one step, between which others are answered."""

EXPORTS_AT_ONCE: Final = 2
"""Files that are written at the same time; who comes then waits."""

SENT_AT_ONCE: Final = 256 * 1024
"""Bytes of a file that are in memory while it is sent."""
MOST_BULK: Final = 500
"""Cases of one command for many: a page tells of each that was not taken, and a person reads it."""

BULK_AT_ONCE: Final = 100
"""Of these commands in one portion for the log, after which is kept what was sent."""

BULK_CHOSEN_FOR: Final = timedelta(hours=1)
"""Within which a choice of many cases is confirmed; then it is forgotten."""

BULK_SENT_WITHIN: Final = timedelta(minutes=10)
"""Of the confirmation: a desk that comes up later says so of the rest, and sends nothing."""

BULK_KEPT_FOR: Final = timedelta(days=30)
"""As long as the log keeps what came of it."""

BULK_LEFT_AFTER: Final = timedelta(seconds=15)
"""After which whoever confirmed it does not send it any more, and the sweep does."""

SEND_BULKS_SECONDS: Final = 5.0
"""Between two looks for what is left to be sent."""

MOST_CHOSEN_FIELDS: Final = MOST_CASES + 10
"""Of the form of a list, in which each case is a field."""

PEER_SECONDS: Final = 2.0
"""For which a page waits for what a process of another service says."""

MOST_PEER_BYTES: Final = 256 * 1024
"""Of what it says: `LISTED_AT_ONCE` deliveries are some hundred bytes each."""

MOST_PEERS: Final = 100
"""Processes of which a page shows how they are."""

MOST_SHEET_FIELDS: Final = 400
"""Of the form of a person or a key, which has a box for each role, party and source."""

LISTED_AT_ONCE: Final = 100
"""People, keys or sessions on one page of an administrator's."""

MOST_ENTRIES: Final = 50
"""Of what was done, on one page."""

MOST_TOKENS: Final = 20
"""Of one key on its page, the newest."""

CHANGES_KEPT: Final = 500
"""Transactions of a lane of which it is kept what they changed: a minute of a busy city."""

MOST_CHANGES: Final = 500
"""Cases that changed between two looks; of more it is told that everything may have."""

FOLLOW_SECONDS: Final = 0.2
"""Between two looks at what changed, while anybody listens."""

MOST_PAST: Final = 2_000
"""Changes that a process can tell once more to who lost the connection."""

MOST_WAITING: Final = 200
"""Changes that wait for a slow reader; of more it hears that everything may have changed."""

BEAT_SECONDS: Final = 15.0
"""After which a stream that has nothing to tell says that it is there."""

MOST_STREAMS: Final = 1_000
"""Of one process."""

MOST_OF_A_SESSION: Final = 4
"""Streams: a browser has one, and another while the first is not known to be gone."""

MOST_OF_AN_ADDRESS: Final = 600
"""Streams: a whole office may stand behind one address."""

OPENED_A_SECOND: Final = 0.5
"""Streams of one session, for as long as it likes."""

OPENED_AT_ONCE: Final = 20
"""The same, of a session that opened none before."""

SESSIONS_SECONDS: Final = 3.0
"""Between two looks whether the sessions of all streams last."""

RETRY_MS: Final = 1_500
"""Before a browser comes again to a stream that broke, and up to as long again: not all at once."""

LOOK_LASTS: Final = timedelta(seconds=60)
"""How long somebody looks at a case of whose browser nothing more is heard."""

MOST_LOOKERS: Final = 5
"""Who are named on a case."""

MOST_COMPARED: Final = 200
"""Open cases around one, the newest, that it is compared with to show which are similar."""

MOST_SIMILAR: Final = 6
"""Of them that its page shows."""

MOST_ENDED: Final = timedelta(days=31)
"""Of which a list of cases by their end may be: all that ended then are put in order."""

DAYS_BEFORE: Final = 14
"""Days that today is compared with."""
RATED_DAYS: Final = 30
"""Of which it is shown how satisfied reporters are, today included."""
OLDEST_SHOWN: Final = 5
"""Open cases that were registered first, at a glance."""

MOST_AT_ADDRESS: Final = 20
"""Open cases that name an address, which a report is compared with as well."""

MOST_MERGES: Final = 8
"""Cases, each merged into the next, that are gone through to find what became of a report."""

MOST_FILE_BYTES: Final = 10 * 1024 * 1024
"""Of one photo or paper, as it is brought."""

MOST_FILES: Final = 10
"""In one request."""

MOST_FILES_BYTES: Final = 32 * 1024 * 1024
"""Of one request that brings files: some photos of a phone."""

FILES_SECONDS: Final = 45.0
"""Within which they have come; a whole request has 60, and opening them takes some."""

FILES_AT_ONCE: Final = 8
"""Requests whose files are read at the same time: they wait in the folder of temporary files."""

MOST_OF_A_CASE: Final = 100
"""Files of one case."""
MOST_BYTES_OF_A_CASE: Final = 256 * 1024 * 1024
"""Of what is kept of them."""

BY_ONE_WITHIN: Final = timedelta(days=1)
"""In which what one person, or key, brings is counted."""

MOST_BY_ONE: Final = 500
"""Files that one person, or key, brings within that time."""
MOST_BYTES_BY_ONE: Final = 1024 * 1024 * 1024
"""Of what is kept of these."""

FILE_LINK_SECONDS: Final = 3_600
"""How long the link to a file holds at least; at most twice that, so that a browser may keep it."""

TAKEN_AWAY_FOR: Final = timedelta(days=1)
"""After which a file that was taken away is gone: no answer that names it is on its way so long."""
TAKEN_AWAY_AT_ONCE: Final = 100
"""Of them that are looked at in one round."""
BYTES_UNUSED_FOR: Final = timedelta(hours=1)
"""That nobody brought, before they go: those of a request have no row before its end."""
