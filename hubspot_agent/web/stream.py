"""What a page is sent of a conversation while it looks: server-sent events (https://html.spec.whatwg.org/#server-sent-events)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from hubspot_agent.texts import Language
from hubspot_agent.web.conversation import Conversation
from hubspot_agent.web.rendering import item_html
from hubspot_agent.web.transcript import Item, turn_before

#: Seconds between two events of an answer that is being written: as often as an eye can tell.
REFRESH_INTERVAL_S = 0.04

#: Seconds between two signs of life while nothing happens. Proxies close connections that are silent for a minute.
PING_INTERVAL_S = 20


async def conversation_events(
    conversation: Conversation,
    language: Language,
    *,
    can_search: bool,
    logged_in: Callable[[], bool],
    version: str,
    poll: str | None = None,
) -> AsyncIterator[str]:
    """Yield what is to be seen of a conversation now, and again whenever it changes.

    The event "view" has the `items` that are new or changed, as HTML, and what stands around them; "deleted" and
    "logged_out" end it; "ping" says that all is well.

    Args:
        conversation: Which one.
        language: The language of the page's own words.
        can_search: Whether the page can fetch more contacts of a search.
        logged_in: Tells whether the user still is.
        version: Changes with the page's own files; a page of another version loads itself anew.
        poll: The `stamp` of what a page has seen that asks again and again: say what is to be seen now, if that is
            something else, and end.
    """
    newest = 0
    while True:
        changed = conversation.changed
        if not logged_in():
            yield event("logged_out", {})
            return
        if conversation.server_ends:
            return
        if conversation.deleted:
            yield event("deleted", {})
            return
        if poll == conversation.stamp:
            yield event("end", {})
            return
        transcript = conversation.transcript
        items = transcript.changed_since(newest) if newest else transcript.latest
        first = not newest
        newest = max([newest, *(item.version for item in items)])
        view = {
            "items": [rendered(item, transcript.latest, language, can_search=can_search) for item in items],
            "busy": conversation.busy,
            "doing": conversation.doing,
            "buttons": conversation.buttons(language),
            "replies": conversation.replies(language),
            "undo": conversation.undoable(),
            "list": conversation.list_version,
            "version": version,
            "stamp": conversation.stamp,
            "title": conversation.record.title(language),
            **({"earlier": transcript.has_earlier} if first else {}),
        }
        yield event("view", view)
        if poll is not None:
            yield event("end", {})
            return
        while not changed.is_set():
            try:
                await asyncio.wait_for(changed.wait(), PING_INTERVAL_S)
            except TimeoutError:
                if not logged_in():  # A session ends by itself, too.
                    break
                yield event("ping", {})
        await asyncio.sleep(REFRESH_INTERVAL_S)


def rendered(item: Item, items: Sequence[Item], language: Language, *, can_search: bool) -> dict[str, Any]:
    """Return an item as the page takes it.

    Args:
        item: One of `items`.
        items: Those around it, in order.
        language: The language of the page's own words.
        can_search: Whether the page can fetch more contacts of a search.
    """
    turn = turn_before(item, items) if item.data["kind"] == "assistant" else ()
    html = item_html(item, language, turn=turn, can_search=can_search)
    return {"id": item.id, "position": item.position, "html": html}


def event(name: str, data: dict[str, Any]) -> str:
    """Return a server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
