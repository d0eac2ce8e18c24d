"""The public keys that tokens are signed for, by key id: a JSON Web Key Set (RFC 7517) in three places."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from jwt import PyJWK, PyJWKClient, PyJWKSet
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWTError

from hubspot_agent.server.loopback import is_loopback

#: Signatures with a private key. A shared secret (HS256) would let every server that checks tokens make them.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
)

#: Seconds that an issuer may take to send its keys, and after which they are asked for again.
_TIMEOUT, _LIFESPAN = 5, 300

FindKey = Callable[[str], PyJWK | None]


class KeysUnusableError(Exception):
    """There are no keys to check a token with. Its text says why, and holds nothing of the keys."""


def key_finder(setting: str) -> FindKey:
    """Return what finds a public key by its id, and `None` for an id that is not listed.

    Whatever the form, nothing is read before the first question, and a set that cannot be used raises
    `KeysUnusableError` then: nobody is let in by keys that were taken back.

    Args:
        setting: The key set itself, as JSON; the URL of an issuer's, asked again every five minutes and,
            at most every half minute, for a key id it did not list; or the path of a file with one, read
            again when it changes.
    """
    if setting.lstrip().startswith("{"):
        return lambda key_id: _keys_in(setting).get(key_id)
    if "://" in setting:
        return _Issuer(setting).find
    return _KeyFile(Path(setting)).find


class _KeyFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[object, dict[str, PyJWK]] = None, {}

    def find(self, key_id: str) -> PyJWK | None:
        try:
            found = self._path.stat()
            state = found.st_mtime_ns, found.st_size, found.st_ino
            if state != self._read[0]:
                self._read = state, _keys_in(self._path.read_text(encoding="utf-8"))
        except OSError as error:
            raise KeysUnusableError(f"the file cannot be read: {error.strerror}") from None
        return self._read[1].get(key_id)


class _Issuer:
    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._client: PyJWKClient | None = None

    def find(self, key_id: str) -> PyJWK | None:
        if self._client is None:
            if self._url.scheme != "https" and not is_loopback(self._url.hostname):
                raise KeysUnusableError("their URL must begin with https://")
            self._client = PyJWKClient(self._url.geturl(), timeout=_TIMEOUT, lifespan=_LIFESPAN)
        try:
            key = self._client.get_signing_key(key_id)
        except PyJWKClientConnectionError:
            raise KeysUnusableError("their issuer does not answer") from None
        except PyJWKClientError:
            return None
        except (ValueError, PyJWTError) as error:
            raise KeysUnusableError(f"their issuer sent no usable key set: {type(error).__name__}") from None
        return key if key.algorithm_name in ALGORITHMS else None


def _keys_in(text: str) -> dict[str, PyJWK]:
    try:
        # Whoever can read a private key that is listed by mistake could sign with it.
        listed = [each for each in json.loads(text)["keys"] if "d" not in each and each.get("use", "sig") == "sig"]
        keys = PyJWKSet(listed).keys
    except (ValueError, LookupError, TypeError, AttributeError, PyJWTError) as error:
        raise KeysUnusableError(f"this is no set of public keys: {type(error).__name__}") from None
    usable = {key.key_id: key for key in keys if key.key_id and key.algorithm_name in ALGORITHMS}
    if not usable:
        raise KeysUnusableError(f"no key has an id (kid) and one of the algorithms {', '.join(sorted(ALGORITHMS))}")
    return usable
