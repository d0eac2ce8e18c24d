"""What the user is told when the model fails: a sentence that names the fix, and the chat goes on."""

import logging
from collections.abc import Awaitable, Callable
from traceback import walk_tb
from typing import Any

import httpx2
import openai
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.messages import AIMessage
from tenacity import AsyncRetrying, Retrying, retry_if_exception, stop_after_attempt

from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.llm.answers import Answer, UnusableAnswerError, is_unreadable, language_of
from hubspot_agent.observability.metrics import model_call
from hubspot_agent.texts import text

logger = logging.getLogger("hubspot_agent.model")

#: OpenAI's error codes that say more than the HTTP status, or come within a stream, where there is none.
#: https://platform.openai.com/docs/guides/error-codes
_CODES = {
    "billing_hard_limit_reached": "model_quota",
    "billing_not_active": "model_quota",
    "content_filter": "model_refused",
    "content_policy_violation": "model_refused",
    "context_length_exceeded": "model_context_length",
    "insufficient_quota": "model_quota",
    "invalid_api_key": "model_authentication",
    "invalid_prompt": "model_refused",
    "model_not_found": "model_not_found",
    "rate_limit_exceeded": "model_rate_limit",
}

#: HTTP statuses for which neither LangChain nor OpenAI's client has an error of its own.
_STATUSES = {402: "model_quota", 408: "model_timeout", 413: "model_context_length"}

#: An answer that cannot be read is asked for once more: the next one may be whole.
_ONCE_MORE: dict[str, Any] = {
    "retry": retry_if_exception(is_unreadable),
    "stop": stop_after_attempt(2),
    "reraise": True,
}


def failure_key(error: Exception) -> str | None:
    """Return which sentence of ``texts/*/failures.toml`` tells of `error`; `None` when it is not the model's."""
    if isinstance(error, openai.APIError) and (key := _CODES.get(error.code or "")):
        return key
    match error:
        case ModelNotConfiguredError():
            return "model_not_configured"
        case UnusableAnswerError(reason=reason):
            return f"model_{reason}"
        case ContextOverflowError():
            return "model_context_length"
        case ModelAuthenticationError():
            return "model_authentication"
        case ModelPermissionDeniedError():
            return "model_permission"
        case ModelNotFoundError():
            return "model_not_found"
        case ModelRateLimitError():
            return "model_rate_limit"
        case ModelTimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException() | TimeoutError():
            return "model_timeout"
        case ModelConnectionError() | openai.APIConnectionError() | httpx2.TransportError():
            return "model_connection"
        case ModelAPIError():
            return "model_unavailable"
        case openai.APIStatusError(status_code=status):
            return _STATUSES.get(status, "model_unsuitable")
        case openai.APIError():  # Within a stream, after a good beginning.
            return "model_unavailable"
        case ModelError() | openai.OpenAIError():
            return "model_unsuitable"
    return "model_unreadable" if is_unreadable(error) else None


class ModelFailures(AgentMiddleware):
    """Answers the user when the model cannot.

    What the tools did before in the same turn stays in the conversation. An error that is not the
    model's is raised as it is.
    """

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        """Ask the model, and once more when its answer cannot be read."""

        def ask() -> ModelResponse:
            answer = Answer(request)
            with model_call(failure_key) as count_tokens, answer.watched():
                response = handler(request)
                count_tokens(response)
            return answer.accept(response)

        try:
            return Retrying(**_ONCE_MORE)(ask)
        except Exception as error:
            if (key := failure_key(error)) is None:
                raise
            return _apology(error, key, request)

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        """Ask the model, and once more when its answer cannot be read."""

        async def ask() -> ModelResponse:
            answer = Answer(request)
            with model_call(failure_key) as count_tokens, answer.watched():
                response = await handler(request)
                count_tokens(response)
            return answer.accept(response)

        try:
            return await AsyncRetrying(**_ONCE_MORE)(ask)
        except Exception as error:
            if (key := failure_key(error)) is None:
                raise
            return _apology(error, key, request)


def _apology(error: Exception, key: str, request: ModelRequest) -> AIMessage:
    # Never the error's text, which may quote the key or the conversation; its place tells as much.
    frame, line = list(walk_tb(error.__traceback__))[-1]
    place, sent = frame.f_globals.get("__name__"), getattr(error, "request_id", None)
    logger.warning("%s: %s at %s:%s, request %s", key, type(error).__name__, place, line, sent)
    setting = error.setting if isinstance(error, ModelNotConfiguredError) else ""
    return AIMessage(text(f"failures.{key}", language_of(request), setting=setting), additional_kwargs={"failure": key})
