"""The key with which a server seals what approval and undo rely on: set, or made once and kept where no client is."""

import logging
import os
import secrets
from functools import cache
from pathlib import Path

from pydantic import SecretStr

from hubspot_agent.paths import default_state_directory, private_file
from hubspot_agent.settings import SIGNING_KEY_LENGTH, Settings

logger = logging.getLogger("hubspot_agent.server")

#: Seconds that PostgreSQL may take to accept a connection.
CONNECT_TIMEOUT_S = 10

_TABLE = "hubspot_agent_signing_key"
_CREATE_TABLE = f"CREATE TABLE IF NOT EXISTS {_TABLE} (one BOOLEAN PRIMARY KEY CHECK (one), key TEXT NOT NULL)"


class SigningKeyError(RuntimeError):
    """The signing key cannot be had from where it is kept."""


@cache
def server_settings() -> Settings:
    """Return the settings of a server: those of the environment and the ``.env`` file, and a signing key in any case.

    Unset, the key is kept in the PostgreSQL that all instances share, or else in the state directory. A server that
    can keep it nowhere says so in its log: what waits for approval, or can be undone, is lost when it ends.

    Raises:
        SigningKeyError: PostgreSQL does not answer, or the file is damaged.
    """
    settings = Settings()
    if settings.signing_key:
        return settings
    if settings.database_url:
        key = _key_in_database(settings.database_url.get_secret_value())
    else:
        key = _key_in_file(default_state_directory() / "signing-key")
    return settings.model_copy(update={"signing_key": SecretStr(key)})


def _key_in_database(url: str) -> str:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            # Two servers that create a table at once would trip over each other in PostgreSQL's catalogue.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (_TABLE,))
            connection.execute(_CREATE_TABLE)
            insert = f"INSERT INTO {_TABLE} VALUES (true, %s) ON CONFLICT (one) DO NOTHING"  # noqa: S608
            connection.execute(insert, (_new_key(),))
            rows = connection.execute(f"SELECT key FROM {_TABLE}").fetchall()  # noqa: S608
            return str(rows[0][0])
    except psycopg.Error as error:
        error_type = type(error).__name__  # Its words may hold the password.
    raise SigningKeyError(
        f"The signing key could not be read from PostgreSQL ({error_type}): check DATABASE_URL, and that PostgreSQL "
        "answers and lets this user create a table; or set HUBSPOT_AGENT_SIGNING_KEY."
    )


def _key_in_file(file: Path) -> str:
    try:
        if not file.exists():
            _make(file)
        key = file.read_text().strip()
    except OSError as error:
        logger.error(
            "The signing key cannot be kept: %s. Give XDG_STATE_HOME a directory, or set HUBSPOT_AGENT_SIGNING_KEY. "
            "Until then what waits for approval, or can be undone, is lost when this server ends.",
            type(error).__name__,
        )
        return _new_key()
    if len(key) < SIGNING_KEY_LENGTH:
        raise SigningKeyError("The file signing-key in the state directory holds no key. Remove it, and start again.")
    return key


def _make(file: Path) -> None:
    """Make the file with a key in it, whole or not at all, and leave one that another process has made meanwhile."""
    made = private_file(file.with_name(f"{file.name}.{secrets.token_hex(8)}"))
    try:
        made.write_text(_new_key())
        os.link(made, file)
    except FileExistsError:
        pass
    finally:
        made.unlink()


def _new_key() -> str:
    return secrets.token_urlsafe(SIGNING_KEY_LENGTH)
