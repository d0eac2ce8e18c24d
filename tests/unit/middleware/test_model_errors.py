"""What the user is told when the real `ChatOpenAI` gets no answer over HTTP, and that the chat goes on."""

import json
import time
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from hubspot_agent import build_graph
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.texts import Language, text
from support import openai_chat
from support.openai_chat import Chat, Mode, Serve
from support.openai_requests import window
from support.openai_wire import OpenAIWire, Reply, calls, fails, says

mode, serve = openai_chat.mode, openai_chat.serve

#: Seconds after which a turn counts as hanging; the time-outs that the tests set are far below.
HANG = 30

#: The settings of a test in which the server keeps silent.
BRIEF = {"model_timeout": 0.2}

#: Says that sending again is of no use, so that a test need not wait for it.
ONCE = {"x-should-retry": "false"}


def event(error: dict[str, Any]) -> bytes:
    """Return a stream that begins well and then holds an error."""
    begin = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "I"}, "finish_reason": None}]}
    return b"".join(f"data: {json.dumps(each)}\n\n".encode() for each in (begin, {"error": error}))


REFUSALS = {
    "bad key": (fails(401, "invalid_api_key"), "model_authentication"),
    "no permission": (fails(403, kind="permission_error"), "model_permission"),
    "unknown model": (fails(404, "model_not_found"), "model_not_found"),
    "model not for this project": (fails(403, "model_not_found"), "model_not_found"),
    "wrong address": (Reply(status=404, body="<html>Not found</html>"), "model_not_found"),
    "no credit": (fails(429, "insufficient_quota", kind="insufficient_quota"), "model_quota"),
    "payment required": (fails(402), "model_quota"),
    "rate limit": (fails(429, "rate_limit_exceeded", headers=ONCE), "model_rate_limit"),
    "rate limit for a minute": (fails(429, headers={"Retry-After": "60"}), "model_rate_limit"),
    "server error": (fails(500, kind="server_error", headers=ONCE), "model_unavailable"),
    "bad gateway": (Reply(status=502, body="<html>Bad gateway</html>", headers=ONCE), "model_unavailable"),
    "overloaded": (fails(503, headers=ONCE), "model_unavailable"),
    "context length": (fails(400, "context_length_exceeded"), "model_context_length"),
    "body too large": (Reply(status=413, body="<html>Too large</html>"), "model_context_length"),
    "content policy": (fails(400, "content_policy_violation"), "model_refused"),
    "no tools": (fails(400, "unsupported_parameter"), "model_unsuitable"),
    "unprocessable": (fails(422), "model_unsuitable"),
}
ANSWERS = {
    "empty": (says(""), "model_no_answer"),
    "filtered": (says("Ana lives at", finish="content_filter"), "model_refused"),
    "filtered call": (calls(("search_contacts", {}), finish="content_filter"), "model_refused"),
    "web page": (Reply(raw=b"<html>Welcome, ana@acme.example</html>"), "model_unreadable"),
    "not UTF-8": (Reply(raw=b'data: {"choices": \xff}\n\n'), "model_unreadable"),
    "not JSON": (Reply(raw=b'data: {"choices": [{ana@acme.example\n\n'), "model_unreadable"),
    "other JSON": (Reply(raw=b"data: [1, 2]\n\n"), "model_unreadable"),
    "nothing": (Reply(raw=b""), "model_unreadable"),
    "impossible function": (calls(("drop table contacts;", {})), "model_unreadable"),
}


# What a status means is decided in one place for all modes; an answer is read in a place for each.
@pytest.mark.parametrize("mode", ["invoke", "astream"], indirect=True)
@pytest.mark.parametrize(("reply", "key"), REFUSALS.values(), ids=REFUSALS)
def test_each_refusal_has_its_sentence_and_the_chat_goes_on(serve: Serve, mode: Mode, reply: Reply, key: str) -> None:
    assert_told_and_the_chat_goes_on(serve(reply), mode, key)


