"""Who is logged in: a cookie signed with a key of this server's, which a restart of the server leaves valid."""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hubspot_agent.hubspot.threads import in_pool
from hubspot_agent.paths import private_file
from hubspot_agent.web.users import Users

COOKIE = "hubspot_agent_session"

#: Seconds that a log-in lasts: a working day.
LASTS = 12 * 3600

#: How often one user name may fail to log in within a minute.
ATTEMPTS = 5

#: How many passwords are checked at the same time: each takes a core and 16 MiB.
CHECKS = 2

#: How many log-ins may be under way, of all names.
MAX_CHECKS = 20


class TooManyAttemptsError(Exception):
    """Too many log-ins, under one name within a minute or of all names at once; the password was not looked at."""


class Sessions:
    """Makes and checks the cookies.

    Args:
        directory: The state directory, where the key is kept.
        users: Who may log in.
    """

    def __init__(self, directory: Path, users: Users) -> None:
        self._users = users
        self._attempts: dict[str, deque[float]] = {}
        self._checking = 0
        self._pool = ThreadPoolExecutor(CHECKS, thread_name_prefix="hubspot-agent-log-in")
        file = private_file(directory / "web-key")
        if len(key := file.read_bytes()) < 32:
            key = secrets.token_bytes(32)
            file.write_bytes(key)
        self._key = key

    def cookie(self, name: str) -> str:
        """Return the cookie of a user who has just logged in."""
        until = str(int(time.time()) + LASTS)
        return ".".join((urlsafe_b64encode(name.encode()).decode(), until, self._signature(name, until)))

    def user(self, cookie: str) -> str | None:
        """Return whose cookie this is; `None` when it is nobody's, not ours, too old or of before a new password."""
        try:
            encoded, until, signature = cookie.split(".")
            name = urlsafe_b64decode(encoded).decode()
            fresh = int(until) > time.time()
        except ValueError:
            return None
        genuine = hmac.compare_digest(signature.encode(), self._signature(name, until).encode())
        return name if genuine and fresh and self._users.fingerprint(name) else None

    async def accepts(self, name: str, password: str) -> bool:
        """Tell whether this is the user's password.

        Raises:
            TooManyAttemptsError: Somebody has to wait before the next attempt.
        """
        attempts = self._attempt(name)
        self._checking += 1
        try:
            accepted = await in_pool(self._pool, self._users.accepts, name, password)
        finally:
            self._checking -= 1
        if accepted and attempts:
            attempts.pop()
        return accepted

    def _attempt(self, name: str) -> deque[float]:
        """Count an attempt before it is known to fail, lest others come in meanwhile; return those of the name."""
        if self._checking >= MAX_CHECKS:
            raise TooManyAttemptsError
        if len(self._attempts) > 10_000:  # Names that somebody made up.
            self._attempts.clear()
        attempts = self._attempts.setdefault(name, deque())
        while attempts and attempts[0] < time.monotonic() - 60:
            attempts.popleft()
        if len(attempts) >= ATTEMPTS:
            raise TooManyAttemptsError
        attempts.append(time.monotonic())
        return attempts

    def _signature(self, name: str, until: str) -> str:
        signed = "\n".join((name, until, self._users.fingerprint(name) or ""))
        return hmac.new(self._key, signed.encode(), hashlib.sha256).hexdigest()
