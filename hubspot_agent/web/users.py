"""Who may log in: a file with a line for each user, of the name and a salted hash of the password."""

import base64
import hashlib
import hmac
import json
import secrets
from pathlib import Path

from hubspot_agent.errors import CannotStartError
from hubspot_agent.paths import private_file

#: scrypt's cost: 16 MiB and some 50 ms a password (OWASP's password storage cheat sheet: N=2^14 with r=8, p=5).
_COST = {"n": 2**14, "r": 8, "p": 5}

_NAME = "web-users.json"

#: What a password that nobody has is compared with, so that an unknown name takes as long as a known one.
_NOBODY = {"salt": base64.b64encode(bytes(16)).decode(), "hash": base64.b64encode(bytes(32)).decode()}


class Users:
    """The users of a page.

    Args:
        directory: The state directory.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / _NAME

    def __bool__(self) -> bool:
        return bool(self._read())

    def add(self, name: str, password: str) -> None:
        """Add a user, or give one another password, which logs them out everywhere.

        Raises:
            OSError: The file cannot be written.
        """
        salt = secrets.token_bytes(16)
        entry = {"salt": base64.b64encode(salt).decode(), "hash": base64.b64encode(_hash(password, salt)).decode()}
        users = {**self._read(), name: entry}
        new = private_file(self._file.with_suffix(".new"))
        new.write_text(json.dumps(users, indent=1, ensure_ascii=False), encoding="utf-8")
        new.replace(self._file)

    def accepts(self, name: str, password: str) -> bool:
        """Tell whether this is the user's password; as slowly for a name that nobody has."""
        entry = self._read().get(name)
        salt, known = (base64.b64decode((entry or _NOBODY)[part]) for part in ("salt", "hash"))
        return hmac.compare_digest(_hash(password, salt), known) and entry is not None

    def fingerprint(self, name: str) -> str | None:
        """Return what changes with the user's password; `None` of a user there is not."""
        entry = self._read().get(name)
        return hashlib.sha256(entry["hash"].encode()).hexdigest() if entry else None

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            users: dict[str, dict[str, str]] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return users


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=32, maxmem=64 * 2**20, **_COST)


def users_unusable(directory: Path, error: Exception) -> CannotStartError:
    """Return what to say when the file of users cannot be used."""
    return CannotStartError("web_users_unusable", directory=directory, error=type(error).__name__)
