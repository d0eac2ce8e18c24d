"""What an error of the model means: which sentence tells the user of it, and whether to make the call again."""

from traceback import walk_tb
from typing import Literal

import httpx2
import openai
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

from hubspot_agent.errors import ModelNotConfiguredError

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

#: Statuses that may pass besides those of LangChain's retryable errors: time-out at the server, conflict.
_RETRYABLE_STATUSES = (408, 409)

#: The longest wait, in seconds, that a server may ask for (Retry-After) and still be called again in this turn.
MAX_RETRY_AFTER_S = 2.0


class UnusableAnswerError(Exception):
    """The model answered, and nothing can be done with its answer.

    Attributes:
        reason: ``"unreadable"``: a tool call is not what was agreed; ``"refused"``: by the model or a content
            filter; ``"no_answer"``: it is empty; ``"connection"``: it broke when a part had been streamed.
    """

    def __init__(self, reason: Literal["unreadable", "refused", "no_answer", "connection"]):
        self.reason = reason
        super().__init__(f"The model's answer is of no use: {reason}.")


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


def is_retryable(error: Exception) -> bool:
    """Tell whether the same call of the model is likely to succeed in a second or two.

    Not after a time-out of our own, for the user has waited long enough; nor after an error within a stream, of
    which the user has seen the beginning.
    """
    if isinstance(error, openai.APIStatusError):
        headers = error.response.headers
        if headers.get("x-should-retry") == "false" or _seconds(headers.get("retry-after")) > MAX_RETRY_AFTER_S:
            return False
        if error.status_code in _RETRYABLE_STATUSES:
            return True
    # OpenAI answers an exhausted budget with 429 as well, and that does not pass.
    if isinstance(error, ModelTimeoutError) or failure_key(error) == "model_quota":
        return False
    return isinstance(error, ModelError) and error.is_retryable


def is_unreadable(error: Exception) -> bool:
    """Tell whether a model's answer could not be read: by this package, or by the libraries that take it apart.

    These raise whatever they stumble into, so this goes by the place. An error out of our own code is never
    one of these.
    """
    if isinstance(error, UnusableAnswerError):
        return error.reason == "unreadable"
    stumbled = isinstance(error, LookupError | ValueError | TypeError | AttributeError) or type(error) is RuntimeError
    modules = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    in_openai = any(module.startswith(("openai.", "langchain_openai.")) for module in modules)
    return stumbled and (in_openai or "".join(modules[-1:]).startswith("langchain_core.language_models."))


def _seconds(retry_after: str | None) -> float:
    """Return the wait that a Retry-After header asks for; a date counts as a long one."""
    try:
        return float(retry_after or 0)
    except ValueError:
        return float("inf")
