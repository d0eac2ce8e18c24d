"""Logging in at an OpenID provider: Google, Entra, Okta, Keycloak or any other that has OpenID Connect Discovery."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from hubspot_agent.web.conversation import Speech
from hubspot_agent.web.identity import User
from hubspot_agent.web.rendering import page_html
from hubspot_agent.web.requests import is_id
from hubspot_agent.web.sessions import SESSION_LIFETIME_S, Sessions

logger = logging.getLogger("hubspot_agent.web")

#: How long an RSA key must be, in bits (NIST SP 800-131A).
MIN_RSA_BITS = 2048

#: The cookie with the token of a session.
SESSION_COOKIE = "hubspot_agent_session"


class OpenIDAccess:
    """Lets in who logs in at the provider.

    Args:
        issuer: The provider's address, of which ``/.well-known/openid-configuration`` describes it.
        client_id: What the provider calls this page.
        client_secret: The secret it shares with this page.
        allowed: The e-mail addresses, or their domains, of who may log in; none lets in everybody whom the provider
            knows.
        sessions: The log-ins.
        speech_of: Tells the language of a request.
        on_log_out: Told who has logged out.
    """

    logs_out = True

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        allowed: Sequence[str],
        sessions: Sessions,
        speech_of: Callable[[Request], Speech],
        on_log_out: Callable[[User], None],
    ) -> None:
        self._allowed = [each.casefold().removeprefix("@") for each in allowed]
        self._sessions = sessions
        self._speech_of = speech_of
        self._on_log_out = on_log_out
        self._provider = OAuth().register(
            "provider",
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )
        self.routes: Sequence[Route] = (
            Route("/login", self._show_log_in, methods=["GET"]),
            Route("/login/start", self._start, methods=["GET"]),
            Route("/login/callback", self._finish, methods=["GET"], name="callback"),
            Route("/logout", self._log_out, methods=["POST"]),
        )

    def user(self, request: Request) -> User | None:
        """Return who is logged in."""
        return self._sessions.user(request.cookies.get(SESSION_COOKIE))

    async def _show_log_in(self, request: Request) -> Response:
        return self._page(request)

    async def _start(self, request: Request) -> Response:
        """Send the browser to the provider; the conversation that was asked for is remembered."""
        request.session["conversation"] = _conversation(request)
        try:
            redirect: Response = await self._provider.authorize_redirect(request, request.url_for("callback"))
        except (httpx2.HTTPError, OAuthError, ValueError):
            return self._page(request, "log_in_unreachable", 502)
        return redirect

    async def _finish(self, request: Request) -> Response:
        """Take over what the provider says of who comes back from it."""
        conversation = request.session.pop("conversation", "")
        try:
            claims = await self._claims(request)
        except httpx2.HTTPError:
            return self._page(request, "log_in_unreachable", 502)
        except (OAuthError, JoseError, KeyError, ValueError):
            return self._page(request, "log_in_failed", 401)
        user = self._user_in(claims)
        if user is None:
            return self._page(request, "log_in_refused", 403)
        response = RedirectResponse(f"/?c={conversation}" if conversation else "/", 303)
        secure = request.url.scheme == "https"
        session = await self._sessions.log_in(user)
        response.set_cookie(SESSION_COOKIE, session, SESSION_LIFETIME_S, httponly=True, samesite="lax", secure=secure)
        return response

    async def _log_out(self, request: Request) -> Response:
        user, token = self.user(request), request.cookies.get(SESSION_COOKIE, "")
        await self._sessions.log_out(token)
        if user:
            self._on_log_out(user)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
        return response

    async def _claims(self, request: Request) -> dict[str, Any]:
        """Return what the provider says of the user: in the ID token, or where that is short, when it is asked."""
        token = await self._provider.authorize_access_token(request)
        refuse_short_keys(await self._provider.fetch_jwk_set())
        claims: dict[str, Any] = dict(token["userinfo"])
        if "email" not in claims:
            more = dict(await self._provider.userinfo(token=token))
            claims |= more if more.get("sub") == claims["sub"] else {}
        return claims

    def _user_in(self, claims: dict[str, Any]) -> User | None:
        """Return the user whom the provider names, if they may use the page.

        `sub` tells users apart (OpenID Connect Core 1.0, section 5.7); an e-mail address may pass to somebody else.
        """
        email = str(claims.get("email") or "").casefold()
        verified = claims.get("email_verified") is not False
        if self._allowed and not (email and verified and {email, email.rpartition("@")[2]} & set(self._allowed)):
            return None
        name = email or claims.get("preferred_username") or claims.get("name") or claims["sub"]
        return User(f"{claims['iss']} {claims['sub']}", str(name))

    def _page(self, request: Request, problem: str = "", status: int = 200) -> Response:
        language = self._speech_of(request).page
        html = page_html("login.html", language, problem=problem, conversation=_conversation(request))
        return HTMLResponse(html, status)


def refuse_short_keys(jwks: Any) -> None:
    """Refuse a provider's keys (RFC 7517) when an RSA key is among them that is too short to be relied on.

    Raises:
        ValueError: One is.
    """
    lengths = [key.public_key.key_size for key in KeySet.import_key_set(jwks) if isinstance(key, RSAKey)]
    if min(lengths, default=MIN_RSA_BITS) < MIN_RSA_BITS:
        logger.error(
            "Nobody can log in: the provider of HUBSPOT_AGENT_OIDC_ISSUER lists an RSA key of %d bits. Have it list "
            "keys of at least 2,048 bits alone (NIST SP 800-131A).",
            min(lengths),
        )
        raise ValueError("an RSA key is too short")


def _conversation(request: Request) -> str:
    """Return the conversation that a request names, "" for none."""
    named = request.query_params.get("c", "")
    return named if is_id(named) else ""