@pytest.mark.parametrize(("reply", "key"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_no_use_has_its_sentence_too(serve: Serve, mode: Mode, reply: Reply, key: str) -> None:
    assert_told_and_the_chat_goes_on(serve(reply), mode, key)


def assert_told_and_the_chat_goes_on(openai: OpenAIWire, mode: Mode, key: str) -> None:
    chat = Chat(openai, mode=mode)
    language: Language = "en" if mode in ("invoke", "stream") else "nl"
    said = chat.say("Question about ana@acme.example", language)
    assert (said.text, said.tool_calls, said.invalid_tool_calls) == (text(f"failures.{key}", language), [], [])
    openai.script = [says("Now I can.")]
    assert chat.say("Question two").text.strip() == "Now I can."
    assert [message.type for message in chat.messages] == ["human", "ai"] * 2
    assert [role for role, _ in window(openai.requests[-1])] == ["user", "assistant", "user"]


@pytest.mark.parametrize("mode", ["invoke", "ainvoke"], indirect=True)
@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"object": "chat.completion", "choices": []}', "model_unreadable"),
        (b'{"object": "chat.completion", "choices": null}', "model_unreadable"),
        (b'{"error": {"message": "No: ana@acme.example"}}', "model_unreadable"),
        (
            b'{"choices": [{"message": {"role": "assistant", "refusal": "No."}, "finish_reason": "stop"}]}',
            "model_refused",
        ),
        (b'{"choices": [{"message": {"role": "assistant"}, "finish_reason": "stop"}]}', "model_no_answer"),
    ],
)
def test_an_answer_without_an_answer(serve: Serve, mode: Mode, body: bytes, key: str) -> None:
    assert Chat(serve(Reply(raw=body)), mode=mode).say("Question", "en").text == text(f"failures.{key}", "en")


@pytest.mark.parametrize("mode", ["stream", "astream"], indirect=True)
@pytest.mark.parametrize(
    ("error", "key"),
    [
        ({"message": "Too long.", "code": "context_length_exceeded"}, "model_context_length"),
        ({"message": "Your input exceeds the context window of this model."}, "model_context_length"),
        ({"message": "Slow down, ana@acme.example.", "code": "rate_limit_exceeded"}, "model_rate_limit"),
        ({"message": "The server had an error.", "type": "server_error"}, "model_unavailable"),
    ],
)
def test_an_error_within_a_stream(serve: Serve, mode: Mode, error: dict[str, Any], key: str) -> None:
    openai = serve(Reply(raw=event(error)))
    assert Chat(openai, mode=mode).say("Question", "en").text == text(f"failures.{key}", "en")
    assert len(openai.requests) == 1


BREAKS = {
    "reset at once": (says("One two three.", ending="reset", events=-1), "model_connection", {}),
    "reset in the middle": (says("One two three.", ending="reset", events=2), "model_connection", {}),
    "silent from the start": (says("One two three.", ending="silence", events=-1), "model_timeout", BRIEF),
    "silent in the middle": (says("One two three.", ending="silence", events=2), "model_timeout", BRIEF),
}


