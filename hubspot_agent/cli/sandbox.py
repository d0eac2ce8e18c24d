"""`hubspot-agent sandbox`: runs the local stand-in for HubSpot alone."""

import argparse
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from hubspot_agent.cli.common import OK
from hubspot_agent.errors import CannotStartError
from hubspot_agent.texts import Texts

if TYPE_CHECKING:
    from hubspot_agent.sandbox import Sandbox

HELP = "run the local stand-in for HubSpot alone"
EXTRA = "sandbox"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`."""
    parser.add_argument("--file", type=Path, metavar="PATH", help="keep the contacts in this file")
    parser.add_argument("--port", type=int, default=0, help="the TCP port; default: a free one")
    parser.add_argument(
        "--profile",
        choices=("realistic", "instant"),
        default="realistic",
        help="with HubSpot's delays and limits, or without; default: %(default)s",
    )


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Run the sandbox until it is interrupted.

    Raises:
        CannotStartError: The file or the port cannot be used.
    """
    from hubspot_agent.sandbox import serve

    def announce(sandbox: "Sandbox") -> None:
        print(texts("terminal.sandbox_started", profile=options.profile))
        print(f"HUBSPOT_BASE_URL={sandbox.url}")
        print(f"HUBSPOT_ACCESS_TOKEN={sandbox.token}", flush=True)

    try:
        serve(announce, path=options.file, port=options.port, profile=options.profile)
    except (RuntimeError, sqlite3.Error) as error:
        raise CannotStartError("file_unusable", file=options.file, error=error) from error
    except (OSError, OverflowError) as error:
        raise CannotStartError("port_unusable", port=options.port, error=type(error).__name__) from error
    return OK
