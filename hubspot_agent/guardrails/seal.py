"""Seals: what proves that a plan or a write in a conversation's state was put there by this program.

Servers let their clients write into a conversation's state, and one more way to do so may be found. What execution
and undo act on is therefore sealed with a key that no client has, and nothing runs whose seal does not hold.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from langgraph.config import get_config
from pydantic import SecretStr

SealedT = TypeVar("SealedT", bound=Mapping[str, Any])


class Seal:
    """Seals entries of a conversation's state: an HMAC (RFC 2104) with SHA-256 over all that an entry says.

    A seal holds in the conversation that it was made in, and for nothing but what it was made for.

    Args:
        key: The key, which clients must not know; without one nothing is sealed and every seal holds, as in a program
            that lets nobody else write into its conversations.
    """

    def __init__(self, key: SecretStr | None) -> None:
        self._key = key.get_secret_value().encode() if key else None

    def put_on(self, entry: SealedT, *purpose: str) -> SealedT:
        """Return `entry` with a seal.

        Args:
            entry: What is sealed: plain data, as it is stored.
            purpose: What the seal is proof of, such as ``"decided"`` and a tool call's id.
        """
        if self._key is None:
            return entry
        return cast("SealedT", {**entry, "seal": self._sign(entry, purpose)})

    def holds(self, entry: Mapping[str, Any], *purpose: str) -> bool:
        """Tell whether `entry` has the seal of this conversation and `purpose`, and is as it was then."""
        if self._key is None:
            return True
        seal = entry.get("seal") if isinstance(entry, dict) else None
        return isinstance(seal, str) and hmac.compare_digest(seal.encode(), self._sign(entry, purpose).encode())

    def _sign(self, entry: Mapping[str, Any], purpose: tuple[str, ...]) -> str:
        thread = get_config().get("configurable", {}).get("thread_id", "")
        said = [str(thread), *purpose, {name: value for name, value in entry.items() if name != "seal"}]
        return hmac.digest(self._key or b"", json.dumps(said, sort_keys=True).encode(), "sha256").hex()


def turn_place() -> str:
    """Return what tells the turn under way from every other of its conversation, the same in each step of the agent."""
    configurable: Mapping[str, Any] = get_config().get("configurable", {})
    return str(configurable.get("checkpoint_ns", "")).rpartition("|")[0]
