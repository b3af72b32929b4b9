"""Which of a database's errors pass by themselves: the rest are bugs and must be loud.

Told apart by the engines' own codes: the drivers' classes say too little (asyncpg's errors arrive
as a bare DBAPIError) or too much (SQLite says OperationalError also for a missing table).
"""

import sqlite3
from enum import Enum, auto
from socket import gaierror
from ssl import SSLCertVerificationError
from typing import Final

from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from services.kit.traces import said_by

_PASSING_CLASSES: Final = {
    "08",  # the connection failed or is gone
    "40",  # rolled back by the server: deadlock, serialization failure
    "53",  # no memory, disk or connection left
}
_PASSING_STATES: Final = {
    "25006",  # read only: a standby, or the server before a failover
    "25P03",  # idle in a transaction for too long: this process was paused
    "55006",  # in use, such as a database that is just being copied
    "55P03",  # a lock was not to be had in time
    "57014",  # a statement was cancelled: too slow now
    "57P01",  # shut down by the administrator
    "57P02",  # shut down by a crash of another backend
    "57P03",  # starting up, shutting down, recovering
    "57P04",  # the database is gone: it is just being replaced by a copy
    "57P05",  # idle for too long
}
_ENDED_STATES: Final = {"25006", "25P03", "57P01", "57P02", "57P03", "57P04", "57P05"}
"""Where only another session can help: this one was ended, or is with a server that only reads."""
_PASSING_SQLITE: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
}
_OF_A_ROW: Final = (
    "21",  # rows where one was expected
    "22",  # data that does not fit
    "23",  # a constraint
    "54",  # too large for the server
)
_OF_A_ROW_SQLITE: Final = {
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_RANGE,
}
_PRIMARY_CODE: Final = 0xFF
_REFUSALS: Final = ("28", "3D")
"""Classes of what a server says to somebody it does not let in: who he is, what he asks for."""


class Rule(Enum):
    """A rule of a table that is broken when two work at the same thing at once."""

    NEVER_NULL = auto()
    NO_DOUBLES = auto()


_RULES: Final = {"23502": Rule.NEVER_NULL, "23505": Rule.NO_DOUBLES}
_RULES_SQLITE: Final = {
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: Rule.NEVER_NULL,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Rule.NO_DOUBLES,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Rule.NO_DOUBLES,
}


class DatabaseAway(Exception):
    """The database does not serve now; the same work may succeed when it is tried again."""


class DatabaseRefused(Exception):
    """The server lets nobody in under this URL; the message has its reason."""


def is_refusal(error: BaseException) -> bool:
    """Tell whether nobody gets in: wrong password, no such role or database, no trust.

    asyncpg says by a class of its own that what it was told of TLS cannot be used.
    """
    found = _raised_first(error)
    if isinstance(found, SSLCertVerificationError):
        return True
    is_unusable = "ClientConfigurationError" in {kind.__name__ for kind in type(found).__mro__}
    return is_unusable or str(getattr(found, "sqlstate", "")).startswith(_REFUSALS)


def is_of_the_session(error: BaseException) -> bool:
    """Tell whether every later statement of the same PostgreSQL session would meet this as well."""
    return getattr(_raised_first(error), "sqlstate", None) in _ENDED_STATES


def is_passing(error: BaseException) -> bool:
    """Tell whether the work that met this error may succeed when it is tried again."""
    match error:
        case DBAPIError():
            return error.connection_invalidated or _is_passing_cause(error.orig)
        case NoConnectionFree() | DisconnectionError() | TimeoutError():
            return True
        case OSError():
            return _is_of_the_network(error)
        case _:
            return _is_passing_cause(error)


def may_be_of_a_row(error: BaseException) -> bool:
    """Tell whether what failed may have failed for the sake of one row and its values.

    A table that is missing, a right that was taken away or no memory fail whatever the row is.
    """
    if isinstance(error, MemoryError):
        return False
    if not isinstance(error, DBAPIError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_OF_A_ROW)
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & _PRIMARY_CODE in _OF_A_ROW_SQLITE


def broken_rule(error: BaseException) -> tuple[Rule, str] | None:
    """Return which of a table's rules a row would have broken, and the table; None for others."""
    found = _raised_first(error)
    driver = found.__cause__ or found
    if (rule := _RULES.get(getattr(driver, "sqlstate", ""))) is not None:
        return rule, str(getattr(driver, "table_name", ""))
    if (rule := _RULES_SQLITE.get(getattr(found, "sqlite_errorcode", 0))) is not None:
        # Such as: NOT NULL constraint failed: lane.epoch
        return rule, str(found).rpartition("failed: ")[2].partition(".")[0]
    return None


def cause_of(error: BaseException) -> str:
    """Return an error in one line, without the statement it stopped and what was in it."""
    found = _raised_first(error)
    line = " ".join(said_by(found).split())
    return line or type(found).__name__


def _raised_first(error: BaseException) -> BaseException:
    """Return the driver's own error, where SQLAlchemy wrapped one."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _is_passing_cause(error: BaseException | None) -> bool:
    """Judge a driver's own error, or SQLAlchemy's copy of it with the original behind."""
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return state in _PASSING_STATES or state[:2] in _PASSING_CLASSES
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return code & _PRIMARY_CODE in _PASSING_SQLITE
    return _lost_its_connection(error)


def _is_of_the_network(error: OSError) -> bool:
    """Tell a server out of reach from, say, a missing file; asyncio says plain OSError too."""
    return type(error) is OSError or isinstance(error, ConnectionError | gaierror)


def _lost_its_connection(error: BaseException | None) -> bool:
    """Tell whether asyncpg, or uvloop below it, refused because the connection is closed."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if "InterfaceError" in names:
        return "clos" in str(error)
    return isinstance(error, RuntimeError) and str(error).endswith("the handler is closed")
