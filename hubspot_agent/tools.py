"""The three tools: `search_contacts`, `create_contact`, `update_contact`.

Each works on its own in anyone's agent. What they answer is text for a model, with CRM values as a
``<crm_data>`` block, and as artifact what a program needs: the contacts, and of a write its receipt.
"""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hubspot_agent.contacts import IDENTIFYING_PROPERTIES, SHOWN_PROPERTIES, Contact, changes
from hubspot_agent.hubspot import ContactExistsError, HubSpotContacts, HubSpotError, SearchFilter, SearchResult
from hubspot_agent.hubspot.threads import in_thread
from hubspot_agent.texts.sanitizing import data_block

#: How many contacts one search shows the model.
MAX_CONTACTS = 10

NOT_DONE = "Not done"
UNKNOWN = "Outcome unknown"

#: Names the create that runs, so that HubSpot can recognise it when it is sent again.
creation_key: ContextVar[str | None] = ContextVar("creation_key", default=None)

Answer = tuple[str, dict[str, Any]]
ContactsSource = HubSpotContacts | Callable[[], HubSpotContacts]


class PropertyValue(BaseModel):
    """Any other HubSpot property and the value it gets."""

    property: str = Field(description="HubSpot's internal property name, e.g. 'industry'.")
    value: str = Field(description="The value, e.g. an option's internal value for an enumeration.")


class ContactFields(BaseModel):
    """The fields of a contact; one that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(None, description="E-mail address.")
    firstname: str | None = Field(None, description="First name.")
    lastname: str | None = Field(None, description="Last name, with its particle ('van der Berg').")
    phone: str | None = Field(None, description="Phone number, as the user gave it.")
    mobilephone: str | None = Field(None, description="Mobile phone number, when named apart from the phone.")
    company: str | None = Field(None, description="Company name.")
    jobtitle: str | None = Field(None, description="Job title.")
    address: str | None = Field(None, description="Street and house number.")
    city: str | None = Field(None, description="City.")
    zip: str | None = Field(None, description="Postal code.")
    country: str | None = Field(None, description="Country.")
    website: str | None = Field(None, description="Website.")
    lifecyclestage: str | None = Field(None, description="Lifecycle stage, e.g. lead, opportunity, customer.")
    hs_lead_status: str | None = Field(None, description="Lead status, e.g. NEW, OPEN, CONNECTED.")
    other_properties: list[PropertyValue] | None = Field(
        None, description="Any other property, by HubSpot's internal name."
    )


class CreateContact(ContactFields):
    """What `create_contact` takes."""


class UpdateContact(ContactFields):
    """What `update_contact` takes."""

    contact_id: str = Field(description="The contact's id, from a search or a creation in this conversation.")
    clear: list[str] | None = Field(
        None, description="Names of properties to empty, only when the user asked for exactly that."
    )


class Condition(BaseModel):
    """One condition that the contacts must meet."""

    property: str = Field(description="HubSpot's internal property name, e.g. 'city'.")
    operator: str = Field(
        "EQ",
        description="EQ, NEQ, LT, LTE, GT, GTE, CONTAINS_TOKEN, NOT_CONTAINS_TOKEN, HAS_PROPERTY or NOT_HAS_PROPERTY.",
    )
    value: str | None = Field(None, description="The value to compare with; none for (NOT_)HAS_PROPERTY.")


class SearchContacts(BaseModel):
    """What `search_contacts` takes."""

    model_config = ConfigDict(extra="forbid")

    query: str | None = Field(None, description="Words from a name, e-mail address, phone or company.")
    email: str | None = Field(None, description="A complete e-mail address: the surest way to find one person.")
    phone: str | None = Field(None, description="A complete phone number, in any spelling.")
    filters: list[Condition] | None = Field(
        None, description="Conditions on fields, e.g. city EQ Utrecht; all must hold."
    )
    sort: str | None = Field(None, description="A property to sort by; '-createdate' puts the newest first.")
    limit: int = Field(MAX_CONTACTS, ge=1, le=MAX_CONTACTS, description="How many contacts to show.")
    after: str | None = Field(None, description="Where the next page begins, from an earlier answer.")


def given_properties(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return the properties that a tool call gives a value, by HubSpot's names.

    Empty values are left out: a model that fills in every field with "" has said nothing. Clearing
    is asked for with `clear` alone.
    """
    fields = {name: arguments.get(name) for name in ContactFields.model_fields if name != "other_properties"}
    for other in arguments.get("other_properties") or ():
        pair = PropertyValue.model_validate(other)
        fields[pair.property.strip()] = fields.get(pair.property.strip()) or pair.value
    values = {name: value.strip() for name, value in fields.items() if value and value.strip()}
    return dict.fromkeys(arguments.get("clear") or (), "") | values


