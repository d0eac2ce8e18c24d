"""Signed tokens: JSON Web Tokens (RFC 7519) that name who is chatting, verified with the keys of their issuer."""

import logging
from urllib.parse import urlsplit

import jwt
from jwt import exceptions

from hubspot_agent.server.auth.errors import UnauthorizedError
from hubspot_agent.server.loopback import is_loopback
from hubspot_agent.state import ANONYMOUS

logger = logging.getLogger("hubspot_agent.server.auth")

#: Signatures with a private key. A shared secret (HS256) would let every server that verifies tokens make them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

#: Seconds that the issuer may take to send its keys.
JWKS_TIMEOUT_S = 5

#: Seconds after which the keys are fetched again, so that one that was taken back is refused.
JWKS_MAX_AGE_S = 300

#: Seconds between two fetches for keys that are not listed, however many tokens name such a key.
JWKS_COOLDOWN_S = 30

#: Seconds by which the clocks of issuer and server may differ.
CLOCK_SKEW_S = 10

#: How long an RSA key must be, in bits (NIST SP 800-131A).
MIN_RSA_BITS = 2048

#: How long a user's name may be, in characters.
MAX_USER_NAME_LENGTH = 255

#: What the operator is told; the first that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ExpiredSignatureError, "expired"),
    (exceptions.ImmatureSignatureError, "not_yet_valid"),
    (exceptions.InvalidIssuerError, "issuer"),
    (exceptions.InvalidAudienceError, "audience"),
    (exceptions.InvalidAlgorithmError, "algorithm"),
    (exceptions.InvalidSignatureError, "signature"),
    (exceptions.InvalidKeyError, "key_too_short"),
    (exceptions.MissingRequiredClaimError, "claim_missing"),
)


def jwks_client(url: str) -> jwt.PyJWKClient:
    """Return what fetches and keeps an issuer's public keys; nothing is fetched before the first token.

    Args:
        url: The issuer's JSON Web Key Set (RFC 7517): ``https``, or ``http`` on this machine.

    Raises:
        ValueError: `url` is neither.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("Set HUBSPOT_AGENT_JWKS_URL to an address that begins with https://.")
    return jwt.PyJWKClient(url, timeout=JWKS_TIMEOUT_S, lifespan=JWKS_MAX_AGE_S, cooldown_duration=JWKS_COOLDOWN_S)


class TokenVerifier:
    """Names the user of a signed token.

    A token must be signed with a listed key of at least 2,048 bits (RSA) and that key's own algorithm, and carry
    `exp` and `sub`, the user's name. `nbf` and `iat` are kept, `iss` and `aud` must be as given; a token for some
    audience is refused where none is given (RFC 7519, section 4.1.3).

    Args:
        jwks: The issuer's public keys.
        issuer: Who must have issued a token (`iss`); `None` for whoever has a listed key.
        audience: Whom a token must be for (`aud`); `None` for nobody in particular.
    """

    def __init__(self, jwks: jwt.PyJWKClient, *, issuer: str | None = None, audience: str | None = None) -> None:
        self._jwks = jwks
        self._issuer = issuer
        self._audience = audience

    def user_of(self, token: str) -> str:
        """Return the user's name. It may wait for the issuer: not for the event loop.

        Raises:
            UnauthorizedError: The token is not valid, or the issuer's keys cannot be had.
        """
        try:
            claims = jwt.decode(
                token,
                self._key_of(token),
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=CLOCK_SKEW_S,
                options={"require": ["exp", "sub"], "enforce_minimum_key_length": True},
            )
        except exceptions.PyJWTError as error:
            reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
            raise UnauthorizedError(next(reasons, "malformed")) from None
        user: str = claims["sub"]
        if not is_user_name(user):
            raise UnauthorizedError("subject")
        return user

    def _key_of(self, token: str) -> jwt.PyJWK:
        key_id = jwt.get_unverified_header(token).get("kid")
        if not key_id:
            raise UnauthorizedError("key_id_missing")
        try:
            key = self._jwks.get_signing_key(key_id)
        except exceptions.PyJWKClientConnectionError:
            logger.error("The address in HUBSPOT_AGENT_JWKS_URL does not answer.")
            raise UnauthorizedError("jwks_unreachable") from None
        except exceptions.PyJWKClientError:
            raise UnauthorizedError("unknown_key") from None
        except (exceptions.PyJWTError, ValueError, TypeError, AttributeError) as error:
            logger.error("The address in HUBSPOT_AGENT_JWKS_URL sends no key set: %s.", type(error).__name__)
            raise UnauthorizedError("jwks_invalid") from None
        if getattr(key.key, "key_size", MIN_RSA_BITS) < MIN_RSA_BITS and key.key_type == "RSA":
            logger.error(
                "The issuer of HUBSPOT_AGENT_JWKS_URL signs with an RSA key of %d bits: have it list and use one of at "
                "least 2,048 bits (NIST SP 800-131A).",
                key.key.key_size,
            )
            raise UnauthorizedError("key_too_short")
        return key


def is_user_name(name: str) -> bool:
    """Tell whether a token may name its user so: 1 to 255 printable characters, and not "anonymous"."""
    return bool(name.strip()) and name != ANONYMOUS and len(name) <= MAX_USER_NAME_LENGTH and name.isprintable()
