"""Where a rate limit is kept when several processes share it: a SQLite file, PostgreSQL or Redis.

pyrate-limiter brings the store for Redis; those for databases are here. Its own buckets for databases keep no
reservations, so that whoever waits has to ask again and again.
"""

import importlib
import sqlite3
from threading import Lock
from typing import Any

from pyrate_limiter import Decision, Rate, RedisStateStore, StateAlgorithm, StateStore, WallClock
from pyrate_limiter.abstracts.algorithm import State

from hubspot_agent.hubspot.errors import NotConfiguredError

#: A reservation further ahead than any request would wait comes from a clock that was wrong.
_FORGET_AFTER_MS = 600_000
#: A store that does not answer by then counts as away.
_TIMEOUT_S = 2.0
_CREATE_TABLE = "CREATE TABLE IF NOT EXISTS hubspot_rate_limits (name TEXT PRIMARY KEY, state TEXT NOT NULL)"


def shared_store(place: str, name: str) -> StateStore:
    """Return the store in `place` for the limit called `name`.

    Args:
        place: The path of a SQLite file, or a URL that begins with redis://, rediss:// or postgresql://.
        name: What tells this limit from others in the same place.

    Raises:
        NotConfiguredError: The place cannot be used, or the package for its kind is not installed.
    """
    scheme = place.partition("://")[0]
    try:
        if scheme in ("redis", "rediss"):
            client = _package("redis").Redis.from_url(
                place, socket_connect_timeout=_TIMEOUT_S, socket_timeout=_TIMEOUT_S, retry=None
            )
            return RedisStateStore(client, name, ttl_ms=_FORGET_AFTER_MS)
        if scheme in ("postgresql", "postgres"):
            # A pool would go on trying for half a minute before it says that nobody is there.
            _package("psycopg").connect(place, connect_timeout=10).close()
            pool = _package("psycopg_pool").ConnectionPool(place, min_size=1, max_size=2, open=True)
            return PostgresStateStore(pool, name)
        return SQLiteStateStore(place, name)
    except NotConfiguredError:
        raise
    except Exception as error:  # whatever the place's driver raises, with a password in its text perhaps
        kind = type(error).__name__
    raise NotConfiguredError(
        f"The place for the shared limits cannot be used ({kind}).",
        fix="Give a SQLite file in a folder that exists, or the URL of a reachable PostgreSQL or Redis server.",
    )


class _DatabaseStore(StateStore):
    """Keeps the state as one row of text."""

    default_clock = WallClock()

    def read(self, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        """Not offered: nothing here reports."""
        raise NotImplementedError

    def reset(self) -> None:
        """Not offered: nobody may forget what others reserved."""
        raise NotImplementedError

    @staticmethod
    def _step(
        algorithm: StateAlgorithm, rates: list[Rate], row: tuple[str] | None, now: int, weight: int
    ) -> tuple[str, Decision]:
        state = algorithm.decode(row[0].split()) if row and row[0] else algorithm.initial(rates)
        if any(value > (now + _FORGET_AFTER_MS) * 1000 for value in state):
            state = algorithm.initial(rates)
        state, decision = algorithm.step(rates, state, now, weight)
        return " ".join(str(number) for number in state), decision


class SQLiteStateStore(_DatabaseStore):
    """The limit in a SQLite file, which the processes of one machine share.

    Args:
        path: The file; made when it does not exist.
        name: The row.
    """

    def __init__(self, path: str, name: str) -> None:
        self._name = name
        self._lock = Lock()
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(_CREATE_TABLE)

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:
        """Apply the algorithm to the stored state within one transaction."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                row = self._connection.execute(
                    "SELECT state FROM hubspot_rate_limits WHERE name = ?", (self._name,)
                ).fetchone()
                state, decision = self._step(algorithm, rates, row, now, weight)
                if row != (state,):
                    self._connection.execute(
                        "INSERT INTO hubspot_rate_limits VALUES (?, ?)"
                        " ON CONFLICT (name) DO UPDATE SET state = excluded.state",
                        (self._name, state),
                    )
            finally:
                self._connection.execute("COMMIT")
            return decision

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


class PostgresStateStore(_DatabaseStore):
    """The limit in PostgreSQL, which processes of several machines share.

    Args:
        pool: A `psycopg_pool.ConnectionPool`, closed with this store.
        name: The row.
    """

    def __init__(self, pool: Any, name: str) -> None:
        self._pool = pool
        self._name = name
        with pool.connection() as connection:
            # Two processes that create a table at once would trip over each other in PostgreSQL's catalogue.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('hubspot_rate_limits'))")
            connection.execute(_CREATE_TABLE)
            connection.execute("INSERT INTO hubspot_rate_limits VALUES (%s, '') ON CONFLICT (name) DO NOTHING", (name,))

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:
        """Apply the algorithm to the stored state within one transaction that holds the row."""
        with self._pool.connection(timeout=_TIMEOUT_S) as connection:
            row = connection.execute(
                "SELECT state FROM hubspot_rate_limits WHERE name = %s FOR UPDATE", (self._name,)
            ).fetchone()
            state, decision = self._step(algorithm, rates, row, now, weight)
            if row != (state,):
                connection.execute("UPDATE hubspot_rate_limits SET state = %s WHERE name = %s", (state, self._name))
            return decision

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        install = dict.fromkeys(("psycopg", "psycopg_pool"), "psycopg[binary,pool]").get(name, name)
        raise NotConfiguredError(
            f"Sharing the limits there needs the package {name}.", fix=f'Run: pip install "{install}"'
        ) from None
