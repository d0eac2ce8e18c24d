"""`hubspot-agent web-user`: adds who may log in to the page."""

import getpass
import sys
from pathlib import Path

from hubspot_agent.errors import CannotStartError
from hubspot_agent.texts import Language, text
from hubspot_agent.web.users import Users

#: The shortest password (NIST SP 800-63B: at least 8 characters).
LEAST = 8


def add_user(directory: Path, name: str, language: Language) -> None:
    """Ask for a password and let a user log in with it; of an existing user it is a new one.

    Raises:
        CannotStartError: The name, the password or the file of users cannot be used.
    """
    if name != name.strip() or not 1 <= len(name) <= 100 or not name.isprintable():
        raise CannotStartError("web_name_wrong")
    ask = getpass.getpass if sys.stdin.isatty() else _line
    password = ask(text("web.user_password", language, name=name))
    if len(password) < LEAST:
        raise CannotStartError("web_password_short", least=LEAST)
    if sys.stdin.isatty() and password != ask(text("web.user_again", language)):
        raise CannotStartError("web_passwords_differ")
    try:
        Users(directory).add(name, password)
    except (OSError, ValueError) as error:
        raise users_unusable(directory, error) from error
    print(text("web.user_added", language, name=name))


def _line(prompt: str) -> str:
    """Return a piped line."""
    return sys.stdin.readline().rstrip("\r\n")


def users_unusable(directory: Path, error: Exception) -> CannotStartError:
    """Return what to say when the file of users cannot be used."""
    return CannotStartError("web_users_unusable", directory=directory, error=type(error).__name__)
