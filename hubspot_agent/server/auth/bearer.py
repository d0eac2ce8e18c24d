"""Signed tokens: JSON Web Tokens (RFC 7519) that name who is chatting."""

import logging
from collections.abc import Callable

import jwt
from jwt import exceptions

from hubspot_agent.server.auth.keys import FindKey, KeysUnusableError, key_finder
from hubspot_agent.server.auth.refusal import RefusedError
from hubspot_agent.settings import Settings
from hubspot_agent.state import ANONYMOUS

logger = logging.getLogger("hubspot_agent.access")

#: Seconds by which the clocks of issuer and server may differ.
LEEWAY = 10

#: How long a user's name may be.
MAX_NAME = 255

#: What the operator is told; the first that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ExpiredSignatureError, "expired"),
    (exceptions.ImmatureSignatureError, "not_yet_valid"),
    (exceptions.InvalidIssuerError, "issuer"),
    (exceptions.InvalidAudienceError, "audience"),
    (exceptions.InvalidAlgorithmError, "algorithm"),
    (exceptions.InvalidSignatureError, "signature"),
    (exceptions.MissingRequiredClaimError, "claim_missing"),
)


def is_user_name(name: str) -> bool:
    """Tell whether a token may name its user so: 1 to 255 printable characters, and not "anonymous"."""
    return bool(name.strip()) and name != ANONYMOUS and len(name) <= MAX_NAME and name.isprintable()


def token_check(settings: Settings) -> Callable[[str], str]:
    """Return what names the user of a token, or raises `RefusedError`.

    A token must be signed with a listed key and that key's own algorithm, and carry `exp` and `sub`, the
    user's name. `nbf` and `iat` are kept, `iss` and `aud` must be as the settings say; a token for some
    audience is refused where none is set (RFC 7519, section 4.1.3).

    Args:
        settings: The keys, and issuer and audience if they matter.
    """
    find = key_finder(settings.jwt_keys or "")

    def user_of(token: str) -> str:
        try:
            key = _key_of(token, find)
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=settings.jwt_issuer,
                audience=settings.jwt_audience,
                leeway=LEEWAY,
                options={"require": ["exp", "sub"]},
            )
        except exceptions.PyJWTError as error:
            reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
            raise RefusedError(next(reasons, "malformed")) from None
        except KeysUnusableError as error:
            logger.error("HUBSPOT_AGENT_JWT_KEYS cannot be used: %s.", error)
            raise RefusedError("keys_unusable") from None
        user: str = claims["sub"]
        if not is_user_name(user):
            raise RefusedError("subject")
        return user

    return user_of


def _key_of(token: str, find: FindKey) -> jwt.PyJWK:
    key_id = jwt.get_unverified_header(token).get("kid")
    if not key_id:
        raise RefusedError("key_id_missing")
    key = find(key_id)
    if key is None:
        raise RefusedError("unknown_key")
    return key
