"""Buttons for questions that have a few answers."""

import re

from hubspot_agent.texts import Language, languages, text

#: Most contacts that a question "which one?" gets a button for each.
MAX_NUMBERS = 5


def quick_replies(answer: str, shown: int, language: Language) -> list[str]:
    """Return the words that the buttons below an answer say, none when it does not ask for one of a few.

    Args:
        answer: What the assistant says.
        shown: How many contacts the table above it shows.
        language: The language of a yes and a no that the answer does not name itself.
    """
    asks = [line for line in answer.splitlines() if "?" in line or _quoted(line)]
    if not asks:
        return []
    replies = _quoted(asks[-1])
    if not replies and _asks_yes_or_no(asks[-1]):
        replies = text("web.yes_no_replies", language).split(" | ")
    if not replies and 2 <= shown <= MAX_NUMBERS:
        replies = [str(number) for number in range(1, shown + 1)]
    return replies


def _quoted(line: str) -> list[str]:
    """Return the short answers that a line names: in quotation marks, or "(yes/no)"."""
    known = {word for language in languages() for word in text("web.reply_words", language).split(" | ")}
    named = re.findall(r"[\"“”(/]([^\W\d_]+)(?=[\"“”)/])", line)
    return list(dict.fromkeys(word for word in named if word.casefold() in known))


def _asks_yes_or_no(line: str) -> bool:
    """Tell whether the last question of a line begins as those do that a yes or a no answers."""
    question = re.split(r"(?<=[.!:;?])\s+", line[: line.rindex("?")].strip())[-1] if "?" in line else ""
    first = re.match(r"\W*([^\W\d_]+)", question)
    openers = {word for language in languages() for word in text("web.yes_no_openers", language).split(" | ")}
    return bool(first and first[1].casefold() in openers) and not re.search(r"\b(or|of)\b", question)
