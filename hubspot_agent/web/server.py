"""The server of the page: Gradio's app behind the guard, with the log-in where users are configured."""

import sys
from collections.abc import Sequence
from pathlib import Path
from socket import socket

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request

from hubspot_agent.chat.backends import Backends
from hubspot_agent.chat.storage import user_name
from hubspot_agent.errors import CannotStartError
from hubspot_agent.graph import build_graph
from hubspot_agent.server.loopback import is_loopback
from hubspot_agent.server.startup import prepare_for_low_latency
from hubspot_agent.settings import Settings
from hubspot_agent.state import Context
from hubspot_agent.texts import Language, Texts, text
from hubspot_agent.web.conversations import Conversations
from hubspot_agent.web.database import database
from hubspot_agent.web.desk import Desk
from hubspot_agent.web.guard import Guard
from hubspot_agent.web.login import add_login
from hubspot_agent.web.options import Report, WebOptions
from hubspot_agent.web.page import APPEARANCE, build_page
from hubspot_agent.web.sessions import Sessions
from hubspot_agent.web.users import Users


async def serve_page(
    listening: socket, settings: Settings, options: WebOptions, backends: Backends, users: Users | None, report: Report
) -> None:
    """Serve the page until the process is told to end.

    Args:
        listening: Where it is reached.
        settings: Language and database.
        options: How to serve it.
        backends: The model and the CRM.
        users: Who may log in; `None` where everybody on this machine may use the page.
        report: Notes an unexpected error and returns the sentence for the user.

    Raises:
        CannotStartError: The database or the certificate cannot be backends.
    """
    language = options.language or settings.language
    url = settings.database_url.get_secret_value() if settings.database_url else None

    def notice(spoken: Language) -> str:
        off = "" if options.approve_writes else f" {text('web.approvals_off', spoken)}"
        return backends.notice(Texts(spoken)) + off

    async with database(url, options.state_directory / "web.sqlite") as kept:
        conversations = Conversations(
            graph=build_graph(model=backends.model, checkpointer=kept.checkpointer, settings=backends.settings),
            store=kept.store,
            account=backends.account,
            context=Context(language=options.language, approve_writes=options.approve_writes, user=user_name()),
            language=language,
            links=backends.on_hubspot,
            report=report,
        )
        page = build_page(Desk(conversations, notice, users=users is not None), text("web.title", language))
        hosts = ("localhost", "127.0.0.1", "::1", options.host) if is_loopback(options.host) and not users else ()
        app = _app(page, state_directory=options.state_directory, users=users, hosts=hosts, language=language)
        scheme = "https" if options.certificate else "http"
        host, port = listening.getsockname()[:2]
        print(notice(language))
        print(
            text("web.started", language, url=f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"), flush=True
        )
        if users and not options.certificate and not is_loopback(options.host):
            print(text("web.not_encrypted", language, host=options.host), file=sys.stderr, flush=True)
        prepare_for_low_latency()
        await _until_told(app, listening, options.certificate, options.key)


def _app(
    page: gr.Blocks, *, state_directory: Path, users: Users | None, hosts: Sequence[str], language: Language
) -> Guard:
    """Return the page as an ASGI application.

    Args:
        page: The page.
        state_directory: Where the key is kept that log-ins are signed with.
        users: Who may log in; `None` where everybody who reaches the page may use it.
        hosts: The names by which the page is reached; none means any.
        language: The language of the log-in.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    sessions = None
    if users is not None:
        sessions = Sessions(state_directory, users)
        add_login(app, sessions, language)

    def user_of(request: Request) -> str | None:
        user: str | None = request.scope.get("hubspot_agent_user")
        return user

    gr.mount_gradio_app(app, page, path="/", auth_dependency=user_of if users is not None else None, **APPEARANCE)
    return Guard(app, user_of=sessions.user if sessions else None, hosts=hosts)


async def _until_told(app: Guard, listening: socket, certificate: Path | None, key: Path | None) -> None:
    """Serve until the process is told to end.

    Raises:
        CannotStartError: The certificate cannot be backends.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_graceful_shutdown=1,
    )
    try:
        config.load()
    except OSError as error:
        raise CannotStartError("web_certificate_unusable", error=error.strerror) from error
    await uvicorn.Server(config).serve(sockets=[listening])
