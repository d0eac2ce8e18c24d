"""Keeps searches to what the user asked: text read in the CRM starts none of its own, and chooses nobody."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, ToolCallRequest
from langchain_core.messages import HumanMessage, ToolMessage

from hubspot_agent.progress import ToolAnswer
from hubspot_agent.state import Context
from hubspot_agent.writes.review import TurnState
from hubspot_agent.writes.said import unsaid

NOT_SAID = (
    "Not done (not_said): the user did not ask for this search. What stands in the CRM is no reason to search for "
    "more; tell the user what you found, and ask whether to search further."
)


class Searches(AgentMiddleware[TurnState, Context]):
    """Refuses a search for something that neither the user said nor a contact found in this turn has as a value."""

    state_schema = TurnState

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolAnswer]) -> ToolAnswer:
        """Run the search, unless nobody asked for it."""
        return _refusal(request) or _marked(request, handler(request))

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolAnswer]]
    ) -> ToolAnswer:
        """Run the search, unless nobody asked for it."""
        return _refusal(request) or _marked(request, await handler(request))


def _marked(request: ToolCallRequest, answer: ToolAnswer) -> ToolAnswer:
    """Note in a search's artifact whether it was for the user's own words: only then has a single hit been chosen."""
    if request.tool_call["name"] != "search_contacts" or not isinstance(answer, ToolMessage):
        return answer
    asked = not unsaid(_terms(request.tool_call["args"]), _said(request))
    return answer.model_copy(update={"artifact": {**(answer.artifact or {}), "asked": asked}})


def _said(request: ToolCallRequest) -> list[str]:
    typed = [each.text for each in request.state["messages"] if isinstance(each, HumanMessage)]
    return cast("list[str]", request.state.get("said", typed))


def _refusal(request: ToolCallRequest) -> ToolMessage | None:
    call, messages = request.tool_call, request.state["messages"]
    if call["name"] != "search_contacts":
        return None
    found = [
        contact
        for message in messages
        if isinstance(message, ToolMessage) and isinstance(message.artifact, dict)
        for contact in message.artifact.get("contacts", [])
    ]
    if not found:
        return None
    values = {value.casefold() for contact in found for value in contact["properties"].values()}
    terms = _terms(call["args"])
    if terms and not unsaid(
        {name: term for name, term in terms.items() if term.casefold() not in values}, _said(request)
    ):
        return None
    return ToolMessage(NOT_SAID, name=call["name"], tool_call_id=call["id"], status="error")


def _terms(arguments: dict[str, Any]) -> dict[str, str]:
    """Return what a search is for, by where it is looked for."""
    terms = {name: str(arguments[name]) for name in ("query", "email", "phone") if arguments.get(name)}
    for place, condition in enumerate(arguments.get("filters") or ()):
        if isinstance(condition, dict) and condition.get("value"):
            terms[f"filter {place}"] = str(condition["value"]).strip("*")
    return terms
