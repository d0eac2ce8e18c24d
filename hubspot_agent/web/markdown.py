"""What the assistant says, as HTML: a safe subset of Markdown, rendered with HTML off."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_SAFE_LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
#: The last item of a list with a line right after it, which Markdown would take for a part of the item.
_LAST_OF_LIST = re.compile(r"^((?:[-*+]|\d+[.)])\s.*)\n(?=\S)(?!(?:[-*+]|\d+[.)])\s)", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


class _Renderer(RendererHTML):
    """Opens links in a window of their own, which learns nothing of this one."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return the opening tag of a link."""
        tokens[idx].attrSet("target", "_blank")
        tokens[idx].attrSet("rel", "noopener noreferrer nofollow")
        return str(self.renderToken(tokens, idx, options, env))


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Allow links to pages, addresses and phone numbers alone."""
        return _SAFE_LINK.match(url.strip()) is not None


_MARKDOWN = (
    _Markdown("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    .enable(["table", "strikethrough"])
    .disable(["image", "html_block", "html_inline", "hr", "lheading", "reference", "entity"])
)


def html_of(answer: str, values: Iterable[str] = ()) -> str:
    """Return an answer as HTML.

    Args:
        answer: What the assistant says: paragraphs, bold, italics, lists, links, code, tables.
        values: What others said that may stand in it: values of the CRM, the user's own words. Their words are shown as
            they are, whatever they hold.
    """
    words = {word for value in values for word in value.split() if len(word) > 2 and _SPECIAL.search(word)}
    if words:
        quoted = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
        answer = quoted.sub(lambda found: _SPECIAL.sub(r"\\\1", found[0]), answer)
    answer = _LAST_OF_LIST.sub(r"\1\n\n", answer)
    html: Any = _MARKDOWN.render(answer)
    return str(html).replace("<p>", '<p dir="auto">').replace("<li>", '<li dir="auto">')
