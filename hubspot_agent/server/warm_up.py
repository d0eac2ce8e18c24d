"""What is done once, when the first graph is built, so that no turn has to wait for it."""

import gc
from functools import cache

from hubspot_agent.memory.tokens import count_tokens


@cache
def warm_up() -> None:
    """Take what is loaded by now out of the garbage collector's rounds, and load the token vocabulary.

    LangChain and OpenAI's client are some 200,000 objects that live as long as the process. A full
    collection goes through all of them and stops every thread meanwhile: 100 to 300 ms on two cores, in the
    middle of somebody's answer. Frozen, they are passed over; what is created later is collected as ever
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.collect()
    gc.freeze()
    count_tokens("")
