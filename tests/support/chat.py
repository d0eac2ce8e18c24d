"""A conversation with the graph, and the contact and the port's settings that most tests begin with."""

from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.types import Command

from hubspot_agent import Context, HubSpotContacts
from hubspot_agent.sandbox import Sandbox

ANA = {"email": "ana@acme.example", "firstname": "Ana", "lastname": "Silva", "company": "Acme", "phone": "+31201234567"}

#: The sandbox of the tests has no limits to keep.
NO_LIMITS: dict[str, Any] = {"searches_per_second": None, "calls_per_ten_seconds": None}


def unlimited(crm: Sandbox, **settings: Any) -> HubSpotContacts:
    """Return a port that keeps no limits; `settings` as `HubSpotContacts` takes them."""
    return HubSpotContacts(crm.token, host=crm.url, **NO_LIMITS, **settings)


@dataclass
class Chat:
    """One conversation with the assistant."""

    graph: Any
    thread: str = "1"
    context: Context = field(default_factory=Context)
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, Any]:
        return {"configurable": {"thread_id": self.thread}}

    def run(self, turn: Any) -> AIMessage:
        self.result = self.graph.invoke(turn, self.config, context=self.context)
        return self.result["messages"][-1]

    def open(self) -> AIMessage:
        return self.run({})

    def press(self, action: str) -> AIMessage:
        return self.run({"action": action})

    def say(self, words: str) -> AIMessage:
        return self.run({"messages": [("user", words)]})

    def decide(self, *decisions: dict[str, Any]) -> AIMessage:
        return self.run(Command(resume={"decisions": list(decisions)}))

    @property
    def pause(self) -> dict[str, Any] | None:
        interrupts = self.result.get("__interrupt__")
        return interrupts[0].value if interrupts else None
