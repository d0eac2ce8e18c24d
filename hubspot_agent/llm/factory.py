"""The chat model: OpenAI's by default, from the settings, built without a key and before there is a network."""

from langchain.chat_models import init_chat_model
from langchain_core.exceptions import ModelAuthenticationError
from langchain_core.language_models import BaseChatModel

from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.llm import http
from hubspot_agent.settings import Settings


def chat_model(model: str | BaseChatModel | None, settings: Settings) -> BaseChatModel:
    """Return the chat model to work with.

    Args:
        model: A model as it is; a name as `init_chat_model` takes it, where a name without a provider and a
            fine-tuned one (``ft:gpt-...``) are OpenAI's; `None` for the settings' own.
        settings: Where the key, the address and the time-out come from. An OpenAI model reads its key
            when it is first used, so that building a graph needs none.

    Raises:
        ValueError: When the name begins with a provider that LangChain does not know.
        ImportError: When the provider's LangChain package is not installed; the message names it.
    """
    if isinstance(model, BaseChatModel):
        return model
    name = model or settings.model
    # `ModelErrors` makes failed calls again, for every provider alike. The providers' own clients would wait for
    # minutes when a server asks for it.
    if ":" in name and not name.startswith(("openai:", "ft:")):
        return init_chat_model(name, timeout=settings.model_timeout, max_retries=0)
    return init_chat_model(
        name.removeprefix("openai:"),
        model_provider="openai",
        api_key=lambda: _openai_key(settings),
        base_url=settings.openai_base_url,
        timeout=settings.model_timeout,
        max_retries=0,
        stream_chunk_timeout=settings.model_timeout,
        http_client=http.sync_client(),
        http_async_client=http.async_client(),
    )


def _openai_key(settings: Settings) -> str:
    key = settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""
    if not key:
        raise ModelNotConfiguredError("OPENAI_API_KEY")
    if not (key.isascii() and key.isprintable()):
        raise ModelAuthenticationError("OPENAI_API_KEY holds a character that no HTTP header can carry.")
    return key
