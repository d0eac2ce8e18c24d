"""The graphs on the servers that serve them, by one client: LangGraph's development server, and Aegra."""

import asyncio
from contextlib import ExitStack

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.errors import ConflictError

from support.servers import aegra, langgraph_dev
from support.services import free_port, postgresql, redis

DEMO = "contacts_demo"
CREATE = "create a contact Zed Quark, {}@quark.example"
APPROVE = {"resume": {"decisions": [{"type": "approve"}]}}


class Servers:
    """One server after the other, on the same port and with the same conversations."""

    def __init__(self, kind, directory, stack):
        self.kind = kind
        if kind == "aegra":
            databases = {"database_url": stack.enter_context(postgresql()), "redis_url": stack.enter_context(redis())}
            self._start = lambda: aegra(directory, port=self.port, environment={"HUBSPOT_AGENT_OPEN": "1"}, **databases)
        else:
            self._start = lambda: langgraph_dev(directory, port=self.port)
        self.port = free_port()
        self._stack = stack
        self._running = stack.enter_context(ExitStack())
        self.start()

    def start(self):
        self.server = self._running.enter_context(self._start())

    def restart(self):
        self._running.close()
        self.start()


@pytest.fixture(scope="module", params=["langgraph", pytest.param("aegra", marks=pytest.mark.slow)])
def servers(request, tmp_path_factory):
    with ExitStack() as stack:
        yield Servers(request.param, tmp_path_factory.mktemp(request.param), stack)


class Conversation:
    """A conversation on a server, as a client leads it."""

    def __init__(self, servers, graph=DEMO, **context):
        self.client = get_client(url=servers.server.url)
        self.graph = graph
        self.context = context or None
        self.thread = None

    async def begin(self):
        self.thread = (await self.client.threads.create())["thread_id"]
        return self

    async def run(self, **turn):
        """Run a turn and return its last message."""
        self.events = []
        modes = ["values", "messages-tuple", "custom"]
        options = {"context": self.context, "stream_mode": modes, "stream_subgraphs": True}
        async for event in self.client.runs.stream(self.thread, self.graph, **turn, **options):
            assert event.event != "error", event.data
            self.events.append(event)
        return (await self.messages())[-1]

    async def open(self):
        return await self.run(input={})

    async def press(self, action):
        return await self.run(input={"action": action})

    async def say(self, words):
        return await self.run(input={"messages": [{"role": "user", "content": words}]})

    async def decide(self, **decision):
        return await self.run(command={"resume": {"decisions": [decision]}})

    async def state(self):
        return await self.client.threads.get_state(self.thread)

    async def messages(self):
        return (await self.state())["values"]["messages"]

    async def pause(self):
        """Return the write that waits for approval, if there is one."""
        waiting = [each["value"] for task in (await self.state())["tasks"] for each in task["interrupts"]]
        return waiting[0]["action_requests"][0] if waiting else None


def receipt(message):
    return message["additional_kwargs"]["receipts"][0]


async def test_a_greeting_the_buttons_and_typed_words(servers):
    talk = await Conversation(servers).begin()
    welcome = await talk.open()
    assert [each["action"] for each in welcome["additional_kwargs"]["buttons"]] == ["search", "create", "update"]
    assert await talk.open() == welcome
    for action, word in {"search": "whom", "create": "e-mail", "update": "which"}.items():
        assert word in (await talk.press(action))["content"].casefold()
    assert "Emily" in (await talk.say("find emily.johnson@globex.example"))["content"]


async def test_tokens_and_progress_stream(servers):
    talk = await Conversation(servers).begin()
    answer = await talk.say("find emily.johnson@globex.example")
    pieces = [
        event.data[0]["content"]
        for event in talk.events
        if event.event.startswith("messages") and event.data[0].get("type") == "AIMessageChunk"
    ]
    assert len(pieces) > 3
    assert answer["content"].strip() in "".join(pieces)
    assert any("progress" in event.data for event in talk.events if event.event.startswith("custom"))


async def test_approve_edit_reject_and_undo(servers):
    talk = await Conversation(servers, approve_writes=True).begin()
    await talk.say(CREATE.format("approved"))
    assert (await talk.pause())["args"]["email"] == "approved@quark.example"
    assert receipt(await talk.decide(type="approve"))["outcome"] == "done"
    await talk.say("change the city of approved@quark.example to Porto")
    edited = {**(await talk.pause())["args"], "city": "Lisbon"}
    done = await talk.decide(type="edit", edited_action={"name": "update_contact", "args": edited})
    assert receipt(done)["changes"] == [{"property": "city", "old": "", "new": "Lisbon"}]
    assert receipt(await talk.press("undo"))["changes"][0]["new"] == ""
    await talk.say("change the city of approved@quark.example to Porto")
    assert "receipts" not in (await talk.decide(type="reject"))["additional_kwargs"]
    assert await talk.pause() is None
    assert receipt(await talk.press("undo"))["outcome"] == "done"
    assert "nothing to undo" in (await talk.press("undo"))["content"]


