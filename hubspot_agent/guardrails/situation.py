"""What a write is judged by, and the refusal of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hubspot_agent.contacts import Contact
from hubspot_agent.guardrails.contact_selection import is_affirmative, is_plain_yes
from hubspot_agent.memory import PinnedContact
from hubspot_agent.settings import Rule
from hubspot_agent.texts import Texts
from hubspot_agent.tools.companies import RelatedCompany
from hubspot_agent.tools.results import refused
from hubspot_agent.validation.words import folded, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a write is judged by, besides its arguments.

    Attributes:
        seen: The contacts this conversation has seen.
        said: What the user typed in this conversation, oldest first.
        recent: Of that, what the model was shown, the message just typed last.
        asked: What the assistant said before that message.
        crm_values: The values of contacts that the model has read, folded; they may hold anyone's instructions.
        approve_writes: Whether every write is put before a person.
        can_ask: Whether the conversation can pause for a person.
        texts: The sentences of the turn's language.
        policy: Rules by property, see `field_policy.ruled`.
        default_region: The country of phone numbers that nothing else tells the country of.
        by_hand: Whether a person wrote these arguments, and so chose contact and values.
        user: Who is chatting, for whom "me" is.
        shown_company: The company record that this person was shown.
        shown_company_text: What the arguments called it.
    """

    seen: Sequence[PinnedContact]
    said: Sequence[str]
    recent: Sequence[str]
    asked: str
    crm_values: frozenset[str]
    approve_writes: bool
    can_ask: bool
    texts: Texts = field(default_factory=Texts)
    policy: Mapping[str, Rule] = field(default_factory=dict)
    default_region: str = "NL"
    by_hand: bool = False
    user: str | None = None
    shown_company: RelatedCompany | None = None
    shown_company_text: str = ""

    @property
    def agreed(self) -> str:
        """What the assistant showed and the message just typed agrees to, or ""."""
        return self.asked if self.recent and is_affirmative(self.recent[-1]) else ""

    def may_be_agreed_to(self, value: str, whom: Sequence[str]) -> bool:
        """Tell whether a yes to what the assistant showed is a yes to writing this value.

        What stands in the CRM may have been shown for another reason. It takes a plain yes to a text that names the
        contact which is to get it.

        Args:
            value: What is to be written.
            whom: What the contact is called.
        """
        plain, spoken = folded(value), words(value)
        if not plain or not any(plain in each or (spoken and spoken <= words(each)) for each in self.crm_values):
            return True
        return is_plain_yes(self.recent[-1]) and is_named_in(self.agreed, whom)


def is_named_in(text: str, names: Sequence[str]) -> bool:
    """Tell whether all words of one of these names stand in a text."""
    spoken = words(text)
    return any(words(name) <= spoken for name in names if name)


class RefusedError(Exception):
    """A write may not run; arguments as for `hubspot_agent.tools.results.refused`."""

    def __init__(self, code: str, message: str, contacts: Sequence[Contact] = ()) -> None:
        self.result = refused(code, message, contacts)
        super().__init__(code)
