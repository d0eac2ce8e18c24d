"""Who uses the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A user of the page.

    Attributes:
        id: Tells the user from others; "" for whoever uses this machine, where nobody logs in.
        name: What people call the user, for the page and the audit trail; "" where nobody logs in.
    """

    id: str = ""
    name: str = ""


#: Whoever uses this machine.
LOCAL_USER = User()
