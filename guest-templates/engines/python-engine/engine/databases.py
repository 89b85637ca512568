"""Random numbers of SQLite. Here it knows no source but the clock's seconds, so that two instances would have the same."""

import os
import sqlite3
import sqlite3.dbapi2


class Connection(sqlite3.Connection):
    """A connection whose `random()` and `randomblob()` are random."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.create_function("random", 0, _number)
        self.create_function("randomblob", 1, _blob)


Connection.__module__ = "sqlite3"
_connect = sqlite3.connect


def connect(database, *arguments, **named):
    """Opens a database, as `sqlite3.connect` does."""
    if len(arguments) < 5:
        named.setdefault("factory", Connection)
    return _connect(database, *arguments, **named)


def install():
    """Makes these connections the usual ones."""
    for module in (sqlite3, sqlite3.dbapi2):
        module.Connection, module.connect = Connection, connect


def _number():
    return int.from_bytes(os.urandom(8), "little", signed=True)


def _blob(size):
    return os.urandom(max(1, size) if isinstance(size, int) else 1)