def tool_arguments(properties: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that give a contact these `properties`; the inverse of `given_properties`."""
    named = {name: value for name, value in properties.items() if value and name in ContactFields.model_fields}
    others = [{"property": name, "value": value} for name, value in properties.items() if value and name not in named]
    cleared = [name for name, value in properties.items() if not value]
    return named | ({"other_properties": others} if others else {}) | ({"clear": cleared} if cleared else {})


def contact_tools(contacts: ContactsSource, shown_properties: Sequence[str] = ()) -> list[BaseTool]:
    """Return the three tools, working on `contacts`.

    Args:
        contacts: The port to HubSpot, or a callable that returns it, asked at each call.
        shown_properties: What a search shows besides `SHOWN_PROPERTIES`; names that the account does not have
            are left out.
    """
    searching = partial(search, shown_properties=shown_properties)
    return [
        _tool("search_contacts", SEARCH, SearchContacts, searching, contacts),
        _tool("create_contact", CREATE, CreateContact, create, contacts),
        _tool("update_contact", UPDATE, UpdateContact, update, contacts),
    ]


SEARCH = """Find contacts in HubSpot by e-mail address, phone, words from their name or company, or other fields. \
Returns at most 10, a line each, with the total and how to get more. Use it before an update."""
CREATE = """Create a contact in HubSpot. Needs at least an e-mail address, a first name or a last name. \
Pass only what the user said."""
UPDATE = """Change fields of one existing contact in HubSpot, by its id. Pass only the fields the user wants \
changed; what is left out stays as it is."""


def search(port: HubSpotContacts, *, shown_properties: Sequence[str] = (), **arguments: Any) -> Answer:
    """Search, and return a line a contact."""
    conditions = [Condition.model_validate(each) for each in arguments.pop("filters", None) or ()]
    asked = {name: value for name, value in arguments.items() if value not in (None, "")}
    found = port.search(
        filters=[SearchFilter(each.property, each.operator, each.value or "") for each in conditions],
        properties=shown_properties,
        **asked,
    )
    first = int(asked.get("after", 0) or 0) + 1
    artifact = {
        "contacts": [contact.as_dict() for contact in found.contacts],
        "total": found.total,
        "after": found.after,
    }
    return _found(found, first, shown_properties), artifact


def create(port: HubSpotContacts, **arguments: Any) -> Answer:
    """Create one contact."""
    properties = given_properties(arguments)
    if not any(properties.get(name) for name in IDENTIFYING_PROPERTIES):
        return f"{NOT_DONE} (missing_identity): a contact needs an e-mail address, a first name or a last name.", {
            "error": {"code": "missing_identity", "written": "no"}
        }
    contact = port.create(properties, key=creation_key.get())
    made = [
        {"property": name, "old": "", "new": contact.properties.get(name, value)} for name, value in properties.items()
    ]
    # HubSpot answers with everything it calculated; what was given and what people are shown is enough.
    shown = {name: value for name, value in contact.properties.items() if name in {*properties, *SHOWN_PROPERTIES}}
    contact = replace(contact, properties=shown)
    return f"Created.\n{data_block([contact_line(contact)])}", _written("create_contact", contact, made)


def update(port: HubSpotContacts, *, contact_id: str, **arguments: Any) -> Answer:
    """Change the given fields of one contact; what already is so is not sent."""
    wanted = given_properties(arguments)
    before = port.get(contact_id, properties=tuple(wanted))
    differing = changes(before.properties, wanted)
    if not differing:
        return f"Nothing to change: the contact already has these values.\n{data_block([contact_line(before)])}", {
            "contacts": [before.as_dict()]
        }
    after = port.update(before.id, {change.property: change.new for change in differing})
    stored = [
        {"property": each.property, "old": each.old, "new": after.properties.get(each.property, each.new)}
        for each in differing
    ]
    stored = [each for each in stored if each["new"] != each["old"]]
    if not stored:
        names = ", ".join(each.property for each in differing)
        return f"{NOT_DONE} (not_taken): HubSpot accepted the call but kept the former value of {names}.", {
            "error": {"code": "not_taken", "written": "no"},
            "contacts": [before.as_dict()],
        }
    properties = {**before.properties, **{each["property"]: each["new"] for each in stored}}
    merged = replace(before, id=after.id, properties=properties, updated_at=after.updated_at)
    summary = {
        "id": merged.id,
        "name": merged.name,
        "changed": {each["property"]: {"old": each["old"], "new": each["new"]} for each in stored},
    }
    return f"Updated.\n{data_block([summary])}", _written("update_contact", merged, stored)


def _tool(
    name: str,
    description: str,
    schema: type[BaseModel],
    function: Callable[..., Answer],
    contacts: ContactsSource,
) -> BaseTool:
    def call(**arguments: Any) -> Answer:
        return _answered(lambda: function(contacts() if callable(contacts) else contacts, **arguments))

    async def acall(**arguments: Any) -> Answer:
        return await in_thread(call, **arguments)

    return StructuredTool.from_function(
        func=call,
        coroutine=acall,
        name=name,
        description=description,
        args_schema=schema,
        response_format="content_and_artifact",
        handle_validation_error=_invalid_arguments,
    )


def _answered(function: Callable[[], Answer]) -> Answer:
    """Run a tool; a `HubSpotError` becomes an answer that says what happened and what to do."""
    try:
        return function()
    except HubSpotError as error:
        known = [error.existing] if isinstance(error, ContactExistsError) else []
        return failure(error), {
            "error": {"code": error.code, "written": error.written},
            "contacts": [contact.as_dict() for contact in known],
        }


def failure(error: HubSpotError) -> str:
    """Return what a tool answers when HubSpot failed: what happened, and what to do."""
    head = UNKNOWN if error.written == "unknown" else NOT_DONE
    content = f"{head} ({error.code}): {error} {error.fix}".rstrip()
    return (
        f"{content}\n{data_block([contact_line(error.existing)])}" if isinstance(error, ContactExistsError) else content
    )


def _invalid_arguments(error: ValidationError) -> str:
    problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return f"{NOT_DONE} (invalid_arguments): {'; '.join(problems)}. Call the tool again with corrected arguments."


def _found(found: SearchResult, first: int, shown_properties: Sequence[str]) -> str:
    if not found.contacts:
        return "No contact matches."
    last = first + len(found.contacts) - 1
    count = "1 contact matches" if found.total == 1 else f"{found.total} contacts match"
    more = f' For the next, search again with after="{found.after}".' if found.after else ""
    lines = (contact_line(contact, shown_properties) for contact in found.contacts)
    return f"{count}; showing {first} to {last}.{more}\n{data_block(lines)}"


def contact_line(contact: Contact, shown_properties: Sequence[str] = ()) -> dict[str, str]:
    """Return what the model is shown of a contact: the `SHOWN_PROPERTIES` and `shown_properties`."""
    names = (*SHOWN_PROPERTIES, *shown_properties)
    shown = {name: contact.properties[name] for name in names if contact.properties.get(name)}
    return {"id": contact.id, **shown}


def receipt_of(
    tool: str, contact: Contact | None, made: list[dict[str, str]], *, outcome: str = "done"
) -> dict[str, Any]:
    """Return the receipt of a write: tool, contact, outcome, each property old and new, the record's page."""
    return {
        "tool": tool,
        "contact_id": contact.id if contact else None,
        "name": contact.name if contact else "",
        "outcome": outcome,
        "changes": made,
        "url": contact.url if contact else None,
    }


def _written(tool: str, contact: Contact, made: list[dict[str, str]]) -> dict[str, Any]:
    return {"contacts": [contact.as_dict()], "receipt": receipt_of(tool, contact, made)}
