"""The three tools: `search_contacts`, `create_contact`, `update_contact`.

Each works on its own in anyone's agent. What a tool answers is a `ToolResult`, data that stands in the message's
artifact; the text that the model reads is made from it. `schemas.py` has the arguments, `search.py` and `operations.py`
what the tools do, `related.py` owner, company record and note, `owners.py` and `companies.py` whom and which one a name
means, `names.py` what ids are called, `results.py` what the tools answer.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, ValidationError

from hubspot_agent.hubspot import HubSpotContacts, HubSpotError
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.tools.operations import create, update
from hubspot_agent.tools.results import ToolResult, failed, invalid_arguments, model_text
from hubspot_agent.tools.schemas import CreateContact, SearchContacts, UpdateContact
from hubspot_agent.tools.search import search

__all__ = ["ContactsSource", "contact_tools"]

ContactsSource = HubSpotContacts | Callable[[], HubSpotContacts]

SEARCH = """Find contacts in HubSpot by e-mail address, phone, words from their name or company, owner, or other \
fields. Returns at most 10, a line each, with the total and how to get more. Use it before an update."""
CREATE = """Create a contact in HubSpot. Needs at least an e-mail address, a first name or a last name. \
Pass only what the user said."""
UPDATE = """Change fields of one existing contact in HubSpot, by its id; give it an owner, link it to a company \
record, log a note. Pass only what the user wants changed; what is left out stays as it is."""


def contact_tools(contacts: ContactsSource, shown_properties: Sequence[str] = ()) -> list[BaseTool]:
    """Return the three tools, working on `contacts`.

    Args:
        contacts: The port to HubSpot, or a callable that returns it, asked at each call.
        shown_properties: What a search shows besides `SHOWN_PROPERTIES`; names that the account does not have
            are left out.
    """
    searching = partial(search, shown_properties=shown_properties)
    return [
        _tool("search_contacts", SEARCH, SearchContacts, searching, contacts, shown_properties),
        _tool("create_contact", CREATE, CreateContact, create, contacts),
        _tool("update_contact", UPDATE, UpdateContact, update, contacts),
    ]


def _tool(
    name: str,
    description: str,
    schema: type[BaseModel],
    operation: Callable[..., ToolResult],
    contacts: ContactsSource,
    shown_properties: Sequence[str] = (),
) -> BaseTool:
    def call(**arguments: Any) -> tuple[str, ToolResult]:
        try:
            result = operation(contacts if isinstance(contacts, HubSpotContacts) else contacts(), **arguments)
        except HubSpotError as error:
            result = failed(error)
        return model_text(name, result, shown_properties), result

    async def acall(**arguments: Any) -> tuple[str, ToolResult]:
        return await in_thread(call, **arguments)

    def refuse(error: ValidationError) -> str:
        return model_text(name, invalid_arguments(error))

    return StructuredTool.from_function(
        func=call,
        coroutine=acall,
        name=name,
        description=description,
        args_schema=schema,
        response_format="content_and_artifact",
        handle_validation_error=refuse,
    )
