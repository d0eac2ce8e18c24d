"""The command line: `hubspot-agent chat`, `hubspot-agent sandbox`, `hubspot-agent doctor`, ..."""

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from hubspot_agent.cli import audit, chat, doctor, evaluate, sandbox, web
from hubspot_agent.cli.common import FAILED, OK, UNUSABLE
from hubspot_agent.errors import CannotStartError, report_error
from hubspot_agent.paths import default_state_directory
from hubspot_agent.texts import DEFAULT_LANGUAGE, LANGUAGES, Texts, as_language


class Command(Protocol):
    """A command, each a module of this folder."""

    @property
    def HELP(self) -> str:
        """What the command does, in a line."""

    @property
    def EXTRA(self) -> str | None:
        """The extra that brings the packages that the command needs; `None` for none."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own arguments to `parser`."""

    def run(self, options: argparse.Namespace, texts: Texts) -> int:
        """Run the command with what was typed, in a language, and return the exit status."""


COMMANDS: Mapping[str, Command] = {
    "chat": chat,
    "web": web,
    "sandbox": sandbox,
    "doctor": doctor,
    "audit": audit,
    "evaluate": evaluate,
}

#: Packages that the extra of the command brings, by the name they are imported by.
_PACKAGES_OF_THE_COMMAND = frozenset(
    (
        "aiohttp",
        "rich",
        "prompt_toolkit",
        "aiosqlite",
        "langgraph.checkpoint.sqlite",
        "starlette",
        "uvicorn",
        "jinja2",
        "markupsafe",
        "markdown_it",
        "authlib",
        "joserfc",
        "itsdangerous",
    )
)
#: Those that the extra `postgres` brings, whatever the command.
_PACKAGES_OF_POSTGRES = frozenset(("langgraph.checkpoint.postgres", "psycopg", "psycopg_pool"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        arguments: What stands after `hubspot-agent`; `None` is what was typed.
    """
    options = _parser().parse_args(arguments)
    command = COMMANDS[options.command]
    texts = Texts(options.language or as_language(os.environ.get("HUBSPOT_AGENT_LANGUAGE")) or DEFAULT_LANGUAGE)
    _keep_output_clean()
    try:
        status = command.run(options, texts)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return OK
    except BrokenPipeError:
        # Whoever read the output is gone; point it nowhere, or Python complains when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except CannotStartError as error:
        print(error.sentence(texts.language), file=sys.stderr)
        return UNUSABLE
    except Exception as error:
        if sentence := _missing_extra(error, command.EXTRA, texts):
            print(sentence, file=sys.stderr)
            return UNUSABLE
        print(report_error(options.state_dir, error, texts), file=sys.stderr)
        return FAILED
    return status


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--language", choices=LANGUAGES, help="the language to speak; default: your own")
    common.add_argument(
        "--state-dir",
        type=Path,
        default=default_state_directory(),
        metavar="DIR",
        help="where the audit trail, named conversations and the log of errors are kept; "
        "default: your own state directory",
    )
    parser = argparse.ArgumentParser(prog="hubspot-agent", description="An assistant for HubSpot contacts.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('hubspot-agent')}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, command in COMMANDS.items():
        command.add_arguments(subparsers.add_parser(name, parents=[common], help=command.HELP))
    return parser


def _keep_output_clean() -> None:
    """Keep the output of libraries out of the conversation, and characters it cannot hold from ending it."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _missing_extra(error: BaseException, extra: str | None, texts: Texts) -> str | None:
    """Return what to install if `error` comes of an optional package; `extra` is what the command needs."""
    missing = [cause.name for cause in _causes(error) if isinstance(cause, ImportError)]
    for package in missing:
        if package in _PACKAGES_OF_POSTGRES:
            return texts("terminal.extra_missing", package=package, extra="postgres")
        if extra and package in _PACKAGES_OF_THE_COMMAND:
            return texts("terminal.extra_missing", package=package, extra=extra)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
