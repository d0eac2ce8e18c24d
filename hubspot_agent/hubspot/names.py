"""How names of people and companies are compared."""

from unicodedata import combining, normalize


def folded_name(name: str) -> str:
    """Return a name as names are compared: case, accents and the spaces around it do not count."""
    letters = (char for char in normalize("NFKD", name.casefold()) if not combining(char))
    return " ".join("".join(letters).split())
