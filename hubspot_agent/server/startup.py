"""What a server does once when it starts, and a library must not: it changes the process it runs in."""

import gc
import logging
from contextlib import ExitStack
from functools import cache

from hubspot_agent.audit.file import audit_trail
from hubspot_agent.memory.tokens import count_tokens
from hubspot_agent.paths import default_state_directory

logger = logging.getLogger("hubspot_agent.server")

#: What stays open until the process ends.
_open_until_exit = ExitStack()


@cache
def prepare_server() -> None:
    """Prepare this process for serving: call it after the graphs are built.

    It keeps the audit trail where `hubspot-agent audit` reads it, and does what `prepare_for_low_latency` does. A
    server whose state directory cannot be written says so in its log and goes on.
    """

    def log_failure(error: Exception) -> None:
        logger.error("The audit trail cannot be kept: %s. Give XDG_STATE_HOME a directory.", type(error).__name__)

    _open_until_exit.enter_context(audit_trail(default_state_directory(), log_failure))
    prepare_for_low_latency()


def prepare_for_low_latency() -> None:
    """Load the token vocabulary, and exempt everything loaded by now from garbage collection.

    LangChain and OpenAI's client are some 200,000 objects that live as long as the process. A full
    collection goes through all of them and stops every thread meanwhile: 100 to 300 ms on two cores, in the
    middle of somebody's answer. Frozen, they are passed over; what is created later is collected as ever
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    count_tokens("Loads the vocabulary.")
    gc.collect()
    gc.freeze()
