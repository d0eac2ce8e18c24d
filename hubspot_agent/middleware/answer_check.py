"""Checks each answer of the model before anything is done with it."""

from collections.abc import Awaitable, Callable

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ModelRetryMiddleware
from langchain_core.messages import AIMessage

from hubspot_agent.llm.answers import StreamedAnswer, checked, is_cut_off, watched_stream
from hubspot_agent.llm.errors import failure_key, is_unreadable
from hubspot_agent.observability.metrics import model_call
from hubspot_agent.state import texts_of


class AnswerCheck(AgentMiddleware):
    """Counts each call of the model, and passes on no answer that cannot be acted upon.

    One that cannot be read, such as a tool call with half an argument, is asked for once more, at once. A tool call
    without an id gets one; a text that was cut off says so.
    """

    def __init__(self) -> None:
        super().__init__()
        # Within, and not beside it: an agent has each middleware once, and an application may bring this one.
        self._retry = ModelRetryMiddleware(max_retries=1, retry_on=is_unreadable, on_failure="error", initial_delay=0)

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], ModelResponse]
    ) -> ModelResponse | AIMessage:
        """Call the model and check its answer."""

        def call(request: ModelRequest) -> ModelResponse:
            with model_call(failure_key) as count_tokens, watched_stream() as stream:
                response = handler(request)
                count_tokens(response)
                return _checked(response, stream, request)

        return self._retry.wrap_model_call(request, call)

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[ModelResponse]]
    ) -> ModelResponse | AIMessage:
        """Call the model and check its answer."""

        async def call(request: ModelRequest) -> ModelResponse:
            with model_call(failure_key) as count_tokens, watched_stream() as stream:
                response = await handler(request)
                count_tokens(response)
                return _checked(response, stream, request)

        return await self._retry.awrap_model_call(request, call)


def _checked(response: ModelResponse, stream: StreamedAnswer, request: ModelRequest) -> ModelResponse:
    answer = response.result[-1]
    if not isinstance(answer, AIMessage):
        return response
    good = checked(answer, stream, request.messages)
    if is_cut_off(answer, stream):
        good.content = f"{answer.text}\n\n{texts_of(request.state)('failures.model_cut_off')}"
    response.result[-1] = good
    return response
