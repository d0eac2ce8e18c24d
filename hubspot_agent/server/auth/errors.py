"""That a request is not let in."""


class UnauthorizedError(Exception):
    """A request is not let in (401).

    Args:
        reason: Why, in a word for the operator's log; the client is not told.
        fix: What the operator can do about it, where nobody is let in; the client is told.
    """

    def __init__(self, reason: str, *, fix: str = "") -> None:
        self.reason = reason
        self.fix = fix
        super().__init__(reason)
