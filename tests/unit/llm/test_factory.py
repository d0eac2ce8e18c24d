"""Which model a name stands for."""

import pytest
from langchain_openai import ChatOpenAI

from hubspot_agent.demo_model import DemoModel
from hubspot_agent.llm.factory import chat_model
from hubspot_agent.settings import Settings
from support import openai_chat
from support.openai_chat import Chat, Serve
from support.openai_wire import says

mode, serve = openai_chat.mode, openai_chat.serve


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("openai:gpt-4.1-mini", "gpt-4.1-mini"),
        ("ft:gpt-4o-mini:acme::abc", "ft:gpt-4o-mini:acme::abc"),
        ("openai:ft:gpt-4o-mini:acme::abc", "ft:gpt-4o-mini:acme::abc"),
        ("openai:qwen3:8b", "qwen3:8b"),
    ],
)
def test_a_name_of_openai_is_asked_for_there(serve: Serve, name: str, sent: str) -> None:
    openai = serve(says("Hello."))
    Chat(openai).say("Question", model=name)
    assert openai.requests[0]["model"] == sent


@pytest.mark.parametrize(
    ("name", "error", "names"),
    [
        ("nobody:model-1", ValueError, "provider"),
        ("anthropic:claude-sonnet-4-5", ImportError, "langchain-anthropic"),
    ],
)
def test_a_name_that_cannot_be_had_says_what_is_missing(name: str, error: type[Exception], names: str) -> None:
    with pytest.raises(error, match=names):
        chat_model(name, Settings(_env_file=None))


def test_a_model_is_taken_as_it_is() -> None:
    model = DemoModel()
    assert chat_model(model, Settings(_env_file=None)) is model


def test_the_default_model_is_known_and_calls_tools_over_chat_completions() -> None:
    model = chat_model(None, Settings(_env_file=None, model=Settings.model_fields["model"].default))
    assert isinstance(model, ChatOpenAI)
    assert model.profile
    assert model.profile["tool_calling"]
    assert model.profile["tool_call_streaming"]
    assert not model.bind_tools([{"type": "function", "function": {"name": "f"}}]).bound.use_responses_api
