"""`hubspot-agent web`: serves the chat as a page in the browser."""

import argparse
from pathlib import Path

from hubspot_agent.cli.common import OK, add_chat_arguments, load_settings
from hubspot_agent.errors import report_error
from hubspot_agent.texts import Language, Texts

HELP = "serve the chat as a page in the browser"
EXTRA = "web"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`."""
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen on; others than this machine's own need a log-in; default: %(default)s",
    )
    parser.add_argument("--port", type=int, default=7860, help="the TCP port; default: %(default)s")
    add_chat_arguments(parser)
    parser.add_argument("--certificate", type=Path, metavar="PATH", help="a certificate (PEM), to speak HTTPS")
    parser.add_argument("--key", type=Path, metavar="PATH", help="its private key (PEM), if it is in another file")


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Serve the page until the process is told to end."""
    from hubspot_agent.web.command import web
    from hubspot_agent.web.options import WebOptions

    web_options = WebOptions(
        state_directory=options.state_dir,
        host=options.host,
        port=options.port,
        language=options.language,
        approve_writes=not options.no_approval,
        sandbox_file=options.sandbox_file,
        demo=options.demo,
        certificate=options.certificate,
        key=options.key,
    )

    def report(error: Exception, language: Language) -> str:
        return report_error(options.state_dir, error, Texts(language))

    web(load_settings(), web_options, report)
    return OK
