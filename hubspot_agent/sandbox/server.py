"""The sandbox as people and tests use it: a server in a thread of its own."""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from hubspot_agent.sandbox import admin as admin_routes
from hubspot_agent.sandbox import samples
from hubspot_agent.sandbox.errors import ApiError
from hubspot_agent.sandbox.faults import Faults
from hubspot_agent.sandbox.limits import ALL_SCOPES, Access, Limits, Meter
from hubspot_agent.sandbox.owners import owners as all_owners
from hubspot_agent.sandbox.pipeline import Pipeline, ReceivedRequest
from hubspot_agent.sandbox.portal import Portal
from hubspot_agent.sandbox.profiles import PROFILES, Assumptions, ProfileName
from hubspot_agent.sandbox.properties import Property
from hubspot_agent.sandbox.routes import routes
from hubspot_agent.sandbox.store import Table

_HOST: Final = "127.0.0.1"
#: Longest request body in bytes: a batch of 100 contacts with several texts of full length.
_MAX_BODY_BYTES: Final = 32 * 1024 * 1024
#: Longest line of a request's head in bytes; addresses far shorter are refused as HubSpot refuses them.
_MAX_LINE_BYTES: Final = 65_536
#: How long calls in progress may still take when the sandbox stops; to aiohttp, 0 would be for ever.
_SHUTDOWN_TIMEOUT_S: Final = 0.05


