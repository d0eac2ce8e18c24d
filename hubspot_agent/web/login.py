"""The page on which users log in."""

from html import escape
from importlib.resources import files
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from hubspot_agent.texts import Language, text
from hubspot_agent.web.sessions import COOKIE, LASTS, Sessions, TooManyAttemptsError

#: Bytes of a log-in.
_MAX_FORM = 10_000


def add_login(app: FastAPI, sessions: Sessions, language: Language) -> None:
    """Add the page, and what logs in and out, to `app`."""
    style = (files("hubspot_agent.web") / "login.css").read_text(encoding="utf-8")

    @app.get("/login.css")
    async def login_style() -> Response:
        return Response(style, media_type="text/css")

    @app.get("/login")
    async def login_page() -> HTMLResponse:
        return HTMLResponse(_page(language))

    @app.post("/login")
    async def log_in(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _MAX_FORM:
                return HTMLResponse(_page(language), 413)
        form = parse_qs(body.decode("utf-8", "replace"))
        name, password = (form.get(field, [""])[0] for field in ("name", "password"))
        try:
            accepted = await sessions.accepts(name, password)
        except TooManyAttemptsError:
            return HTMLResponse(_page(language, "log_in_wait", name), 429)
        if not accepted:
            return HTMLResponse(_page(language, "log_in_failed", name), 401)
        answer = RedirectResponse("/", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, sessions.cookie(name), LASTS, httponly=True, samesite="lax", secure=secure)
        return answer

    @app.post("/logout")
    async def log_out() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer


def _page(language: Language, problem: str = "", name: str = "") -> str:
    words = {key: escape(text(f"web.{key}", language)) for key in ("title", "log_in", "user_name", "password")}
    said = f'<p role="alert">{escape(text(f"web.{problem}", language))}</p>' if problem else ""
    return f"""<!doctype html>
<html lang="{language}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words["log_in"]} - {words["title"]}</title>
<link rel="stylesheet" href="/login.css"><link rel="icon" href="data:,">
<main><form method="post" action="/login">
<h1>{words["title"]}</h1>{said}
<label for="name">{words["user_name"]}</label>
<input id="name" name="name" value="{escape(name)}" autocomplete="username" autofocus required>
<label for="password">{words["password"]}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>{words["log_in"]}</button>
</form></main>
</html>
"""
