"""`hubspot-agent token`: a signed token for a server of one's own, and the key to check it with."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hubspot_agent.cli.common import load_settings
from hubspot_agent.errors import CannotStartError
from hubspot_agent.paths import private_file
from hubspot_agent.texts import Language, Texts, text

if TYPE_CHECKING:
    from hubspot_agent.settings import Settings

HELP = "make a signed token for a server of your own"
EXTRA = "access"

#: What the two files of the state directory hold: the private key, and the public keys for the server.
SIGNING_KEY, PUBLIC_KEYS = "signing-key.json", "keys.json"

#: The longest that a token is valid, in hours: a year, for it alone cannot be called back.
MAX_HOURS = 8760


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom the token is for, and how long, to `parser`."""
    parser.description = (
        "Print a signed token for a user of a server (Authorization: Bearer ...). The first makes a key "
        "to sign with, and the file of public keys for the server's HUBSPOT_AGENT_JWT_KEYS."
    )
    parser.add_argument("user", metavar="NAME", help="who will be chatting")
    parser.add_argument("--hours", type=_hours, default=12, help="how long it is valid; default: %(default)s")
    parser.add_argument("--new-key", action="store_true", help="sign with a new key; the server knows the old ones too")


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Print a token; raises as `token` does."""
    return token(options, texts.language, load_settings())


def token(options: argparse.Namespace, language: Language, settings: "Settings") -> int:
    """Print a token that `options` describe, make the keys at the first, and return the exit status 0.

    Raises:
        CannotStartError: No server would take the user's name, or the keys cannot be read or kept.
    """
    import jwt

    from hubspot_agent.server.auth.bearer import MAX_NAME, is_user_name

    if not is_user_name(options.user):
        raise CannotStartError("token_name_wrong", most=MAX_NAME)
    directory: Path = options.state_dir
    try:
        key = _signing_key(directory, new=options.new_key)
    except (OSError, ValueError, LookupError, jwt.PyJWTError) as error:
        raise CannotStartError("keys_unusable", directory=directory, error=type(error).__name__) from error
    now = datetime.now(UTC)
    claims: dict[str, Any] = {"sub": options.user, "iat": now, "exp": now + timedelta(hours=options.hours)}
    claims |= {"iss": settings.jwt_issuer} if settings.jwt_issuer else {}
    claims |= {"aud": settings.jwt_audience} if settings.jwt_audience else {}
    print(text("terminal.token_keys", language, file=directory / PUBLIC_KEYS), file=sys.stderr)
    print(jwt.encode(claims, key, algorithm=key.algorithm_name, headers={"kid": key.key_id}))
    return 0


def _hours(typed: str) -> float:
    try:
        hours = float(typed)
    except ValueError:
        hours = 0
    if not 0 < hours <= MAX_HOURS:
        raise argparse.ArgumentTypeError(f"more than 0 and at most {MAX_HOURS} hours, not {typed!r}")
    return hours


def _signing_key(directory: Path, *, new: bool) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from jwt import PyJWK
    from jwt.algorithms import OKPAlgorithm

    private, public = directory / SIGNING_KEY, directory / PUBLIC_KEYS
    if new or not private.exists():
        made = Ed25519PrivateKey.generate()
        names = {"kid": uuid4().hex[:8], "alg": "EdDSA", "use": "sig"}
        listed = json.loads(public.read_text(encoding="utf-8"))["keys"] if public.exists() else []
        listed.append(OKPAlgorithm.to_jwk(made.public_key(), as_dict=True) | names)
        private_file(public).write_text(json.dumps({"keys": listed}, indent=2) + "\n", encoding="utf-8")
        private_file(private).write_text(json.dumps(OKPAlgorithm.to_jwk(made, as_dict=True) | names), encoding="utf-8")
    return PyJWK.from_json(private.read_text(encoding="utf-8"))
