"""The audit trail: one structured record of every attempted write, on the logger ``hubspot_agent.audit``.

The record's message names no person; what was written stands in its ``audit`` attribute alone, an `AuditRecord`.
"""

import logging
from collections.abc import KeysView, Sequence
from datetime import UTC, datetime
from typing import Any

from langgraph.config import get_config

from hubspot_agent.contacts import Change
from hubspot_agent.observability import metrics

logger = logging.getLogger("hubspot_agent.audit")


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


def audit(
    *,
    tool: str,
    user: str | None,
    contact_id: str | None,
    changes: Sequence[Change],
    approved_by: str | None,
    outcome: str,
) -> None:
    """Record one attempted write.

    Args:
        tool: The tool, or ``"undo"``.
        user: Who was chatting.
        contact_id: HubSpot's record id, where known.
        changes: What was to change.
        approved_by: Who approved it, if someone was asked.
        outcome: ``"done"``, ``"failed"``, ``"unknown"``, ``"unchanged"``, or the code of the refusal.
    """
    record = AuditRecord(
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        conversation=get_config().get("configurable", {}).get("thread_id"),
        user=user,
        tool=tool,
        contact_id=contact_id,
        before={each["property"]: each["old"] for each in changes},
        after={each["property"]: each["new"] for each in changes},
        approved_by=approved_by,
        outcome=outcome,
    )
    metrics.write(tool, outcome)
    logger.info("%s contact=%s outcome=%s", tool, contact_id, outcome, extra={"audit": record})
