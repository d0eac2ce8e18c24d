"""What a page asks for, and what it is shown. Everything a page sends is taken for what a stranger may send."""

from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal
from weakref import WeakValueDictionary

from pydantic import AfterValidator, BaseModel, Field

from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, Texts, as_language, language_name, languages, text
from hubspot_agent.web.conversation import Conversation
from hubspot_agent.web.conversations import Conversations

Shown = dict[str, Any]


class Asked(BaseModel):
    """What a page asks for.

    Attributes:
        act: What to do: show the conversation, take words, a pressed button or a decision, stop.
        conversation: Which conversation it is, by a name that the page made when it began.
        language: The language chosen on the page; `None` leaves it to the settings and to what is typed.
        words: What was typed.
        action: The button pressed.
        pause: Which pause is decided about.
        index: Which of its writes.
        choice: The decision.
        fields: The values of an edit, by property.
        contact: The likely duplicate to update.
    """

    act: Literal["open", "say", "press", "decide", "stop"]
    conversation: str = Field(pattern=r"^[0-9a-f]{32}$")
    language: Annotated[Language | None, AfterValidator(as_language)] = None
    words: str = ""
    action: str = ""
    pause: str = ""
    index: int = 0
    choice: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    contact: str = ""


class _Look:
    """One page's looking at a conversation; a later one takes its place."""


class Desk:
    """Answers pages.

    Args:
        conversations: The conversations of every user.
        notice: Returns what the user is told of the services at the start, in a language.
        users: Whether users log in.
    """

    def __init__(self, conversations: Conversations, notice: Callable[[Language], str], *, users: bool = False) -> None:
        self._conversations = conversations
        self._notice = notice
        self._users = users
        self._pages: WeakValueDictionary[str, _Look] = WeakValueDictionary()

    async def answer(self, asked: Asked, *, user: str | None, page: str) -> AsyncIterator[Shown]:
        """Do what is asked and yield what the page shows, again and again until no turn runs.

        Args:
            asked: What the page asks for.
            user: Who is logged in there.
            page: Tells it from other pages: what it asks next ends what it is shown of this.
        """
        look = self._pages[page] = _Look()
        conversation_id = asked.conversation
        conversation = await self._conversations.get(user, conversation_id)
        await conversation.open(asked.language)
        taken = await self._do(asked, conversation)
        if asked.act == "say" and taken:
            await self._conversations.note(user, conversation_id, asked.words, conversation.record_page)
        listed = await self._conversations.listed(user)
        async for view in conversation.views(asked.language):
            if self._pages.get(page) is not look:
                return
            yield {
                **self._page(asked.language or self._conversations.language, user),
                "conversation": conversation_id,
                "conversations": listed,
                "taken": taken,
                **asdict(view),
            }

    def report(self, error: Exception, language: Language | None) -> str:
        """Note an unexpected error and return what the page says of it."""
        return self._conversations.report(error, language or self._conversations.language)

    async def _do(self, asked: Asked, conversation: Conversation) -> bool:
        """Do what is asked; return whether it was taken."""
        language = asked.language
        if asked.act == "say":
            return conversation.say(asked.words, language)
        if asked.act == "press":
            return conversation.press(asked.action, language)
        if asked.act == "decide":
            return conversation.decide(
                asked.pause, asked.index, asked.choice, language, fields=asked.fields, contact=asked.contact
            )
        if asked.act == "stop":
            await conversation.stop()
        return True

    def _page(self, language: Language, user: str | None) -> Shown:
        return {
            "language": language,
            "languages": [{"code": each, "name": _own_name(each)} for each in languages()],
            "words": Texts(language).subject("web"),
            "notice": self._notice(language),
            "user": user if self._users else None,
        }


def _own_name(language: Language) -> str:
    """Return what a language calls itself; in English if its sentences do not say."""
    own = text("web.language", language)
    borrowed = language != DEFAULT_LANGUAGE and own == text("web.language", DEFAULT_LANGUAGE)
    return language_name(language) if borrowed else own
