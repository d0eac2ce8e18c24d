"""Who owns which conversation.

A conversation's thread is named after its owner, by the server alone. Whatever id a page sends, it can only
name a conversation of the user who is logged in there; somebody else's id names a new one of one's own.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from hashlib import sha256
from weakref import WeakValueDictionary

from hubspot_agent.state import Context
from hubspot_agent.texts.sanitizing import screen_text, shortened
from hubspot_agent.web.conversation import Conversation
from hubspot_agent.web.database import Tables
from hubspot_agent.web.identity import User
from hubspot_agent.web.records import MAX_TITLE_LENGTH, ConversationRecord, Records
from hubspot_agent.web.search import Search
from hubspot_agent.web.transcript import Transcript
from hubspot_agent.web.turn import Threads

#: Seconds after which a conversation that nothing was typed in is removed.
UNTYPED_KEPT_S = 24 * 3600

#: Seconds between two removals of old conversations.
REMOVAL_INTERVAL_S = 24 * 3600

#: Most contacts that a table grows to by "Show more".
MAX_TABLE_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """The conversations of every user.

    Attributes:
        threads: The graph and what keeps its conversations.
        tables: Where transcripts and titles are kept.
        account: Tells one CRM from another; a conversation belongs to one.
        context: What each run is told; user and language are the page's.
        search: Fetches more contacts of a search; `None` where the page cannot.
        kept_days: After how many days without a change a conversation is removed; `None` keeps all.
    """

    threads: Threads
    tables: Tables
    account: str
    context: Context
    search: Search | None = None
    kept_days: int | None = None

    # One object for all who look at a conversation; it lives as long as a turn runs in it or somebody looks.
    _open: WeakValueDictionary[str, Conversation] = field(default_factory=WeakValueDictionary, init=False)

    async def get(self, user: User, conversation_id: str) -> Conversation:
        """Return a conversation of `user`, a new one if there is none."""
        thread = f"{self.account}:{_hashed(user.id)}:{conversation_id}"
        conversation = self._open.get(thread)
        if conversation is None:
            owner = self._owner(user)
            record = await Records(self.tables).get(thread) or ConversationRecord(thread, owner, conversation_id)
            context = replace(self.context, user=user.name or self.context.user, shows_contacts=True)
            transcript = Transcript(self.tables, thread)
            conversation = Conversation(self.threads, record, transcript, context, self._save)
            conversation = self._open.setdefault(thread, conversation)
        return conversation

    async def listed(self, user: User, *, search: str = "", before: float | None = None) -> list[ConversationRecord]:
        """Return a page of the conversations of `user`; arguments as `Records.listed` has them."""
        return await Records(self.tables).listed(self._owner(user), search=search, before=before)

    async def rename(self, conversation: Conversation, name: str) -> None:
        """Give a conversation another title; "" gives it back the one of its own."""
        conversation.record.name = shortened(screen_text(name), MAX_TITLE_LENGTH) or None
        await self._save(conversation.record)
        conversation.notify()

    async def delete(self, conversation: Conversation) -> None:
        """Delete a conversation, its transcript and what the graph keeps of it."""
        conversation.deleted = True
        await conversation.end()
        await self._forget(conversation.record.thread)
        conversation.notify()
        self._tell_list_changed(conversation.record.owner)

    async def show_more(self, conversation: Conversation, item_id: str) -> bool:
        """Add the next contacts of a search to its table; tell whether there were any."""
        item = await conversation.transcript.get(item_id)
        data = item.data if item else {}
        if self.search is None or conversation.deleted or not data.get("after") or data.get("arguments") is None:
            return False
        result = await self.search({**data["arguments"], "after": data["after"]}, conversation.user)
        if result["outcome"] != "done":
            return False
        known = {contact["id"] for contact in data["contacts"]}
        page = conversation.record.record_page if self.threads.links else None
        more = [
            {**contact, "url": f"{page}{contact['id']}" if page else None}
            for contact in result["contacts"]
            if contact["id"] not in known
        ]
        contacts = [*data["contacts"], *more]
        after = result.get("after") if len(contacts) < MAX_TABLE_LENGTH else None
        await conversation.transcript.put(item_id, {**data, "contacts": contacts, "after": after})
        conversation.notify()
        return True

    def tell(self, user: User) -> None:
        """Wake all who look at a conversation of `user`, for example because they were logged out."""
        self._tell_list_changed(self._owner(user))

    def end_streams(self) -> None:
        """End what pages are sent, before the server ends."""
        for conversation in list(self._open.values()):
            conversation.server_ends = True
            conversation.notify()

    async def remove_old(self) -> None:
        """Remove conversations that nothing happened in for long, again and again."""
        while True:
            now = time.time()
            typed = now - self.kept_days * 86_400 if self.kept_days else 0
            for thread in await Records(self.tables).unused_since(typed, now - UNTYPED_KEPT_S):
                if thread not in self._open:
                    await self._forget(thread)
            await asyncio.sleep(REMOVAL_INTERVAL_S)

    async def _forget(self, thread: str) -> None:
        checkpointer = self.threads.graph.checkpointer
        if checkpointer and not isinstance(checkpointer, bool):
            await checkpointer.adelete_thread(thread)
        await Records(self.tables).forget(thread)

    async def _save(self, record: ConversationRecord) -> None:
        conversation = self._open.get(record.thread)
        if conversation and conversation.deleted:
            return
        await Records(self.tables).save(record)
        if record.first_words is not None:
            self._tell_list_changed(record.owner)

    def _tell_list_changed(self, owner: str) -> None:
        for conversation in list(self._open.values()):
            if conversation.record.owner == owner:
                conversation.list_version += 1
                conversation.notify()

    def _owner(self, user: User) -> str:
        return f"{_hashed(self.account)}:{_hashed(user.id)}"


def _hashed(name: str) -> str:
    """Return a name as a label without a separator."""
    return sha256(name.encode()).hexdigest()[:32] if name else "local"
