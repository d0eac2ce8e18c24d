"""Logging in at an OpenID provider on loopback, as a browser does, without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import httpx
from oidc_provider_mock import User, run_server_in_thread

SETTINGS = {"HUBSPOT_AGENT_OIDC_CLIENT_ID": "page", "HUBSPOT_AGENT_OIDC_CLIENT_SECRET": "secret"}


@contextmanager
def provider(**users: str) -> Iterator[str]:
    """Run a provider that knows `users`, an e-mail address by the name each logs in with; yield its address."""
    known = [User(sub=name, claims={"email": email}) for name, email in users.items()]
    with run_server_in_thread(user_claims=known) as server:
        yield f"http://localhost:{server.server_port}"


def log_in(client: httpx.Client, name: str, *, conversation: str = "") -> httpx.Response:
    """Log in at the provider as `name` and return what the page answers."""
    start = client.get("/login/start", params={"c": conversation} if conversation else {})
    at_provider = httpx.post(start.headers["location"], data={"sub": name})
    return client.get(urljoin(str(client.base_url), at_provider.headers["location"]))
