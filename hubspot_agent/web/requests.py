"""What a page sends. Everything is taken for what a stranger may send."""

from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

#: Bytes of a request's body: the longest message that the assistant reads is far shorter.
MAX_BODY_BYTES = 1_000_000

ID_PATTERN = r"^[0-9a-f]{32}$"


class Message(BaseModel):
    """A typed message.

    Attributes:
        id: Tells one that is sent again from another with the same words.
        words: What was typed.
        waited: Whether it was typed before the answer above it was there, and so decides about no card of it.
    """

    id: str = Field(pattern=ID_PATTERN)
    words: str
    waited: bool = False


class Press(BaseModel):
    """A pressed button."""

    action: str


class DecisionMade(BaseModel):
    """A decision about one write of a pause.

    Attributes:
        pause: Which pause.
        index: Which of its writes.
        choice: "approve", "edit", "reject", or "update" of a likely duplicate.
        fields: The values of an edit, by property.
        contact: The likely duplicate to update.
    """

    pause: str
    index: int
    choice: str
    fields: dict[str, str] = Field(default_factory=dict)
    contact: str = ""


class ItemNamed(BaseModel):
    """An item of the transcript."""

    item: str


class Renaming(BaseModel):
    """Another title."""

    title: str


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
