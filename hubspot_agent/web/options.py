"""How the page is served."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hubspot_agent.texts import Language

Report = Callable[[Exception, Language], str]


@dataclass(frozen=True, kw_only=True)
class WebOptions:
    """How to serve the page.

    Attributes:
        state_directory: Where the audit trail, conversations and users are kept.
        host: The address to listen on.
        port: The TCP port; 0 is a free one.
        language: The language to speak; `None` follows the user's.
        approve_writes: Whether each write waits for the user's approval.
        sandbox_file: Use the sandbox, kept in this file, whatever keys there are.
        demo: Use the sandbox and the demo model whatever keys there are.
        certificate: A certificate, to speak HTTPS; with its `key`.
        key: The certificate's private key, if it is not in the same file.
    """

    state_directory: Path
    host: str = "127.0.0.1"
    port: int = 7860
    language: Language | None = None
    approve_writes: bool = True
    sandbox_file: Path | None = None
    demo: bool = False
    certificate: Path | None = None
    key: Path | None = None
