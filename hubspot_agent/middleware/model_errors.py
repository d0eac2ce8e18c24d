"""What the user is told when the model fails: a sentence that names the fix, and the chat goes on."""

import logging
from collections.abc import Awaitable, Callable
from traceback import walk_tb

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ModelRetryMiddleware
from langchain_core.messages import AIMessage

from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.llm.errors import failure_key, is_retryable
from hubspot_agent.state import texts_of

logger = logging.getLogger("hubspot_agent.model")

#: How often a call that failed is made again, and the seconds before the first time, doubled before the second:
#: the numbers of OpenAI's own client.
MAX_RETRIES = 2
INITIAL_DELAY_S = 0.5


class ModelErrors(AgentMiddleware):
    """Makes a failed call of the model again when that is likely to help; else answers the user.

    What the tools did before in the same turn stays in the conversation. An error that is not the
    model's is raised as it is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._retry = ModelRetryMiddleware(
            max_retries=MAX_RETRIES, retry_on=is_retryable, on_failure="error", initial_delay=INITIAL_DELAY_S
        )

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        """Call the model, and again while that may help."""
        try:
            return self._retry.wrap_model_call(request, handler)
        except Exception as error:
            return _apology(error, request)

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        """Call the model, and again while that may help."""
        try:
            return await self._retry.awrap_model_call(request, handler)
        except Exception as error:
            return _apology(error, request)


def _apology(error: Exception, request: ModelRequest) -> AIMessage:
    """Return the sentence that tells of `error`; raise it when it is not the model's."""
    if (key := failure_key(error)) is None:
        raise error
    # Never the error's text, which may quote the key or the conversation; its place tells as much.
    frame, line = list(walk_tb(error.__traceback__))[-1]
    place, sent = frame.f_globals.get("__name__"), getattr(error, "request_id", None)
    logger.warning("%s: %s at %s:%s, request %s", key, type(error).__name__, place, line, sent)
    setting = error.setting if isinstance(error, ModelNotConfiguredError) else ""
    return AIMessage(texts_of(request.state)(f"failures.{key}", setting=setting), additional_kwargs={"failure": key})
