"""Which keys of an OpenID provider are relied on."""

import pytest

from hubspot_agent.web.openid import refuse_short_keys
from support.signing import Signer

LONG, SHORT = Signer("long", "RS256"), Signer("short", "RS256", rsa_bits=2040)


def test_long_rsa_keys_and_others_are_taken() -> None:
    refuse_short_keys({"keys": [LONG.public, Signer("curve", "ES256").public, Signer("edwards").public]})


def test_a_short_rsa_key_is_refused_and_the_log_says_what_helps(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="too short"):
        refuse_short_keys({"keys": [LONG.public, SHORT.public]})
    assert "at least 2,048 bits" in caplog.text
