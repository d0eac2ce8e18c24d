"""Who owns which conversation.

A conversation's thread is named after its owner, by the server alone. Whatever id a page sends, it can only
name a conversation of the user who is logged in there; somebody else's id names a new one of one's own.
"""

import time
from collections import deque
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore

from hubspot_agent.state import Context
from hubspot_agent.texts import Language
from hubspot_agent.texts.sanitizing import shortened
from hubspot_agent.web.conversation import Conversation, Graph, Report

#: How many of one's earlier conversations are listed, and how many characters of their first words.
LISTED, TITLE = 100, 60

#: How many of the conversations that were last asked for are kept in memory.
KEPT = 500


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """The conversations of every user.

    Attributes:
        graph: The assistant, with a checkpointer.
        store: Where their titles are kept.
        account: Tells one CRM from another; a conversation belongs to one.
        context: What each run is told; user and language are the page's.
        language: What is spoken where the page fixes no language.
        links: Whether records have pages.
        report: Notes an unexpected error and returns the sentence for the user.
    """

    graph: Graph
    store: BaseStore
    account: str
    context: Context
    language: Language
    links: bool
    report: Report

    # A conversation whose turn runs, or that somebody looks at, is one object for all who look; the latest ones
    # are kept a while, with what has been decided in them and awaits further decisions.
    _open: WeakValueDictionary[str, Conversation] = field(default_factory=WeakValueDictionary, init=False)
    _latest: deque[Conversation] = field(default_factory=lambda: deque(maxlen=KEPT), init=False)

    async def get(self, user: str | None, conversation_id: str) -> Conversation:
        """Return a conversation of `user`, a new one if there is none."""
        thread = f"{self.account}:{_hashed(user)}:{conversation_id}"
        conversation = self._open.get(thread)
        if conversation is None:
            noted = await self._noted(user, conversation_id)
            config: RunnableConfig = {"configurable": {"thread_id": thread}}
            conversation = Conversation(
                self.graph,
                config,
                replace(self.context, user=user or self.context.user),
                default_language=self.language,
                report=self.report,
                links=self.links,
                record_page=noted.get("record_page"),
            )
            conversation = self._open.setdefault(thread, conversation)
        self._latest.append(conversation)
        return conversation

    async def listed(self, user: str | None) -> list[dict[str, str]]:
        """Return the conversations of `user` that something was typed in: `id` and `title`, the latest first."""
        found = await self.store.asearch(self._namespace(user), limit=LISTED)
        found.sort(key=lambda item: float(item.value["at"]), reverse=True)
        return [{"id": item.key, "title": item.value["title"]} for item in found]

    async def note(self, user: str | None, conversation_id: str, words: str, record_page: str | None) -> None:
        """Note that something was typed in a conversation; the first words are its title."""
        noted = await self._noted(user, conversation_id)
        title = noted.get("title") or shortened(words, TITLE) or "…"
        # The store's own times may be whole seconds.
        value = {"title": title, "record_page": record_page or noted.get("record_page"), "at": time.time()}
        await self.store.aput(self._namespace(user), conversation_id, value, index=False)

    async def _noted(self, user: str | None, conversation_id: str) -> dict[str, Any]:
        item = await self.store.aget(self._namespace(user), conversation_id)
        return item.value if item else {}

    def _namespace(self, user: str | None) -> tuple[str, ...]:
        return ("conversations", _hashed(self.account), _hashed(user))


def _hashed(name: str | None) -> str:
    """Return a name as a label without a separator; nobody's is no user's."""
    return sha256(name.encode()).hexdigest()[:32] if name is not None else "local"
