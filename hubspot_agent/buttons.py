"""The buttons of the chat: what is written on them, and which one a typed label means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from hubspot_agent.state import Action
from hubspot_agent.texts import Language, languages, text

#: The buttons of the greeting.
BUTTONS: tuple[Action, ...] = ("search", "create", "update")


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an application's own, after the three of the greeting: pressing it is as typing its words.

    Attributes:
        action: What a front end sends when it is pressed; none of `Action`.
        label: What is written on it, by language.
        words: What it says to the assistant, by language.

    In a language that `label` or `words` does not have, its first one is taken.
    """

    action: str
    label: Mapping[Language, str]
    words: Mapping[Language, str]

    def __post_init__(self) -> None:
        if self.action in get_args(Action):
            raise ValueError(f"The action {self.action!r} is taken; use none of {', '.join(get_args(Action))}.")
        if not (self.label and self.words):
            raise ValueError(f"The button {self.action!r} needs a label and words, in one language at least.")

    def said_in(self, language: Language) -> str:
        """Return the words that pressing it in `language` says."""
        return _in(self.words, language)


def buttons(
    language: Language, actions: Sequence[Action] = BUTTONS, own: Sequence[Button] = ()
) -> list[dict[str, str]]:
    """Return `actions` and `own` as the front ends take them.

    `[{"action": "search", "label": "Search for a contact"}, ...]`
    """
    return [
        *({"action": action, "label": text(f"graph.label_{action}", language)} for action in actions),
        *({"action": button.action, "label": _in(button.label, language)} for button in own),
    ]


def labelled_action(words: str, own: Sequence[Button] = ()) -> tuple[str, Language] | None:
    """Return the button whose label `words` are, in whichever language, and that language."""
    for language in languages():
        for button in buttons(language, cast("Sequence[Action]", get_args(Action)), own):
            if words.strip().casefold() == button["label"].casefold():
                return button["action"], language
    return None


def _in(texts: Mapping[Language, str], language: Language) -> str:
    return texts.get(language) or next(iter(texts.values()))
