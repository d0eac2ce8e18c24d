"""`hubspot-agent chat`: talks to the assistant in the terminal."""

import argparse
import os
import sys
from functools import partial

from hubspot_agent.cli.common import OK, add_chat_arguments, load_settings
from hubspot_agent.errors import report_error
from hubspot_agent.texts import Texts

HELP = "talk to the assistant in the terminal"
EXTRA = "chat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`."""
    parser.add_argument("--thread", metavar="NAME", help="keep the conversation under this name, and come back to it")
    add_chat_arguments(parser)


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Chat until the user leaves."""
    from hubspot_agent.terminal.startup import ChatOptions, run_chat

    chat_options = ChatOptions(
        state_directory=options.state_dir,
        language=options.language,
        thread=options.thread,
        approve_writes=not options.no_approval,
        sandbox_file=options.sandbox_file,
        demo=options.demo,
    )
    if run_chat(load_settings(), chat_options, report_error=partial(report_error, options.state_dir)):
        # Python would wait for the calls of stopped turns before it ends, up to HubSpot's time-out.
        sys.stdout.flush()
        os._exit(OK)
    return OK
