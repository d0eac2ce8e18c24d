"""The addresses of the page. Those of a conversation name it by an id that the page made when it began."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from hubspot_agent.texts import Language
from hubspot_agent.web.access import UserAccess
from hubspot_agent.web.conversation import Conversation, Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.export import as_json, as_text
from hubspot_agent.web.identity import User
from hubspot_agent.web.languages import own_names
from hubspot_agent.web.rendering import page_html
from hubspot_agent.web.requests import (
    DecisionMade,
    ItemNamed,
    Message,
    Press,
    Renaming,
    body_of,
    is_id,
    storable,
)
from hubspot_agent.web.stream import conversation_events, event, rendered
from hubspot_agent.web.turn import Report

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, Conversation, Speech], Awaitable[Response]]

#: The cookie with the colours chosen on the page.
THEME_COOKIE = "hubspot_agent_theme"

#: Seconds that a conversation stays in memory after a page has asked what is new.
POLLED_KEPT_S = 10


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Answers the page.

    Attributes:
        conversations: The conversations of every user.
        access: Tells who asks.
        speech_of: Tells the languages of a request.
        notice: Returns what the user is told of the services at the start, in a language.
        report: Notes an unexpected error and returns the sentence for the user.
        version: Changes with the page's own files.
    """

    conversations: Conversations
    access: UserAccess
    speech_of: Callable[[Request], Speech]
    notice: Callable[[Language], str]
    report: Report
    version: str

    def routes(self) -> Sequence[Route]:
        """Return the routes."""
        one = "/conversations/{conversation}"
        return (
            Route("/", self._told(self._page), methods=["GET"]),
            Route("/conversations", self._told(self._list), methods=["GET"]),
            Route(f"{one}/events", self._of_conversation(self._events), methods=["GET"]),
            Route(f"{one}/items", self._of_conversation(self._items), methods=["GET"]),
            Route(f"{one}/export.{{format}}", self._of_conversation(self._export), methods=["GET"]),
            Route(f"{one}/messages", self._of_conversation(self._say), methods=["POST"]),
            Route(f"{one}/actions", self._of_conversation(self._press), methods=["POST"]),
            Route(f"{one}/decisions", self._of_conversation(self._decide), methods=["POST"]),
            Route(f"{one}/reopened", self._of_conversation(self._reopen), methods=["POST"]),
            Route(f"{one}/more", self._of_conversation(self._more), methods=["POST"]),
            Route(f"{one}/stop", self._of_conversation(self._stop), methods=["POST"]),
            Route(one, self._of_conversation(self._rename), methods=["PATCH"]),
            Route(one, self._of_conversation(self._delete), methods=["DELETE"]),
            *self.access.routes,
        )

    async def _page(self, request: Request) -> Response:
        user = self.access.user(request)
        if user is None:
            if not self.access.logs_out:
                raise HTTPException(403, "The proxy names no user.")
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/login{query}", 303)
        language = self.speech_of(request).page
        theme = request.cookies.get(THEME_COOKIE)
        html = page_html(
            "page.html",
            language,
            notice=self.notice(language),
            languages=own_names(),
            theme=theme if theme in ("light", "dark") else "",
            user=user.name,
            logs_out=self.access.logs_out,
            version=self.version,
        )
        return HTMLResponse(html)

    def _of_conversation(self, handler: Handler) -> Endpoint:
        """Return an endpoint that gives `handler` the conversation that the address names."""

        async def endpoint(request: Request) -> Response:
            user = self._user(request)
            conversation_id = request.path_params["conversation"]
            if not is_id(conversation_id):
                raise HTTPException(404, "There is nothing here.")
            speech = self.speech_of(request)
            conversation = await self.conversations.get(user, conversation_id)
            await conversation.open(speech)
            return await handler(request, conversation, speech)

        return self._told(endpoint)

    def _told(self, endpoint: Endpoint) -> Endpoint:
        """Return `endpoint` so that it tells the user of an error; a server would print it, with what people said."""

        async def told(request: Request) -> Response:
            try:
                return await endpoint(request)
            except HTTPException:
                raise
            except Exception as error:
                problem = {"problem": self.report(error, self.speech_of(request).page)}
                if "text/event-stream" in request.headers.get("accept", ""):  # Of which a page sees no other answer.
                    return Response(event("problem", problem), media_type="text/event-stream")
                return JSONResponse(problem, 500)

        return told

    def _user(self, request: Request) -> User:
        user = self.access.user(request)
        if user is None:
            raise HTTPException(401, "Log in first.")
        return user

    async def _list(self, request: Request) -> Response:
        language, query = self.speech_of(request).page, request.query_params
        try:
            before = float(query["before"]) if "before" in query else None
        except ValueError as error:
            raise HTTPException(422, "No page of ours asks this.") from error
        found = await self.conversations.listed(
            self._user(request), search=storable(query.get("search", "")), before=before
        )
        return JSONResponse([{"id": each.id, "title": each.title(language), "at": each.changed_at} for each in found])

    async def _events(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        poll = request.query_params.get("poll")
        events = conversation_events(
            conversation,
            speech.page,
            can_search=self.conversations.search is not None,
            logged_in=lambda: self.access.user(request) is not None,
            version=self.version,
            poll=poll,
        )
        if poll is not None:
            # A page that asks every few seconds finds the conversation still at hand.
            asyncio.get_running_loop().call_later(POLLED_KEPT_S, _let_go, conversation)
            return Response("".join([each async for each in events]), media_type="text/event-stream")
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _items(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        before = request.query_params.get("before", "")
        if not before.isascii() or not before.isdigit() or len(before) > 9:
            raise HTTPException(422, "No page of ours asks this.")
        items = await conversation.transcript.before(int(before))
        can_search = self.conversations.search is not None
        shown = [rendered(item, items, speech.page, can_search=can_search) for item in items]
        first = conversation.transcript.first
        return JSONResponse({"items": shown, "earlier": bool(items and first and items[0].position > first.position)})

    async def _export(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        items, title = await conversation.transcript.all(), conversation.record.title(speech.page)
        if request.path_params["format"] == "json":
            return _download(json.dumps(as_json(title, items), ensure_ascii=False, indent=1), "json")
        if request.path_params["format"] == "txt":
            return _download(as_text(title, items, speech.page), "txt")
        raise HTTPException(404, "There is nothing here.")

    async def _say(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        sent = await body_of(request, Message)
        return _taken(await conversation.say(sent.id, sent.words, speech, waited=sent.waited))

    async def _press(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        return _taken(await conversation.press((await body_of(request, Press)).action, speech))

    async def _decide(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        sent = await body_of(request, DecisionMade)
        given: dict[str, Any] = {"fields": sent.fields, "contact": sent.contact}
        return _taken(await conversation.decide(sent.pause, sent.index, sent.choice, speech, **given))

    async def _reopen(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        return _taken(await conversation.reopen((await body_of(request, ItemNamed)).item, speech))

    async def _more(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        item = (await body_of(request, ItemNamed)).item
        return _taken(await self.conversations.show_more(conversation, item))

    async def _stop(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        await conversation.stop(speech)
        return _taken(True)

    async def _rename(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        await self.conversations.rename(conversation, (await body_of(request, Renaming)).title)
        return _taken(True)

    async def _delete(self, request: Request, conversation: Conversation, speech: Speech) -> Response:
        await self.conversations.delete(conversation)
        return _taken(True)


def _let_go(conversation: Conversation) -> None:
    """Do nothing: until it is called, the event loop holds the conversation."""


def _taken(taken: bool) -> Response:
    return JSONResponse({"taken": taken})


def _download(content: str, suffix: str) -> Response:
    kinds = {"json": "application/json", "txt": "text/plain; charset=utf-8"}
    disposition = f'attachment; filename="conversation.{suffix}"'
    return Response(content, media_type=kinds[suffix], headers={"Content-Disposition": disposition})
