"""The server of the page: uvicorn, with the graph, the database and whoever may use it."""

import sys
from socket import socket
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from hubspot_agent.accounts import contacts_source
from hubspot_agent.chat.backends import Backends
from hubspot_agent.chat.storage import user_name
from hubspot_agent.errors import CannotStartError
from hubspot_agent.graph import build_graph
from hubspot_agent.hubspot import HubSpotContacts
from hubspot_agent.server.loopback import is_loopback
from hubspot_agent.server.startup import prepare_for_low_latency
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.web.access import LocalAccess, ProxyAccess, UserAccess
from hubspot_agent.web.app import page_app
from hubspot_agent.web.connections import server_config
from hubspot_agent.web.conversation import Speech
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import Tables, database, database_error
from hubspot_agent.web.languages import speech_of
from hubspot_agent.web.options import Report, WebOptions, log_in_of
from hubspot_agent.web.search import search_in
from hubspot_agent.web.security import LOOPBACK_NAMES
from hubspot_agent.web.sessions import Sessions
from hubspot_agent.web.turn import Threads


async def serve_page(
    listening: socket, settings: Settings, options: WebOptions, backends: Backends, report: Report
) -> None:
    """Serve the page until the process is told to end.

    Args:
        listening: Where it is reached.
        settings: Language, database and log-in.
        options: How to serve it.
        backends: The model and the CRM.
        report: Notes an unexpected error and returns the sentence for the user.

    Raises:
        CannotStartError: The database or the certificate cannot be used.
    """
    language = options.language or settings.language
    url = settings.database_url.get_secret_value() if settings.database_url else None

    def notice(spoken: Language) -> str:
        off = "" if options.approve_writes else f" {text('web.approvals_off', spoken)}"
        return backends.notice(Texts(spoken)) + off

    def speech(request: Request) -> Speech:
        return speech_of(request, fixed=options.language, default=settings.language)

    def told(error: Exception, spoken: Language) -> str:
        said = report(error, spoken)
        unusable = database_error(error, options.state_directory)
        return unusable.sentence(spoken) if unusable else said

    contacts = contacts_source(None, backends.settings)

    def contacts_of(context: Context) -> HubSpotContacts:
        return contacts()

    async with database(url, options.state_directory) as kept:
        graph = build_graph(
            model=backends.model, contacts=contacts_of, checkpointer=kept.checkpointer, settings=backends.settings
        )
        conversations = Conversations(
            threads=Threads(graph=graph, links=backends.on_hubspot, report=told, prune=kept.prune),
            tables=kept.tables,
            account=backends.account,
            context=Context(language=options.language, approve_writes=options.approve_writes, user=user_name()),
            search=search_in(contacts),
            kept_days=settings.conversations_kept_days,
        )
        access = await _access(settings, kept.tables, conversations, speech)
        local = isinstance(access, LocalAccess)
        app = page_app(
            conversations,
            access,
            speech_of=speech,
            notice=notice,
            report=told,
            hosts=(*LOOPBACK_NAMES, options.host) if local else (),
        )
        scheme = "https" if options.certificate else "http"
        host, port = listening.getsockname()[:2]
        print(notice(language))
        address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        print(text("web.started", language, url=address), flush=True)
        if not local and not options.certificate and not is_loopback(options.host):
            print(text("web.not_encrypted", language, host=options.host), file=sys.stderr, flush=True)
        prepare_for_low_latency()
        # Whoever asks is told apart by their own address where a proxy's is looked for.
        await _until_told(app, listening, options, proxy_headers=not isinstance(access, ProxyAccess))


async def _access(settings: Settings, tables: Tables, conversations: Conversations, speech: Any) -> UserAccess:
    """Return who may use the page."""
    log_in = log_in_of(settings)
    if log_in == "proxy":
        return ProxyAccess(settings.proxy_user_header or "", settings.proxy_address or "")
    if log_in == "openid":
        from hubspot_agent.web.openid import OpenIDAccess

        sessions = Sessions(tables)
        await sessions.load()
        secret = settings.oidc_client_secret
        return OpenIDAccess(
            issuer=settings.oidc_issuer or "",
            client_id=settings.oidc_client_id or "",
            client_secret=secret.get_secret_value() if secret else "",
            allowed=settings.oidc_allowed,
            sessions=sessions,
            speech_of=speech,
            on_log_out=conversations.tell,
        )
    return LocalAccess()


async def _until_told(app: ASGIApp, listening: socket, options: WebOptions, *, proxy_headers: bool) -> None:
    """Serve until the process is told to end.

    Raises:
        CannotStartError: The certificate cannot be used.
    """
    config = server_config(app, ssl_certfile=options.certificate, ssl_keyfile=options.key, proxy_headers=proxy_headers)
    try:
        config.load()
    except OSError as error:
        raise CannotStartError("web_certificate_unusable", error=error.strerror) from error
    await uvicorn.Server(config).serve(sockets=[listening])
