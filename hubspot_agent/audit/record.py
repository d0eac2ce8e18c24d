"""The audit trail: structured records of every attempted write, on the logger ``hubspot_agent.audit``.

A write that is sent has two: one before the call, one with its outcome, by the same `attempt`.

The record's message names no person; what was written stands in its ``audit`` attribute alone, an `AuditRecord`.
"""

import logging
from collections.abc import KeysView, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from langgraph.config import get_config

from hubspot_agent.contacts import Change
from hubspot_agent.observability import metrics

logger = logging.getLogger("hubspot_agent.audit")

#: The outcome in a record of a write that is about to be sent. It stays without another where the process was killed.
BEGUN = "begun"


class AuditRecord:
    """One record of the trail: `record["user"]`, or all of it by `dict(record)`.

    Not a mapping, and without a repr of its fields: servers print whatever a log record carries into their own log,
    where personal data has no place.
    """

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def keys(self) -> KeysView[str]:
        """Return the names of the fields."""
        return self._fields.keys()

    def __repr__(self) -> str:
        return "<AuditRecord>"


def attempt_key(name: str) -> str:
    """Return a key of something that the running turn attempts; after a crash the next process finds the same.

    Args:
        name: Tells it from what else the turn attempts, such as the id of the tool call.
    """
    configurable: Mapping[str, Any] = get_config().get("configurable", {})
    place = (configurable.get("thread_id", ""), configurable.get("checkpoint_ns", "").split("|")[0], name)
    return "/".join(map(str, place))


def audit(
    *,
    attempt: str,
    tool: str,
    user: str | None,
    contact_id: str | None,
    changes: Sequence[Change],
    approved_by: str | None,
    outcome: str,
) -> None:
    """Record an attempted write.

    Args:
        attempt: Its key, as `attempt_key` makes it.
        tool: The tool, or ``"undo"``.
        user: Who was chatting.
        contact_id: HubSpot's record id, where known.
        changes: What was to change.
        approved_by: Who approved it, if someone was asked.
        outcome: ``"begun"`` before it is sent; afterwards ``"done"``, ``"failed"``, ``"unknown"``, ``"unchanged"``, or
            the code of the refusal.
    """
    record = AuditRecord(
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        attempt=sha256(attempt.encode()).hexdigest()[:16],
        conversation=get_config().get("configurable", {}).get("thread_id"),
        user=user,
        tool=tool,
        contact_id=contact_id,
        before={each["property"]: each["old"] for each in changes},
        after={each["property"]: each["new"] for each in changes},
        approved_by=approved_by,
        outcome=outcome,
    )
    if outcome != BEGUN:
        metrics.write(tool, outcome)
    logger.info("%s contact=%s outcome=%s", tool, contact_id, outcome, extra={"audit": record})
