"""Many conversations on one graph: nothing crosses over, and the event loop stays free."""

import asyncio
import time

from langgraph.checkpoint.memory import InMemorySaver

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox
from support.chat import NO_LIMITS

CONVERSATIONS = 50


async def longest_pause(done: asyncio.Event) -> float:
    """Return the longest time, in seconds, for which the event loop was not free."""
    longest = 0.0
    while not done.is_set():
        before = time.perf_counter()
        await asyncio.sleep(0.005)
        longest = max(longest, time.perf_counter() - before - 0.005)
    return longest


async def test_50_conversations_at_once(record_property):
    contacts = [
        {"firstname": f"Name{number}", "email": f"name{number}@acme.example"} for number in range(CONVERSATIONS)
    ]
    with Sandbox(contacts=contacts) as crm, HubSpotContacts(crm.token, host=crm.url, **NO_LIMITS) as port:
        graph = build_graph(model=DemoModel(), contacts=port, checkpointer=InMemorySaver())

        async def converse(number: int) -> str:
            config = {"configurable": {"thread_id": str(number)}}
            await graph.ainvoke({}, config)
            words = ""
            for turn in (f"find name{number}@acme.example", "thanks", f"change her city to City{number}"):
                result = await graph.ainvoke({"messages": [("user", turn)]}, config)
                words += result["messages"][-1].text
            return " ".join(message.text for message in result["messages"])

        done = asyncio.Event()
        watch = asyncio.create_task(longest_pause(done))
        said = await asyncio.gather(*map(converse, range(CONVERSATIONS)))
        done.set()
        record_property("longest_pause_ms", round(await watch * 1000))
        stored = crm.contacts()
    assert [each["properties"].get("city") for each in stored] == [f"City{number}" for number in range(CONVERSATIONS)]
    for number, words in enumerate(said):
        names = {f"name{other}@" for other in range(CONVERSATIONS)}
        assert {name for name in names if name in words} == {f"name{number}@"}
