"""What a page sends. Everything is taken for what a stranger may send."""

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

#: Bytes of a request's body: the longest message that the assistant reads is far shorter.
MAX_BODY_BYTES = 1_000_000

ID_PATTERN = r"^[0-9a-f]{32}$"


def is_id(text: str) -> bool:
    """Tell whether a text is an id that a page made."""
    return re.fullmatch(ID_PATTERN, text) is not None


def storable(text: str) -> str:
    """Return a text without the character that PostgreSQL cannot store (https://www.postgresql.org/docs/current/datatype-character.html)."""
    return text.replace("\0", "")


Text = Annotated[str, AfterValidator(storable)]


class Message(BaseModel):
    """A typed message.

    Attributes:
        id: Tells one that is sent again from another with the same words.
        words: What was typed.
        waited: Whether it was typed before the answer above it was there, and so decides about no card of it.
    """

    id: str = Field(pattern=ID_PATTERN)
    words: Text
    waited: bool = False


class Press(BaseModel):
    """A pressed button."""

    action: Text


class DecisionMade(BaseModel):
    """A decision about one write of a pause.

    Attributes:
        pause: Which pause.
        index: Which of its writes.
        choice: "approve", "edit", "reject", or "update" of a likely duplicate.
        fields: The values of an edit, by property.
        contact: The likely duplicate to update.
    """

    pause: Text
    index: int
    choice: Text
    fields: dict[Text, Text] = Field(default_factory=dict)
    contact: Text = ""


class ItemNamed(BaseModel):
    """An item of the transcript."""

    item: Text


class Renaming(BaseModel):
    """Another title."""

    title: Text


Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: Request, kind: type[Body]) -> Body:
    """Return a request's body.

    Raises:
        HTTPException: It is too long, no JSON, or says something else.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, "Send JSON.")
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                raise HTTPException(413, "This is too long.")
    except ClientDisconnect as error:
        raise HTTPException(400, "This did not arrive whole.") from error
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(422, "No page of ours sends this.") from error
