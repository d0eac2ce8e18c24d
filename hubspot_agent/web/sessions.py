"""Who is logged in: a cookie signed with a key of this server's, which a restart of the server leaves valid."""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from pathlib import Path

from hubspot_agent.trouble import private_file
from hubspot_agent.web.users import Users

COOKIE = "hubspot_agent_session"

#: Seconds that a log-in lasts: a working day.
LASTS = 12 * 3600

#: How often one user name may fail to log in within a minute.
ATTEMPTS = 5


class Sessions:
    """Makes and checks the cookies.

    Args:
        directory: The state directory, where the key is kept.
        users: Who may log in.
    """

    def __init__(self, directory: Path, users: Users) -> None:
        self._users = users
        self._failed: dict[str, deque[float]] = {}
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

    def may_try(self, name: str) -> bool:
        """Tell whether someone may try to log in under this name now."""
        failed = self._failed.get(name, deque())
        while failed and failed[0] < time.monotonic() - 60:
            failed.popleft()
        return len(failed) < ATTEMPTS

    def failed(self, name: str) -> None:
        """Note an attempt that failed."""
        if len(self._failed) > 10_000:  # Names that somebody made up.
            self._failed.clear()
        self._failed.setdefault(name, deque()).append(time.monotonic())

    def _signature(self, name: str, until: str) -> str:
        signed = "\n".join((name, until, self._users.fingerprint(name) or ""))
        return hmac.new(self._key, signed.encode(), hashlib.sha256).hexdigest()
