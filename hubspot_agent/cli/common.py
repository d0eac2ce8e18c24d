"""What the commands share: exit statuses, arguments, settings."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hubspot_agent.errors import CannotStartError

if TYPE_CHECKING:
    from hubspot_agent.settings import Settings

#: Exit statuses: all is well; something failed; the command could not begin.
OK, FAILED, UNUSABLE = 0, 1, 2


def add_chat_arguments(parser: argparse.ArgumentParser) -> None:
    """Add to `parser` what `chat` and `web` have in common."""
    parser.add_argument("--no-approval", action="store_true", help="carry writes out without asking")
    parser.add_argument("--demo", action="store_true", help="use the demo model and the sandbox, whatever keys are set")
    parser.add_argument(
        "--sandbox-file", type=Path, metavar="PATH", help="use a sandbox that is kept in this file, not HubSpot"
    )


def load_settings() -> "Settings":
    """Return the settings from the environment or the ``.env`` file.

    Raises:
        CannotStartError: One of them cannot be used.
    """
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
