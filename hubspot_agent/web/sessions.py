"""Who is logged in. A browser has a random token, of which the database knows the hash; logging out forgets it."""

import secrets
import time
from hashlib import sha256

from hubspot_agent.web.database import Tables
from hubspot_agent.web.identity import User

#: Seconds that a log-in lasts: a working day.
SESSION_LIFETIME_S = 12 * 3600


class Sessions:
    """The log-ins of a page; one process serves them.

    Args:
        tables: Where they are kept, so that a restart of the server leaves them valid.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._users: dict[str, tuple[User, float]] = {}

    async def load(self) -> None:
        """Read the log-ins that an earlier process left, and forget those that have ended."""
        await self._tables.execute("DELETE FROM page_sessions WHERE ends_at < %s", time.time())
        for token, *user, ends_at in await self._tables.fetch(
            "SELECT token, user_id, user_name, ends_at FROM page_sessions"
        ):
            self._users[token] = User(*user), ends_at

    async def log_in(self, user: User) -> str:
        """Begin a session and return its token."""
        token, ends_at = secrets.token_urlsafe(32), time.time() + SESSION_LIFETIME_S
        statement = "INSERT INTO page_sessions (token, user_id, user_name, ends_at) VALUES (%s, %s, %s, %s)"
        await self._tables.execute(statement, _hashed(token), user.id, user.name, ends_at)
        self._users[_hashed(token)] = user, ends_at
        return token

    async def log_out(self, token: str) -> None:
        """End a session."""
        self._users.pop(_hashed(token), None)
        await self._tables.execute("DELETE FROM page_sessions WHERE token = %s", _hashed(token))

    def user(self, token: str | None) -> User | None:
        """Return whose token this is; `None` when it is nobody's, or its session has ended."""
        user, ends_at = self._users.get(_hashed(token or ""), (None, 0.0))
        return user if ends_at > time.time() else None


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
