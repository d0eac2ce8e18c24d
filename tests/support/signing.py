"""Issuers of tokens: who signs them, and where their public keys are."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://login.example", "contacts"

_MADE = {
    "EdDSA": (lambda bits: ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
    "ES256": (lambda bits: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "RS256": (lambda bits: rsa.generate_private_key(public_exponent=65537, key_size=bits), RSAAlgorithm),
}


@dataclass
class Signer:
    """Has a key of its own, whose public half it tells."""

    key_id: str
    algorithm: str = "EdDSA"
    rsa_bits: int = 2048
    private: Any = field(init=False, repr=False)
    public: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        make, kind = _MADE[self.algorithm]
        self.private = make(self.rsa_bits)
        listed = kind.to_jwk(self.private.public_key(), as_dict=True)
        self.public = {**listed, "kid": self.key_id, "alg": self.algorithm, "use": "sig"}

    def token(self, user: Any = "ana", *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Sign a token for `user`; a claim or part of the header that is `None` is left out."""
        said = {"sub": user, "exp": time.time() + 600, "iss": ISSUER, "aud": AUDIENCE, **claims}
        named = {"kid": self.key_id, **(header or {})}
        return jwt.encode(
            {name: value for name, value in said.items() if value is not None},
            self.private,
            algorithm=self.algorithm,
            headers={name: value for name, value in named.items() if value is not None},
        )

    def unsigned(self, user: str = "ana") -> str:
        """Return a token that says of itself that it is not signed."""
        return f"{_part({'alg': 'none', 'kid': self.key_id})}.{_part(_claims(user))}."

    def signed_with_the_public_key(self, user: str = "ana") -> str:
        """Return a token whose shared secret is what everybody knows, the public key."""
        signed = f"{_part({'alg': 'HS256', 'kid': self.key_id})}.{_part(_claims(user))}"
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        secret = self.private.public_key().public_bytes(serialization.Encoding.PEM, spki)
        return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def tampered(self, user: str = "ana") -> str:
        """Return a token whose claims were changed after it was signed."""
        header, _, signature = self.token("bob").split(".")
        return f"{header}.{_part(_claims(user))}.{signature}"


def key_set(*signers: Signer) -> str:
    """Return the public keys of `signers`, as JSON."""
    return json.dumps({"keys": [each.public for each in signers]})


class JwksServer(ThreadingHTTPServer):
    """An issuer's address of public keys, on loopback.

    Attributes:
        body: What it answers.
        requests: How often it was asked.
    """

    daemon_threads = True

    def __init__(self, body: str) -> None:
        super().__init__(("127.0.0.1", 0), _Keys)
        self.body = body
        self.requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/.well-known/jwks.json"


class _Keys(BaseHTTPRequestHandler):
    server: JwksServer

    def do_GET(self) -> None:
        self.server.requests += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def jwks_server(*signers: Signer, body: str | None = None) -> Iterator[JwksServer]:
    """Serve the public keys of `signers`, or another `body`, for the length of the block."""
    with JwksServer(key_set(*signers) if body is None else body) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def _claims(user: str) -> dict[str, Any]:
    return {"sub": user, "exp": int(time.time()) + 600, "iss": ISSUER, "aud": AUDIENCE}


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
