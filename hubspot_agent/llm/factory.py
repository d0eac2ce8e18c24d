"""The language model: OpenAI's by default, from the settings, built without a key and before there is a network."""

from langchain.chat_models import init_chat_model
from langchain_core.exceptions import ModelAuthenticationError
from langchain_core.language_models import BaseChatModel

from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.llm.http import AsyncTimelyClient, TimelyClient
from hubspot_agent.settings import Settings


def chat_model(model: str | BaseChatModel | None, settings: Settings) -> BaseChatModel:
    """Return the chat model to work with.

    Args:
        model: A model as it is; a name as `init_chat_model` takes it; `None` for the settings' own.
        settings: Where the key, the address and the time-out come from. An OpenAI model reads its key
            when it is first used, so that building a graph needs none.
    """
    if isinstance(model, BaseChatModel):
        return model
    name = model or settings.model
    seconds = settings.model_timeout
    if ":" in name and not name.startswith("openai:"):
        return init_chat_model(name, timeout=seconds)

    def key() -> str:
        given = settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""
        if not given:
            raise ModelNotConfiguredError("OPENAI_API_KEY")
        if not (given.isascii() and given.isprintable()):
            raise ModelAuthenticationError("OPENAI_API_KEY holds a character that no HTTP header can carry.")
        return given

    return init_chat_model(
        name.removeprefix("openai:"),
        model_provider="openai",
        api_key=key,
        base_url=settings.openai_base_url,
        timeout=seconds,
        # The clients make calls again and watch the time themselves: see model_http.py.
        max_retries=0,
        stream_chunk_timeout=None,
        http_client=TimelyClient(seconds),
        http_async_client=AsyncTimelyClient(seconds),
        http_socket_options=(),
    )
