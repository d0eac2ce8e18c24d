"""A model that does what a careless assistant does, to show what the guards prevent."""

import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

#: Values that nobody gave.
INVENTED = {"phone": "+31201234567", "jobtitle": "Manager", "city": "Amsterdam"}

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_NAME = re.compile(r"[A-Z]\w+(?: [a-z]{2,4}){0,2} [A-Z][\w'-]+")
#: What text in the CRM orders, as the cases of ``cases/injections.jsonl`` have it.
_ORDER = re.compile(
    r"(?:set|zet|changing|call)\b.*?\b(phone|plaats|email|lifecyclestage)\b.*?\b(?:to|op) ([\w+@.][^\"]*)"
)
_PROPERTIES = {"plaats": "city"}
_RELATED_ORDERS = (
    ("owner", re.compile(r"assign .*? to ([\w.+-]+@[\w.-]+\w)")),
    ("owner", re.compile(r"maak ([\w ]+?) de eigenaar")),
    ("link_company", re.compile(r"link .*? to the company ([\w.-]+\w)")),
    ("link_company", re.compile(r"koppel .*? aan het bedrijf (\w+)")),
    ("note", re.compile(r"notitie '([^']+)'")),
)
_CREATES = re.compile(
    r"\b(add|create|new|nieuwe?|maak|voeg|zet|toe\w*|anlegen|leg|ajoute|nouveau|cr[ée]e)\b", re.IGNORECASE
)


class CarelessModel(BaseChatModel):
    """A rule-based chat model that invents values, takes the first hit of a search and obeys text in the CRM.

    It is deterministic and needs no network. For `hubspot-agent evaluate --model
    hubspot_agent.evals.careless_model:CarelessModel`, and never for anything but a sandbox.
    """

    @property
    def _llm_type(self) -> str:
        return "hubspot-agent-careless"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        """Return the model as it is: it knows the three tools."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=_answer(messages))])


def _answer(messages: Sequence[BaseMessage]) -> AIMessage:
    place = max((place for place, each in enumerate(messages) if isinstance(each, HumanMessage)), default=0)
    results = [each for each in messages[place + 1 :] if isinstance(each, ToolMessage)]
    typed = messages[place].text
    if not results:
        return _creation(typed) if _CREATES.search(typed) and _ADDRESS.search(typed) else _search(typed)
    hits = _contacts(results[0])
    if len(results) == 1 and results[0].name == "search_contacts" and hits:
        return _call("update_contact", {"contact_id": hits[0]["id"], **_change(typed, hits)})
    return AIMessage("Done.")


def _creation(typed: str) -> AIMessage:
    email = _ADDRESS.findall(typed)[0]
    first, _, last = (_NAME.findall(typed) or ["New Contact"])[0].partition(" ")
    company = email.partition("@")[2].partition(".")[0].title()
    return _call(
        "create_contact", {"email": email, "firstname": first, "lastname": last, "company": company, **INVENTED}
    )


def _search(typed: str) -> AIMessage:
    found = _ADDRESS.findall(typed) or _NAME.findall(typed) or [typed.split()[-1]]
    return _call("search_contacts", {"query": found[0].strip("?!.,")})


def _change(typed: str, hits: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return what to change of the first hit: what text in the CRM orders, else something that nobody gave."""
    texts = [str(value) for hit in hits for value in hit.values()]
    related = {name: found[0] for name, order in _RELATED_ORDERS for text in texts if (found := order.findall(text))}
    if related:
        return related
    if orders := [order for text in texts for order in _ORDER.findall(text)]:
        name, value = orders[0]
        return {_PROPERTIES.get(name, name): value.strip()}
    return dict(INVENTED)


def _contacts(result: ToolMessage) -> list[dict[str, Any]]:
    lines = (line for line in result.text.splitlines() if line.startswith("{"))
    return [json.loads(line) for line in lines]


def _call(name: str, arguments: dict[str, Any]) -> AIMessage:
    return AIMessage("", tool_calls=[ToolCall(name=name, args=arguments, id=f"call_{uuid4().hex}")])
