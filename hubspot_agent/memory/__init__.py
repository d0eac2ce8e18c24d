"""What the model remembers: a window of the newest messages, and the contacts this conversation has seen."""

from hubspot_agent.memory.pinned import PinnedContact, pin, settle
from hubspot_agent.memory.window import MAX_MESSAGES, MAX_TOKENS, recall

__all__ = ["MAX_MESSAGES", "MAX_TOKENS", "PinnedContact", "pin", "recall", "settle"]
