"""Two instances on one PostgreSQL, one of which dies in the middle of the work."""

import asyncio
from contextlib import ExitStack

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.errors import InternalServerError

from hubspot_agent.sandbox import Sandbox
from support.openai_wire import KEY, OpenAIWire, demo
from support.servers import aegra

pytestmark = pytest.mark.slow

CONVERSATIONS, CONVERSATIONS_WITH_SOAK = 60, 200
CONVERSATIONS_AT_ONCE = 50
DECISIONS, DECISIONS_WITH_SOAK = 6, 30

ENDED = ("success", "error", "interrupted", "timeout")

#: An instance that is gone is noticed in seconds, not in half a minute as in production.
IMPATIENT = {
    "LEASE_DURATION_SECONDS": "4",
    "HEARTBEAT_INTERVAL_SECONDS": "1",
    "REAPER_INTERVAL_SECONDS": "1",
    "STUCK_PENDING_THRESHOLD_SECONDS": "5",
    "HUBSPOT_AGENT_OPEN": "1",
    "HUBSPOT_AGENT_SEARCHES_PER_SECOND": "1000",
    "HUBSPOT_AGENT_CALLS_PER_TEN_SECONDS": "10000",
}


class Client:
    """Leads conversations on any instance that answers, and after a lost answer looks what became of it."""

    def __init__(self, urls):
        self._instances = [get_client(url=url) for url in urls]

    def turn_to(self, url):
        """Ask this instance from now on."""
        self._instances[:] = [get_client(url=url)]

    async def ask(self, call):
        """Return the answer of the first instance that gives one; the next question goes there first."""
        while True:
            instance = self._instances[0]
            try:
                return await call(instance)
            except (httpx.TransportError, InternalServerError):
                if self._instances[0] is instance:
                    self._instances.append(self._instances.pop(0))
                await asyncio.sleep(0.1)

    async def begin(self, thread, number, **turn):
        """Begin the `number`th turn of a conversation, once, and return its id."""

        async def begin(instance):
            runs = await instance.runs.list(thread)
            if len(runs) < number:
                return await instance.runs.create(thread, "contacts", **turn)
            return runs[0]

        return (await self.ask(begin))["run_id"]

    async def end(self, thread, run):
        """Wait for the end of a turn, and return where the conversation then stands."""
        while (await self.ask(lambda instance: instance.runs.get(thread, run)))["status"] not in ENDED:
            await asyncio.sleep(0.2)
        return await self.ask(lambda instance: instance.threads.get_state(thread))

    async def run(self, thread, number, **turn):
        """Run the `number`th turn of a conversation, once, and return where the conversation then stands."""
        return await self.end(thread, await self.begin(thread, number, **turn))

    async def lead(self, address, approve):
        """Have a contact created, with or without a person's approval, and return the receipts."""
        thread = (await self.ask(lambda instance: instance.threads.create()))["thread_id"]
        words = {"messages": [{"role": "user", "content": f"create a contact Zed Quark, {address}"}]}
        context = {"approve_writes": approve}
        state = await self.run(thread, 1, input=words, context=context)
        if approve:
            decisions = {"resume": {"decisions": [{"type": "approve"}]}}
            state = await self.run(thread, 2, command=decisions, context=context)
        return state["values"]["messages"][-1]["additional_kwargs"].get("receipts")


@pytest.fixture(scope="module")
def services():
    with Sandbox(contacts=[]) as crm, OpenAIWire(lambda request: demo(request, delay=0.2)) as model:
        yield (
            crm,
            {
                **IMPATIENT,
                "HUBSPOT_ACCESS_TOKEN": crm.token,
                "HUBSPOT_BASE_URL": crm.url,
                "OPENAI_API_KEY": KEY,
                "OPENAI_BASE_URL": model.url,
            },
        )


async def test_an_instance_dies_and_every_conversation_completes(services, postgresql_url, redis_url, tmp_path, soak):
    crm, environment = services
    count = CONVERSATIONS_WITH_SOAK if soak else CONVERSATIONS
    databases = {"database_url": postgresql_url, "redis_url": redis_url}
    with ExitStack() as stack:
        first, second = (stack.enter_context(aegra(tmp_path, environment=environment, **databases)) for _ in range(2))
        clients = [Client([first.url, second.url]), Client([second.url])]
        places = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)

        async def lead(number):
            async with places:
                return await clients[number % 2].lead(f"quark{number}@quark.example", approve=number % 4 < 2)

        conversations = asyncio.gather(*(lead(number) for number in range(count)))
        while len(crm.contacts()) < count // 3:
            assert not conversations.done()
            await asyncio.sleep(0.05)
        await asyncio.to_thread(first.kill)
        async with asyncio.timeout(240):
            receipts = await conversations
    assert [[each["outcome"] for each in given or ()] for given in receipts] == [["done"]] * count
    made = sorted(each["properties"]["email"] for each in crm.contacts())
    assert made == sorted(f"quark{number}@quark.example" for number in range(count))


async def test_an_instance_dies_between_decisions_and_answers(services, postgresql_url, redis_url, tmp_path, soak):
    """What a person decided last is what HubSpot holds: once more, afterwards, where a write still waits."""
    crm, environment = services
    databases = {"database_url": postgresql_url, "redis_url": redis_url}
    context = {"approve_writes": True}
    count = DECISIONS_WITH_SOAK if soak else DECISIONS
    places = asyncio.Semaphore(DECISIONS)
    with ExitStack() as stack:
        first = stack.enter_context(aegra(tmp_path, environment=environment, **databases))
        client = Client([first.url])

        async def ask(number):
            thread = (await client.ask(lambda at: at.threads.create()))["thread_id"]
            words = f"create a contact Zed Quirk, {email(number)}"
            async with places:
                await client.run(thread, 1, input=says(words), context=context)
            return thread, await client.begin(thread, 2, command=decision("approve"), context=context)

        asked = asyncio.gather(*(ask(number) for number in range(count)))
        while len(quirks(crm)) < count // 3:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(first.kill)
        written = quirks(crm)
        second = stack.enter_context(aegra(tmp_path, environment=environment, **databases))
        client.turn_to(second.url)

        async def go_on(number, thread, run):
            state = await client.end(thread, run)
            waits = any(task["interrupts"] for task in state["tasks"])
            assert not (waits and email(number) in written), "what was written is shown as waiting"
            last = ("approve", "edit", "reject")[number % 3] if waits else "approve"
            if waits:
                await client.run(thread, 3, command=decision(last, number), context=context)
            return {"approve": "Zed", "edit": "Zoe", "reject": None}[last]

        names = await asyncio.gather(*(go_on(number, *each) for number, each in enumerate(await asked)))
    assert quirks(crm) == {email(number): name for number, name in enumerate(names) if name}


def email(number):
    return f"quirk{number}@quirk.example"


def says(words):
    return {"messages": [{"role": "user", "content": words}]}


def decision(kind, number=0):
    args = {"firstname": "Zoe", "lastname": "Quirk", "email": email(number)}
    edit = {"edited_action": {"name": "create_contact", "args": args}} if kind == "edit" else {}
    return {"resume": {"decisions": [{"type": kind, **edit}]}}


def quirks(crm):
    made = [each["properties"] for each in crm.contacts()]
    return {each["email"]: each["firstname"] for each in made if each.get("email", "").endswith("@quirk.example")}