@pytest.mark.parametrize(("reply", "key", "settings"), BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_or_keeps_silent(
    serve: Serve, mode: Mode, reply: Reply, key: str, settings: dict[str, float]
) -> None:
    openai = serve(reply)
    chat = Chat(openai, mode=mode)
    began = time.monotonic()
    assert chat.say("Question one", "nl", **settings).text == text(f"failures.{key}", "nl")
    assert time.monotonic() - began < HANG
    openai.script = [says("Now I can.")]
    assert chat.say("Question two").text.strip() == "Now I can."


@pytest.mark.parametrize("mode", ["astream"], indirect=True)
def test_a_stream_that_is_kept_open_without_a_word_ends_too(serve: Serve, mode: Mode) -> None:
    openai = serve(says("One two three.", ending="keepalives"))
    began = time.monotonic()
    chat = Chat(openai, mode=mode)
    assert chat.say("Question", "en", **BRIEF).text == text("failures.model_timeout", "en")
    assert time.monotonic() - began < HANG


def test_nobody_listens(serve: Serve, mode: Mode) -> None:
    openai = serve(says("Never said."))
    address = openai.url.replace(openai.url.split(":")[-1], "1/v1")
    chat = Chat(openai, mode=mode)
    said = chat.say("Question", "en", openai_base_url=address)
    assert said.text == text("failures.model_connection", "en")
    assert openai.requests == []


@pytest.mark.parametrize("given", [None, "", "  "])
def test_without_a_key_the_setting_is_named_and_nothing_is_sent(serve: Serve, mode: Mode, given: str | None) -> None:
    openai = serve(says("Now I can."))
    chat = Chat(openai, mode=mode)
    said = chat.say("Question", "nl", openai_api_key=given).text
    assert said == text("failures.model_not_configured", "nl", setting="OPENAI_API_KEY")
    assert openai.requests == []
    assert chat.say("Question").text.strip() == "Now I can."


def test_a_key_that_no_header_can_carry_is_not_accepted(serve: Serve, mode: Mode) -> None:
    openai = serve(says("Never said."))
    for key in ("sk-…", "sk-a\nb"):
        said = Chat(openai, mode=mode).say("Question", "en", openai_api_key=key).text
        assert said == text("failures.model_authentication", "en")
    assert openai.requests == []


@pytest.mark.parametrize(
    ("reply", "key"),
    [
        (fails(500, headers=ONCE), "model_unavailable"),
        (says(""), "model_no_answer"),
        (calls(("create_contact", '{"email": "x')), "model_unreadable"),
    ],
)
def test_what_was_written_before_a_failure_stays(
    serve: Serve, crm: Sandbox, mode: Mode, reply: Reply, key: str
) -> None:
    new = {"email": "new@acme.example", "firstname": "Newton"}
    openai = serve(calls(("create_contact", new)), reply)
    chat = Chat(openai, crm, mode)
    said = chat.say("Create new@acme.example, Newton", "en")
    assert said.text == text(f"failures.{key}", "en")
    assert said.additional_kwargs["receipts"][0]["outcome"] == "done"
    assert [message.type for message in chat.messages] == ["human", "ai", "tool", "ai"]
    assert chat.results()[0].startswith("Created.")
    openai.script = [says("Yes, it is there.")]
    chat.say("Is it there?")
    assert [message["role"] for message in openai.requests[-1]["messages"]] == ["system", "user", "assistant", "user"]
    assert "new@acme.example" in openai.requests[-1]["messages"][0]["content"]
    assert len(crm.contacts()) == 2


class TestSendingAgain:
    """Who waits for an answer waits for a second attempt when that is likely to help, and soon."""

    @pytest.mark.parametrize(
        "passing",
        [
            fails(500, headers={"Retry-After": "0.01"}),
            fails(429, "rate_limit_exceeded", headers={"Retry-After": "1"}),
            fails(408),
            says("Lost.", ending="reset", events=-1),
        ],
        ids=["fault", "limit", "time-out at the server", "reset"],
    )
    def test_what_passes_is_not_seen(self, serve: Serve, mode: Mode, passing: Reply) -> None:
        openai = serve(passing, says("Here I am."))
        assert Chat(openai, mode=mode).say("Question").text.strip() == "Here I am."
        assert len(openai.requests) == 2

    def test_three_times_at_most(self, serve: Serve, mode: Mode) -> None:
        openai = serve(fails(503, headers={"Retry-After": "0"}))
        assert Chat(openai, mode=mode).say("Question", "en").text == text("failures.model_unavailable", "en")
        assert len(openai.requests) == 3

    @pytest.mark.parametrize(
        "reply",
        [
            fails(401, "invalid_api_key"),
            fails(429, "insufficient_quota", headers={"Retry-After": "0"}),
            fails(429, headers={"Retry-After": "120"}),
            fails(503, headers={"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"}),
            fails(500, headers=ONCE),
        ],
        ids=["key", "quota", "long wait", "date", "server's word"],
    )
    def test_not_when_it_is_of_no_use_or_takes_long(self, serve: Serve, mode: Mode, reply: Reply) -> None:
        openai = serve(reply)
        began = time.monotonic()
        Chat(openai, mode=mode).say("Question")
        assert time.monotonic() - began < HANG
        assert len(openai.requests) == 1

    def test_not_when_the_time_is_up(self, serve: Serve, mode: Mode) -> None:
        openai = serve(says("Late.", ending="silence", events=-1))
        Chat(openai, mode=mode).say("Question", **BRIEF)
        assert len(openai.requests) == 1

    @pytest.mark.parametrize("mode", ["stream", "astream"], indirect=True)
    def test_not_when_the_user_has_seen_the_beginning(self, serve: Serve, mode: Mode) -> None:
        openai = serve(says("One two three.", ending="reset"))
        Chat(openai, mode=mode).say("Question")
        assert len(openai.requests) == 1


class Scripted(BaseChatModel):
    """A model of our own making, for what is no failure of a model."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._words()))])

    def _words(self) -> str:
        raise NotImplementedError

    @property
    def _llm_type(self) -> str:
        return "scripted"


class Faulty(Scripted):
    error: Any

    def _words(self) -> str:
        raise self.error


class Asking(Scripted):
    def _words(self) -> str:
        return str(interrupt("Which one?"))


@pytest.mark.parametrize("error", [KeyError("a"), ValueError("b"), TypeError("c"), ZeroDivisionError("d")])
async def test_an_error_of_our_own_is_not_hidden(error: Exception) -> None:
    graph = build_graph(model=Faulty(error=error))
    turn: Any = {"messages": [("user", "Question")]}
    with pytest.raises(type(error)):
        graph.invoke(turn)
    with pytest.raises(type(error)):
        await graph.ainvoke(turn)


def test_a_pause_is_not_a_failure() -> None:
    graph = build_graph(model=Asking(), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    paused = graph.invoke({"messages": [("user", "Question")]}, config)  # type: ignore[arg-type]
    assert paused["__interrupt__"][0].value == "Which one?"
    assert graph.invoke(Command(resume="This one."), config)["messages"][-1].text == "This one."
