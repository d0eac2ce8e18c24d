"""The command line: `hubspot-agent chat`, `hubspot-agent sandbox`, `hubspot-agent doctor`, ..."""

import argparse
import logging
import os
import sqlite3
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hubspot_agent.cli import audit as audit_command
from hubspot_agent.errors import CannotStartError, log_error
from hubspot_agent.paths import default_state_directory
from hubspot_agent.texts import DEFAULT_LANGUAGE, LANGUAGES, Language, as_language, text

if TYPE_CHECKING:
    from hubspot_agent.settings import Settings

#: Exit statuses: all is well; something failed; the command could not begin.
OK, FAILED, UNUSABLE = 0, 1, 2

#: Packages that the extra of the command brings, by the name they are imported by.
_PACKAGES_OF_THE_COMMAND = frozenset(
    ("aiohttp", "rich", "prompt_toolkit", "aiosqlite", "langgraph.checkpoint.sqlite", "gradio")
)
#: Those that the extra `postgres` brings, whatever the command.
_PACKAGES_OF_POSTGRES = frozenset(("langgraph.checkpoint.postgres", "psycopg", "psycopg_pool"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        arguments: What stands after `hubspot-agent`; `None` is what was typed.
    """
    options = _parser().parse_args(arguments)
    _keep_output_clean()
    chosen: Language | None = options.language or as_language(os.environ.get("HUBSPOT_AGENT_LANGUAGE"))
    language = chosen or DEFAULT_LANGUAGE
    try:
        status: int = options.command(options, language)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return OK
    except BrokenPipeError:
        # Whoever read the output is gone; point it nowhere, or Python complains when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except CannotStartError as error:
        print(error.sentence(language), file=sys.stderr)
        return UNUSABLE
    except Exception as error:
        if sentence := _missing_extra(error, options.extra, language):
            print(sentence, file=sys.stderr)
            return UNUSABLE
        print(_noted(options.state_dir, error, language), file=sys.stderr)
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
    parser.set_defaults(extra=None)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    chat = commands.add_parser("chat", parents=[common], help="talk to the assistant in the terminal")
    chat.add_argument("--thread", metavar="NAME", help="keep the conversation under this name, and come back to it")
    chat.add_argument("--no-approval", action="store_true", help="carry writes out without asking")
    chat.add_argument("--demo", action="store_true", help="use the demo model and the sandbox, whatever keys are set")
    chat.add_argument(
        "--sandbox-file", type=Path, metavar="PATH", help="use a sandbox that is kept in this file, not HubSpot"
    )
    chat.set_defaults(command=_chat, extra="chat")

    web = commands.add_parser("web", parents=[common], help="serve the chat as a page in the browser")
    web.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to listen on; others than this machine's own need users (web-user); default: %(default)s",
    )
    web.add_argument("--port", type=int, default=7860, help="the TCP port; default: %(default)s")
    web.add_argument("--no-approval", action="store_true", help="carry writes out without asking")
    web.add_argument("--demo", action="store_true", help="use the demo model and the sandbox, whatever keys are set")
    web.add_argument(
        "--sandbox-file", type=Path, metavar="PATH", help="use a sandbox that is kept in this file, not HubSpot"
    )
    web.add_argument("--certificate", type=Path, metavar="PATH", help="a certificate (PEM), to speak HTTPS")
    web.add_argument("--key", type=Path, metavar="PATH", help="its private key (PEM), if it is in another file")
    web.set_defaults(command=_web, extra="web")

    web_user = commands.add_parser(
        "web-user", parents=[common], help="let a user log in to the page, or change a password"
    )
    web_user.add_argument(
        "name", metavar="NAME", help="the user's name; the password is asked for, or read from a pipe"
    )
    web_user.set_defaults(command=_web_user)

    sandbox = commands.add_parser("sandbox", parents=[common], help="run the local stand-in for HubSpot alone")
    sandbox.add_argument("--file", type=Path, metavar="PATH", help="keep the contacts in this file")
    sandbox.add_argument("--port", type=int, default=0, help="the TCP port; default: a free one")
    sandbox.add_argument(
        "--profile",
        choices=("realistic", "instant"),
        default="realistic",
        help="with HubSpot's delays and limits, or without; default: %(default)s",
    )
    sandbox.set_defaults(command=_sandbox, extra="sandbox")

    doctor = commands.add_parser("doctor", parents=[common], help="check keys, rights and limits; changes nothing")
    doctor.set_defaults(command=_doctor)

    audit = commands.add_parser(
        "audit",
        parents=[common],
        help="show or export every attempted write",
        description="Show or export every write that was attempted, oldest first. CSV has a row for each field; "
        "a value that a spreadsheet would take for a formula has an apostrophe before it.",
    )
    audit_command.add_arguments(audit)
    audit.set_defaults(command=audit_command.audit)
    return parser


def _chat(options: argparse.Namespace, language: Language) -> int:
    from hubspot_agent.terminal.command import Options, chat

    wishes = Options(
        state_directory=options.state_dir,
        language=options.language,
        thread=options.thread,
        approve_writes=not options.no_approval,
        sandbox_file=options.sandbox_file,
        demo=options.demo,
    )
    if chat(_settings(), wishes, report=partial(_noted, options.state_dir)):
        # Python would wait for the calls of stopped turns before it ends, up to HubSpot's time-out.
        sys.stdout.flush()
        os._exit(OK)
    return OK


def _web(options: argparse.Namespace, language: Language) -> int:
    from hubspot_agent.web.command import web
    from hubspot_agent.web.options import Options

    wishes = Options(
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
    web(_settings(), wishes, report=partial(_noted, options.state_dir))
    return OK


def _web_user(options: argparse.Namespace, language: Language) -> int:
    from hubspot_agent.web.user_command import add_user

    add_user(options.state_dir, options.name, language)
    return OK


def _sandbox(options: argparse.Namespace, language: Language) -> int:
    from hubspot_agent.sandbox import Sandbox, serve

    def announce(sandbox: Sandbox) -> None:
        print(text("terminal.sandbox_started", language, profile=options.profile))
        print(f"HUBSPOT_BASE_URL={sandbox.url}")
        print(f"HUBSPOT_ACCESS_TOKEN={sandbox.token}", flush=True)

    try:
        serve(announce, path=options.file, port=options.port, profile=options.profile)
    except (RuntimeError, sqlite3.Error) as error:
        raise CannotStartError("file_unusable", file=options.file, error=error) from error
    except (OSError, OverflowError) as error:
        raise CannotStartError("port_unusable", port=options.port, error=type(error).__name__) from error
    return OK


def _doctor(options: argparse.Namespace, language: Language) -> int:
    from hubspot_agent.cli.doctor import examine

    settings = _settings()
    language = options.language or settings.language
    outcomes: Counter[str] = Counter()
    for finding in examine(settings, language):
        outcome = text(f"doctor.{finding.outcome}", language)
        print(f"{outcome:<13}{finding.check}{': ' if finding.said else ''}{finding.said}", flush=True)
        outcomes[finding.outcome] += 1
        if finding.fix:
            print(" " * 13 + text("doctor.fix", language, fix=finding.fix), flush=True)
    failed = outcomes["failed"]
    summary = "summary_failed" if failed else "summary_warned" if outcomes["warning"] else "summary_ok"
    print(text(f"doctor.{summary}", language, failed=failed))
    return FAILED if failed else OK


def _settings() -> "Settings":
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from hubspot_agent.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        # Not the values, which may be secret.
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise CannotStartError("settings_wrong", problems=problems) from None
    except SettingsError as error:
        raise CannotStartError("settings_wrong", problems=error) from None


def _keep_output_clean() -> None:
    """Keep the words of libraries out of the conversation, and characters it cannot hold from ending it."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _noted(state_directory: Path, error: Exception, language: Language) -> str:
    """Note an error that nobody expected, and return the sentence for the user."""
    log = log_error(error, state_directory)
    key = "terminal.unexpected" if log else "terminal.unexpected_unlogged"
    return text(key, language, error=type(error).__name__, log=log)


def _missing_extra(error: BaseException, extra: str | None, language: Language) -> str | None:
    """Return what to install if `error` comes of an optional package; `extra` is what the command needs."""
    missing = [cause.name for cause in _causes(error) if isinstance(cause, ImportError)]
    for package in missing:
        if package in _PACKAGES_OF_POSTGRES:
            return text("terminal.extra_missing", language, package=package, extra="postgres")
        if extra and package in _PACKAGES_OF_THE_COMMAND:
            return text("terminal.extra_missing", language, package=package, extra=extra)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
