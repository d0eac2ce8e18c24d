"""`hubspot-agent web-user`: adds who may log in to the page."""

import argparse
import getpass
import sys

from hubspot_agent.cli.common import OK
from hubspot_agent.errors import CannotStartError
from hubspot_agent.texts import Texts

HELP = "let a user log in to the page, or change a password"
EXTRA = None

#: The shortest password (NIST SP 800-63B: at least 8 characters).
MIN_PASSWORD_CHARACTERS = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`."""
    parser.add_argument("name", metavar="NAME", help="the user's name; the password is asked for, or read from a pipe")


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Ask for a password and let a user log in with it; of an existing user it is a new one.

    Raises:
        CannotStartError: The name, the password or the file of users cannot be used.
    """
    from hubspot_agent.web.users import Users, users_unusable

    name, directory = options.name, options.state_dir
    if name != name.strip() or not 1 <= len(name) <= 100 or not name.isprintable():
        raise CannotStartError("web_name_wrong")
    ask = getpass.getpass if sys.stdin.isatty() else _piped_line
    password = ask(texts("web.user_password", name=name))
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise CannotStartError("web_password_short", least=MIN_PASSWORD_CHARACTERS)
    if sys.stdin.isatty() and password != ask(texts("web.user_again")):
        raise CannotStartError("web_passwords_differ")
    try:
        Users(directory).add(name, password)
    except (OSError, ValueError) as error:
        raise users_unusable(directory, error) from error
    print(texts("web.user_added", name=name))
    return OK


def _piped_line(prompt: str) -> str:
    return sys.stdin.readline().rstrip("\r\n")
