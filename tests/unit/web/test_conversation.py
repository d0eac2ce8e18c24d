"""A conversation on the server: one turn at a time, however soon it is stopped."""

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore

from hubspot_agent import build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.state import Context
from hubspot_agent.texts import Language
from hubspot_agent.web.conversations import Conversations


def report(error: Exception, language: Language) -> str:
    raise error


async def test_a_turn_stopped_before_its_first_step_leaves_the_conversation_free() -> None:
    conversations = Conversations(
        graph=build_graph(model=DemoModel(), checkpointer=InMemorySaver()),
        store=InMemoryStore(),
        account="test",
        context=Context(),
        language="en",
        links=False,
        report=report,
    )
    conversation = await conversations.get("sam", "0" * 32)
    await conversation.open("en")
    assert conversation.say("hello", "en")
    await conversation.stop()
    assert not conversation.busy
    assert conversation.say("find", "en")
    views = [view async for view in conversation.views("en")]
    assert views[0].busy
    assert not views[-1].busy
    assert len(views[-1].items) >= 3