class Sandbox:
    """A local HubSpot account, served over HTTP on a loopback port.

        with Sandbox(contacts=[{"email": "ana@acme.example", "firstname": "Ana"}]) as crm:
            client = HubSpot(access_token=crm.token, host=crm.url)

    Attributes:
        access: The token, its scopes and since when it is expired; may be changed at any time.
        faults: What goes wrong with calls, see `Fault`; may be changed at any time.
    """

    def __init__(
        self,
        contacts: Iterable[Mapping[str, str]] | None = None,
        *,
        owners: Iterable[Mapping[str, Any]] | None = None,
        companies: Iterable[Mapping[str, str]] | None = None,
        auto_link_companies: bool = False,
        path: str | Path | None = None,
        profile: ProfileName = "instant",
        port: int = 0,
        search_delay: float | None = None,
        latency: tuple[float, float] | None = None,
        limits: Limits | None = None,
        token: str | None = None,
        scopes: Collection[str] = ALL_SCOPES,
        properties: Iterable[Property] = (),
        assumptions: Assumptions | None = None,
        admin: bool = False,
        seed: int = 0,
    ):
        """Prepare a sandbox; `start`, or `with`, starts it.

        Args:
            contacts: Properties of the contacts it holds at first; None for some 40 made-up samples. They may
                set read-only properties; `associatedcompanyid` links to one of `companies`, by id or domain.
                Ignored for a file that was used before.
            owners: The users of the account, each with `email`, and with `firstName`, `lastName`, `id`, `userId`
                and `archived` where these matter; None for three made-up ones.
            companies: Properties of the companies it holds at first; None for those of the sample contacts, or for
                none if `contacts` are given. Ignored for a file that was used before.
            auto_link_companies: Whether the account by itself links a new contact to the company of its e-mail
                domain, as it can be set to.
            path: SQLite file that keeps everything; None for memory only. One sandbox at a time may use it.
            profile: `instant` (no delays, no limits) or `realistic` (index delay, latency, rate limits).
            port: TCP port; 0 for a free one, which is kept when the sandbox is stopped and started again.
            search_delay: Seconds until a search sees a write; None as the profile has it.
            latency: Shortest and longest extra seconds before an answer; None as the profile has it.
            limits: Rate limits; None as the profile has them.
            token: The access token; None for a random one.
            scopes: Scopes granted to the token.
            properties: Custom properties of the account.
            assumptions: Behaviour that HubSpot's documents leave open.
            admin: Whether faults may also be set over HTTP, at `/sandbox/faults`.
            seed: Seed of the generator that decides which calls a fault affects.

        Raises:
            ValueError: If one of `contacts`, `companies` or `owners` breaks HubSpot's rules.
            RuntimeError: If the file cannot be used.
        """
        chosen = PROFILES[profile]
        assumptions = assumptions or Assumptions()
        self.access = Access(token or f"sandbox-{secrets.token_hex(16)}", scopes)
        self.faults = Faults(seed=seed)
        if companies is None:
            companies = samples.companies() if contacts is None else ()
        self._portal = Portal(
            path,
            search_delay=chosen.search_delay if search_delay is None else search_delay,
            assumptions=assumptions,
            properties=properties,
            owners=all_owners(samples.OWNERS if owners is None else owners),
            auto_link_companies=auto_link_companies,
        )
        self._seed(samples.contacts() if contacts is None else contacts, companies)
        self._pipeline = Pipeline(
            self._portal,
            access=self.access,
            meter=Meter(limits or chosen.limits, policy_named=assumptions.search_policy_named),
            faults=self.faults,
            latency=chosen.latency if latency is None else latency,
            unaffected_paths=frozenset({admin_routes.PATH} if admin else ()),
        )
        self._admin = admin
        self._port = port
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        """Start serving."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and close the store."""
        self.close()

    @property
    def url(self) -> str:
        """The base address, for the client's `host`.

        Raises:
            RuntimeError: If it was never started.
        """
        if not self._port:
            raise RuntimeError("The sandbox has no address yet: call start(), or use it in a with statement.")
        return f"http://{_HOST}:{self._port}"

    @property
    def token(self) -> str:
        """The access token."""
        return self.access.token

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Every call received, in order; the newest 100,000."""
        return list(self._pipeline.requests)

    def contacts(self) -> list[dict[str, Any]]:
        """Return id and properties of all contacts that are not archived, oldest first."""
        return _listed(self._portal.store.contacts)

    def companies(self) -> list[dict[str, Any]]:
        """Return id and properties of all companies that are not archived, oldest first."""
        return _listed(self._portal.store.companies)

    def owners(self) -> list[dict[str, Any]]:
        """Return the users of the account as HubSpot's owners API gives them, those who left included."""
        return [dict(owner) for owner in self._portal.owners]

    def associations(self, contact_id: str) -> list[str]:
        """Return the ids of the companies that a contact is linked to, the primary one first."""
        return [str(one) for one in self._portal.store.linked_to_contact(int(contact_id), "companies")]

    def notes(self, contact_id: str) -> list[str]:
        """Return the bodies of a contact's notes, the oldest first, as they are stored: HTML."""
        store = self._portal.store
        found = [store.notes.get(one) for one in sorted(store.linked_to_contact(int(contact_id), "notes"))]
        return [note.properties.get("hs_note_body", "") for note in found if note and note.archived_at is None]

    def catch_up(self) -> None:
        """Let searches see every write now, whatever the delay."""
        self._portal.catch_up()

    def start(self) -> Self:
        """Start serving; after `stop`, on the same port and with the same contacts.

        Raises:
            OSError: If the port is taken.
        """
        if self._server is None:
            self._server = _Server(self._application, self._port)
            self._port = self._server.port
        return self

    def stop(self) -> None:
        """Stop serving: connections are refused until it is started again."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def close(self) -> None:
        """Stop serving and close the store; what was only in memory is gone."""
        self.stop()
        self._pipeline.close()
        self._portal.store.close()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._pipeline.middleware], client_max_size=_MAX_BODY_BYTES)
        for route in routes():
            application.router.add_route(route.method, route.path, self._pipeline.handler(route))
        if self._admin:
            application.add_routes(admin_routes.routes(self.access, self.faults))
        return application

    def _seed(self, contacts: Iterable[Mapping[str, str]], companies: Iterable[Mapping[str, str]]) -> None:
        try:
            self._portal.seed(contacts, companies)
        except ApiError as error:
            self._portal.store.close()
            raise ValueError(f"The sandbox cannot hold these contacts and companies. {error}") from error


def _listed(table: Table) -> list[dict[str, Any]]:
    return [{"id": str(record.id), "properties": record.properties} for record in table.page()]


class _Server:
    """An aiohttp application served on an event loop in a thread of its own."""

    def __init__(self, application: Callable[[], web.Application], port: int):
        self.port = port
        self._application = application
        self._thread = threading.Thread(target=self._run, name="hubspot-sandbox", daemon=True)
        self._started: Future[int] = Future()
        self._thread.start()
        self.port = self._started.result()

    def stop(self) -> None:
        """Close all connections and end the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # whatever it is, the thread that waits for the start must hear of it
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(
            self._application(),
            access_log=None,
            # aiohttp 3.14 waits forever on a body whose compression is broken; no client of HubSpot compresses.
            auto_decompress=False,
            max_line_size=_MAX_LINE_BYTES,
            shutdown_timeout=_SHUTDOWN_TIMEOUT_S,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, _HOST, self.port)
            await site.start()
            self._started.set_result(runner.addresses[0][1])
            await self._stopping.wait()
        finally:
            await runner.cleanup()


def serve(announce: Callable[[Sandbox], None], **options: Any) -> None:
    """Run a sandbox in the foreground until interrupted (Ctrl-C).

    Args:
        announce: Called once it serves, to print its `url` and `token`.
        **options: As `Sandbox` takes them; `profile` is "realistic" unless given.
    """
    with Sandbox(**{"profile": "realistic", **options}) as sandbox:
        announce(sandbox)
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
