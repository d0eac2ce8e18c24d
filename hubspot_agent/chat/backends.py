"""The backends of a chat, its model and its CRM: the real ones, the demo model and the sandbox, or a mix."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from hubspot_agent.errors import CannotStartError
from hubspot_agent.paths import private_file
from hubspot_agent.settings import Settings
from hubspot_agent.texts import Texts

if TYPE_CHECKING:
    from hubspot_agent.sandbox import Sandbox


@dataclass(frozen=True)
class Backends:
    """The model and the CRM that a conversation works with.

    Attributes:
        settings: The settings, with the sandbox's address and token where that is used.
        model: The demo model; `None` for the settings' own.
        account: Identifies the CRM. A conversation knows contacts by id, so it belongs to one CRM.
        on_hubspot: Whether that CRM is HubSpot's own.
        notice: Returns the sentence that names model and CRM to the user when the chat starts.
    """

    settings: Settings
    model: BaseChatModel | None
    account: str
    on_hubspot: bool
    notice: Callable[[Texts], str]


@contextmanager
def open_backends(
    settings: Settings,
    *,
    demo: bool = False,
    sandbox_file: Path | None = None,
    default_sandbox_file: Path | None = None,
) -> Iterator[Backends]:
    """Open the model and the CRM, and close them at the end.

    Args:
        settings: The keys, the model and the addresses.
        demo: Use the demo model and the sandbox whatever keys there are.
        sandbox_file: Use the sandbox, kept in this file, whatever keys there are.
        default_sandbox_file: The sandbox's file if it is used without `sandbox_file`; `None` for memory only.

    Raises:
        CannotStartError: There is a HubSpot token and no model that may write there (rules never write into
            a real CRM); or the sandbox's file cannot be used.
    """
    # A model of another provider brings its own key.
    has_model = not demo and (settings.openai_api_key is not None or _is_other_provider(settings.model))
    on_hubspot = settings.hubspot_access_token is not None and not demo and sandbox_file is None
    if on_hubspot and not has_model:
        raise CannotStartError("model_missing")
    if on_hubspot:
        host = urlsplit(settings.hubspot_base_url).netloc
        notice = _notice("on_hubspot", host=host, model=settings.model)
        yield Backends(settings, None, _account(settings), on_hubspot, notice)
        return

    from hubspot_agent.demo_model import DemoModel

    file = sandbox_file or default_sandbox_file
    with _sandbox(file) as sandbox:
        on_sandbox = settings.model_copy(
            update={"hubspot_access_token": SecretStr(sandbox.token), "hubspot_base_url": sandbox.url}
        )
        if not has_model:
            notice = _notice("on_demo")
        elif sandbox_file is None:
            notice = _notice("on_sandbox", model=settings.model)
        else:
            notice = _notice("on_own_sandbox", model=settings.model, file=sandbox_file)
        account = f"sandbox:{file.resolve() if file else ''}"
        yield Backends(on_sandbox, None if has_model else DemoModel(), account, on_hubspot, notice)


def _notice(key: str, **values: object) -> Callable[[Texts], str]:
    return lambda texts: texts(f"backends.{key}", **values)


def _sandbox(file: Path | None) -> "Sandbox":
    from hubspot_agent.sandbox import Sandbox

    try:
        return Sandbox(path=file and private_file(file), profile="realistic")
    except (RuntimeError, OSError, sqlite3.Error) as error:
        raise CannotStartError("file_unusable", file=file, error=error) from error


def _is_other_provider(model: str) -> bool:
    return ":" in model and not model.startswith("openai:")


def _account(settings: Settings) -> str:
    """Return what identifies this HubSpot account, without the token itself."""
    if settings.hubspot_portal_id:
        return f"hubspot:{settings.hubspot_portal_id}"
    token = settings.hubspot_access_token.get_secret_value() if settings.hubspot_access_token else ""
    return f"hubspot:{sha256(token.encode()).hexdigest()[:12]}"
