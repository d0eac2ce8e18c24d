"""A conversation with the demo model by hand-made messages: what a real agent would show it, without an agent."""

import json

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from hubspot_agent.demo_model import DemoModel
from hubspot_agent.texts import text
from hubspot_agent.tools import contact_tools

ANA = {"id": "101", "firstname": "Ana", "lastname": "Silva", "email": "ana@acme.example", "company": "Acme"}
JAN = {"id": "102", "firstname": "Jan", "lastname": "de Vries", "email": "jan@globex.example", "city": "Utrecht"}
JAN_TOO = {"id": "103", "firstname": "Jan", "lastname": "de Vries", "email": "jan@initech.example", "city": "Leiden"}
SEEN_ANA = {"id": "101", "name": "Ana Silva", "email": "ana@acme.example"}


def no_port():
    raise AssertionError("the demo model must not run tools itself")


MODEL = DemoModel().bind_tools(contact_tools(no_port))


def block(tag, records):
    return "\n".join([f"<{tag}>", *(json.dumps(record, ensure_ascii=False) for record in records), f"</{tag}>"])


def prompt(seen=(), language=None):
    names = {"en": "English (en)", "nl": "Dutch (nl)", None: "the user's language"}
    lines = ["You look after contacts.", f"Answer in {names[language]}."]
    return SystemMessage("\n".join([*lines, *([block("contacts_seen", seen)] if seen else [])]))


def found(*records, total=None, after=None):
    if not records:
        return "No contact matches."
    total = total or len(records)
    count = "1 contact matches" if total == 1 else f"{total} contacts match"
    more = f' For the next, search again with after="{after}".' if after else ""
    return f"{count}; showing 1 to {len(records)}.{more}\n{block('crm_data', records)}"


def updated(record, **changed):
    name = f"{record['firstname']} {record['lastname']}"
    changes = {prop: {"old": record.get(prop, ""), "new": new} for prop, new in changed.items()}
    return f"Updated.\n{block('crm_data', [{'id': record['id'], 'name': name, 'changed': changes}])}"


def created(**record):
    return f"Created.\n{block('crm_data', [{'id': '900', **record}])}"


def failed(code, sentence="Something went wrong.", *records, head="Not done"):
    return "\n".join([f"{head} ({code}): {sentence}", *([block("crm_data", records)] if records else [])])


class Chat:
    """What the graph does around the model: the window of five texts, the tool exchange of the turn."""

    def __init__(self, *, seen=(), language=None, button=None, model=MODEL):
        self.texts = [AIMessage(text(f"graph.ask_{button}", language or "en"))] if button else []
        self.seen, self.language, self.model = list(seen), language, model
        self.calls = []

    def say(self, typed, *results):
        """Type something; `results` answer the tool calls, in order. Returns the last answer of the model."""
        self.texts.append(HumanMessage(typed))
        messages = [prompt(self.seen, self.language), *self.texts[-5:]]
        answer = self.model.invoke(messages)
        for result in results:
            assert len(answer.tool_calls) == 1, f"no call to answer, but: {answer.text}"
            call = answer.tool_calls[0]
            self.calls.append((call["name"], call["args"]))
            status = "error" if result.startswith(("Not done", "Outcome", "User rejected", "Error")) else "success"
            messages += [answer, ToolMessage(result, name=call["name"], tool_call_id=call["id"], status=status)]
            answer = self.model.invoke(messages)
        if answer.tool_calls:
            self.calls.append((answer.tool_calls[0]["name"], answer.tool_calls[0]["args"]))
        else:
            self.texts.append(AIMessage(answer.text))
        return answer

    @property
    def writes(self):
        return [call for call in self.calls if call[0] != "search_contacts"]


def call_for(typed, *, seen=(SEEN_ANA,), language=None):
    """Return the tool call, as (name, arguments), that a single message leads to; `None` for an answer in words."""
    chat = Chat(seen=seen, language=language)
    chat.say(typed)
    return chat.calls[-1] if chat.calls else None
