"""Caches a language model's answers in a file, so that running a notebook again costs nothing.

Needs the extra `notebooks`: ``pip install "hubspot-agent[notebooks]"``.
"""

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from langchain_core.globals import get_llm_cache, set_llm_cache
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, Generation

with warnings.catch_warnings():
    # It warns that it is no longer developed, about which a reader can do nothing.
    warnings.simplefilter("ignore", DeprecationWarning)
    from langchain_community.cache import SQLiteCache
    from langchain_community.callbacks import OpenAICallbackHandler, get_openai_callback

#: The fields of a message that are sent to a model.
_SENT_FIELDS = ("type", "content", "tool_calls", "tool_call_id", "status")


@contextmanager
def cached_answers(file: str | Path) -> Iterator[OpenAICallbackHandler]:
    """Cache what models answer in `file`, and answer the same question from there.

    Args:
        file: An SQLite file; made if it does not exist.

    Yields:
        What the answers cost that were not in the cache: `total_tokens`, and `total_cost` in
        US dollars, 0 for models whose price langchain-community does not know.
    """
    before = get_llm_cache()
    cache = _AnswerCache(str(file))
    set_llm_cache(cache)
    try:
        with get_openai_callback() as costs:
            yield costs
    finally:
        set_llm_cache(before)
        cache.engine.dispose()


class _AnswerCache(SQLiteCache):
    """Finds answers by what is sent: LangChain's key holds more, such as a contact's dates."""

    def lookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        with warnings.catch_warnings():
            # langchain-community reads what it wrote in a way that langchain-core will change.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            answers = super().lookup(_sent_fields(prompt), llm_string)
        for answer in answers or ():
            if isinstance(answer, ChatGeneration) and isinstance(answer.message, AIMessage):
                answer.message.usage_metadata = {
                    "input_tokens": 0,
                    "output_tokens": 0,
                    "total_tokens": 0,
                }
        return answers

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        super().update(_sent_fields(prompt), llm_string, return_val)


def _sent_fields(prompt: str) -> str:
    """Return the fields of the messages in LangChain's serialised `prompt` that are sent."""
    messages = [message["kwargs"] for message in json.loads(prompt)]
    return json.dumps(
        [
            {name: message[name] for name in _SENT_FIELDS if name in message}
            for message in messages
        ]
    )
