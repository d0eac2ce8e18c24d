"""A conversation with the demo model by hand-made messages: what a real agent would show it, without an agent."""

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from hubspot_agent.contacts import Change, Contact, changes
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.texts import text
from hubspot_agent.tools import contact_tools
from hubspot_agent.tools.results import ToolResult, tool_message, written

ANA = {"id": "101", "firstname": "Ana", "lastname": "Silva", "email": "ana@acme.example", "company": "Acme"}
JAN = {"id": "102", "firstname": "Jan", "lastname": "de Vries", "email": "jan@globex.example", "city": "Utrecht"}
JAN_TOO = {"id": "103", "firstname": "Jan", "lastname": "de Vries", "email": "jan@initech.example", "city": "Leiden"}
SEEN_ANA = {"id": "101", "name": "Ana Silva", "email": "ana@acme.example"}


def no_port():
    raise AssertionError("the demo model must not run tools itself")


MODEL = DemoModel().bind_tools(contact_tools(no_port))


def prompt(seen=(), language=None):
    turn = {"language": language, "approve_writes": False, "pinned": list(seen)}
    return SystemMessage("You look after contacts.", additional_kwargs={"turn": turn})


def record(properties):
    return {"id": properties["id"], "properties": {name: value for name, value in properties.items() if name != "id"}}


def found(*contacts, total=None, after=None):
    records = [record(each) for each in contacts]
    return ToolResult(outcome="done", contacts=records, total=total or len(records), first=1, after=after)


def updated(contact, **changed):
    changes = [Change(property=name, old=contact.get(name, ""), new=new) for name, new in changed.items()]
    after = record({**contact, **changed})
    return written("update_contact", Contact(after["id"], after["properties"]), changes)


def created(**properties):
    return written("create_contact", Contact("900", properties), changes({}, properties))


def failed(code, *contacts, outcome="failed"):
    return ToolResult(
        outcome=outcome, code=code, message="For the model.", contacts=[record(each) for each in contacts]
    )


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
            answered = result if isinstance(result, ToolMessage) else tool_message(call, result)
            messages += [answer, answered.model_copy(update={"tool_call_id": call["id"]})]
            answer = self.model.invoke(messages)
        if answer.tool_calls:
            self.calls.append((answer.tool_calls[0]["name"], answer.tool_calls[0]["args"]))
        else:
            self.texts.append(AIMessage(answer.text))
        return answer

    def peek(self, typed):
        """Return the tool that a message would lead to first; "" for an answer in words."""
        answer = self.model.invoke([prompt(self.seen, self.language), *self.texts[-4:], HumanMessage(typed)])
        return answer.tool_calls[0]["name"] if answer.tool_calls else ""

    @property
    def writes(self):
        return [call for call in self.calls if call[0] != "search_contacts"]


def call_for(typed, *, seen=(SEEN_ANA,), language=None):
    """Return the tool call, as (name, arguments), that a single message leads to; `None` for an answer in words."""
    chat = Chat(seen=seen, language=language)
    chat.say(typed)
    return chat.calls[-1] if chat.calls else None
