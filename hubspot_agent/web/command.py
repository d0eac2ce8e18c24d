"""`hubspot-agent web`: serves the page, if it may be reached from where it can be reached."""

import asyncio
import sys
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket

from hubspot_agent.audit.file import audit_trail
from hubspot_agent.chat.backends import open_backends
from hubspot_agent.errors import CannotStartError
from hubspot_agent.server.loopback import is_loopback
from hubspot_agent.settings import Settings
from hubspot_agent.texts import Language, text
from hubspot_agent.web.connections import BACKLOG
from hubspot_agent.web.options import Report, WebOptions, log_in_of
from hubspot_agent.web.server import serve_page


def web(settings: Settings, options: WebOptions, report: Report) -> None:
    """Serve the page until the process is told to end.

    Args:
        settings: Keys, model, language, database and log-in.
        options: How to serve it.
        report: Notes an unexpected error and returns the sentence for the user.

    Raises:
        CannotStartError: The page would be open to other machines without a log-in; or address, database, a
            file or a key cannot be used.
    """
    language = options.language or settings.language
    if log_in_of(settings) is None and not is_loopback(options.host):
        raise CannotStartError("web_login_needed", host=options.host)
    sandbox_file = options.state_directory / "web-sandbox.sqlite"
    listening = _listening(options)
    with (
        listening,
        open_backends(
            settings,
            demo=options.demo,
            sandbox_file=options.sandbox_file,
            default_sandbox_file=sandbox_file,
        ) as backends,
        audit_trail(options.state_directory, lambda error: _warn(error, language), required=backends.on_hubspot),
    ):
        asyncio.run(serve_page(listening, settings, options, backends, report))


def _listening(options: WebOptions) -> socket:
    # With its protocol named: asyncio then sends at once what is written, and not 40 ms later (TCP_NODELAY).
    listening = socket(AF_INET6 if ":" in options.host else AF_INET, SOCK_STREAM, IPPROTO_TCP)
    try:
        listening.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listening.bind((options.host, options.port))
        listening.listen(BACKLOG)  # Whoever follows the printed address waits rather than fails.
    except (OSError, OverflowError) as error:
        listening.close()
        said = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise CannotStartError("web_port_unusable", host=options.host, port=options.port, error=said) from error
    return listening


def _warn(error: Exception, language: Language) -> None:
    print(text("audit.not_kept", language, error=type(error).__name__), file=sys.stderr, flush=True)
