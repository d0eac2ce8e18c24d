"""Whether a value is the user's own: said in the conversation, not made up and not read in the CRM."""

import re
from collections.abc import Iterable, Mapping

from hubspot_agent.texts import languages, text_or_none
from hubspot_agent.validation.wording import folded, words

# What writing a value down properly adds to it.
_ADDED = frozenset({"http", "https", "www", "mailto"})
_MIN_PHONE_DIGITS = 6
# Words that ask for a value to be taken away, in the languages people are likely to write.
_CLEARING = re.compile(
    r"\b(clear|empty|erase|remove|delete|drop|blank|wipe|unset|take out|get rid|no longer"
    r"|wis|wissen|verwijder\w*|leeg\w*|maak leeg|haal|weg|geen"
    r"|supprim\w*|efface\w*|vide\w*|losch\w*|entfern\w*|borra\w*|elimina\w*)\b"
)
# Other words for the fields that people ask to have cleared.
_FIELD_WORDS = {
    "phone": "phone telephone number tel telefoon nummer telefoonnummer telefon telephone",
    "mobilephone": "mobile cell mobiel mobieltje number nummer handy portable",
    "email": "email mail e-mail mailadres emailadres adres address courriel",
    "lastname": "lastname surname achternaam familienaam nachname nom",
    "firstname": "firstname voornaam vorname prenom",
    "jobtitle": "title job role function functie titel poste",
    "company": "company employer bedrijf firma entreprise",
    "city": "city town plaats stad stadt ville",
    "zip": "zip zipcode postcode postal",
}


def unsaid(properties: Mapping[str, str], said: Iterable[str]) -> list[str]:
    """Return the names of those `properties` whose value the user did not say.

    Spelling does not matter: case, accents, punctuation and spaces, the country code of a phone number, the
    order of a date, separators in a number. An option of an enumeration may be said in any language this
    package speaks.

    Args:
        properties: The values to write; "" clears, and counts as said when the user asked to have that
            property cleared.
        said: What the user typed.
    """
    texts = [folded(each) for each in said]
    spoken = {word for each in texts for word in words(each)}
    digits = [re.sub(r"\D", "", each) for each in texts]
    return [
        name
        for name, value in properties.items()
        if not (_is_value_said(name, value, texts, spoken, digits) if value else _is_clearing_said(name, texts))
    ]


def _is_clearing_said(name: str, texts: list[str]) -> bool:
    labels = " ".join(filter(None, (text_or_none(f"fields.{name}", language) for language in languages())))
    known = words(f"{name} {labels} {_FIELD_WORDS.get(name, '')}")
    return any(_CLEARING.search(each) and known & words(each) for each in texts)


def _is_value_said(name: str, value: str, texts: list[str], spoken: set[str], digits: list[str]) -> bool:
    labels = (text_or_none(f"options.{name}_{value}", language) for language in languages())
    return any(_is_said(each, texts, spoken, digits) for each in (value, *filter(None, labels)))


def _is_said(value: str, texts: list[str], spoken: set[str], digits: list[str]) -> bool:
    plain = folded(value)
    # At the ends of whole words: "ana@x.example" is not said by who says "joana@x.example".
    if plain and any(re.search(rf"(?<![\w.@+-]){re.escape(plain)}(?![\w@-])", each) for each in texts):
        return True
    if "@" not in value:
        parts = words(value) - _ADDED
        if parts and parts <= spoken:
            return True
        if len(joined := _joined(value)) > 2 and any(joined in _runs(each) for each in texts):
            return True
    own_digits = re.sub(r"\D", "", value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", value):
        numbers = {int(number) for each in texts for number in re.findall(r"\d+", each)}
        return sum(int(part) in numbers for part in value[:10].split("-")) >= 2
    if re.fullmatch(r"[+(]?[\d\s().,\-/]+( ext\. \d+)?", value):
        if len(own_digits) >= _MIN_PHONE_DIGITS:
            national = own_digits[-max(_MIN_PHONE_DIGITS, len(own_digits) - 4) :]
            return any(national in each for each in digits)
        return any(own_digits in _runs(each) for each in texts)
    return False


def _joined(text: str) -> str:
    return re.sub(r"\W", "", folded(text))


def _runs(text: str) -> set[str]:
    """Return the words of `text`, and up to four neighbours written as one: "1234 ab" is also "1234ab"."""
    parts = re.findall(r"\w+", text)
    return {"".join(parts[start : start + length]) for length in range(1, 5) for start in range(len(parts))}