async def test_words_in_the_place_of_a_decision(servers):
    talk = await Conversation(servers, approve_writes=True).begin()
    await talk.say(CREATE.format("never"))
    assert "Emily" in (await talk.say("find emily.johnson@globex.example"))["content"]
    assert await talk.pause() is None
    assert (
        "never@" not in (await talk.say("find never@quark.example"))["content"]
        or "No contact" in (await talk.messages())[-1]["content"]
    )


async def test_state_and_history(servers):
    talk = await Conversation(servers).begin()
    await talk.open()
    await talk.say("find emily.johnson@globex.example")
    state = await talk.state()
    assert state["next"] == []
    assert [each["name"] for each in state["values"]["pinned"]] == ["Emily Johnson"]
    history = await talk.client.threads.get_history(talk.thread, limit=50)
    counts = [len(each["values"].get("messages", ())) for each in history]
    assert counts[0] == len(state["values"]["messages"])
    assert counts == sorted(counts, reverse=True)
    first = history[-1]["checkpoint"]
    assert not (await talk.client.threads.get_state(talk.thread, checkpoint=first))["values"].get("messages")


@pytest.mark.slow
async def test_fifty_conversations_at_once(servers):
    async def lead(number):
        talk = await Conversation(servers).begin()
        await talk.press("create")  # Nothing here asks HubSpot, whose limits fifty people would wait for.
        return (await talk.say(f"many{number}@quark.example"))["content"]

    answers = await asyncio.gather(*(lead(number) for number in range(50)))
    assert [f"many{number}@quark.example" in answer for number, answer in enumerate(answers)] == [True] * 50


async def test_a_second_message_while_a_write_is_under_way(servers):
    async def lead(strategy):
        talk = await Conversation(servers).begin()
        words = [{"messages": [{"role": "user", "content": CREATE.format(f"{each}.{strategy}")}]} for each in "ab"]
        runs = talk.client.runs
        first = await runs.create(talk.thread, DEMO, input=words[0], stream_mode=["custom"], stream_subgraphs=True)
        async for event in runs.join_stream(talk.thread, first["run_id"], stream_mode=["custom"]):
            if "Creating" in str(event.data):
                break
        try:
            second = await runs.create(talk.thread, DEMO, input=words[1], multitask_strategy=strategy)
            await runs.join(talk.thread, second["run_id"])
        except ConflictError:
            assert strategy == "reject"
            second = None
        while (await talk.client.threads.get(talk.thread))["status"] == "busy":
            await asyncio.sleep(0.1)
        messages = await talk.messages()
        told = [each["new"] for message in messages for each in _written(message) if each["property"] == "email"]
        assert (await talk.state())["next"] == []
        assert messages[-1]["type"] == "ai"
        assert {call["id"] for each in messages for call in each.get("tool_calls") or ()} == {
            each["tool_call_id"] for each in messages if each["type"] == "tool"
        }
        a, b = (f"{each}.{strategy}@quark.example" for each in "ab")
        assert told == {"reject": [a] if second is None else [a, b], "enqueue": [a, b]}.get(strategy, told)
        assert set(told) <= {a, b}
        assert second is None or told[-1] == b
        # What was told is there, once, and what was given up is there at most once.
        looking = await Conversation(servers).begin()
        for address in (a, b):
            found = (await looking.say(f"find {address}"))["content"].count(f"{address}")
            assert found == 1 or address not in told

    await asyncio.gather(*map(lead, ("reject", "enqueue", "interrupt", "rollback")))


def _written(message):
    return [change for each in message["additional_kwargs"].get("receipts", ()) for change in each["changes"]]


async def test_what_is_missing_is_said(servers):
    talk = await Conversation(servers, "contacts").begin()
    assert "OPENAI_API_KEY" in (await talk.say("hello"))["content"]


async def test_the_graphs_and_their_schemas(servers):
    client = get_client(url=servers.server.url)
    assistants = {each["graph_id"]: each["assistant_id"] for each in await client.assistants.search()}
    assert set(assistants) == {"contacts", DEMO}
    schemas = await client.assistants.get_schemas(assistants[DEMO])
    assert "search" in str(schemas["input_schema"]["properties"]["action"])
    assert {"language", "approve_writes", "user"} <= set(schemas["context_schema"]["properties"])
    drawn = await client.assistants.get_graph(assistants[DEMO], xray=True)
    assert {"route", "greeting", "button", "undo"} <= {each["id"] for each in drawn["nodes"]}
    assert any("tools" in str(each["id"]) for each in drawn["nodes"])


@pytest.mark.slow
async def test_a_restart_loses_no_conversation(servers):
    talk = await Conversation(servers, approve_writes=True).begin()
    await talk.open()
    await talk.say("find emily.johnson@globex.example")
    waiting = await Conversation(servers, approve_writes=True).begin()
    await waiting.say(CREATE.format("restart"))
    before = await talk.messages()
    await asyncio.to_thread(servers.restart)
    assert await talk.messages() == before
    assert receipt(await waiting.decide(type="approve"))["outcome"] == "done"
    await talk.say("change her city to Porto")
    assert (await talk.pause())["contact"]["properties"]["email"] == "emily.johnson@globex.example"
