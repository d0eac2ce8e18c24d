"""In which language the page speaks with whoever looks at it."""

from starlette.requests import Request

from hubspot_agent.texts import DEFAULT_LANGUAGE, Language, as_language, language_name, languages, text
from hubspot_agent.web.conversation import Speech

#: The cookie with the language chosen on the page.
LANGUAGE_COOKIE = "hubspot_agent_language"


def speech_of(request: Request, *, fixed: Language | None, default: Language) -> Speech:
    """Return the languages of a request: the one chosen on the page, else the server's, else the browser's.

    Args:
        request: Of a page.
        fixed: The language that the server is told to speak, if it is.
        default: The language of a browser that asks for none of ours.
    """
    chosen = as_language(request.cookies.get(LANGUAGE_COOKIE))
    preferred = _preferred(request.headers.get("accept-language", ""))
    return Speech(chosen or fixed or preferred or default, chosen or fixed)


def own_names() -> list[dict[str, str]]:
    """Return the `code` of each language and the `name` it calls itself; in English if its sentences do not say."""
    return [{"code": each, "name": _own_name(each)} for each in languages()]


def _own_name(language: Language) -> str:
    own = text("web.language", language)
    borrowed = language != DEFAULT_LANGUAGE and own == text("web.language", DEFAULT_LANGUAGE)
    return language_name(language) if borrowed else own


def _preferred(header: str) -> Language | None:
    """Return the first of our languages that an `Accept-Language` header names, by its weights."""
    weighted = []
    for part in header.split(","):
        code, _, weight = part.partition(";q=")
        try:
            weighted.append((-float(weight or 1), code.strip()))
        except ValueError:
            continue
    known = (as_language(code) for _, code in sorted(weighted, key=lambda each: each[0]))
    return next((language for language in known if language), None)
