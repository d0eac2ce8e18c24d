"""That a request is not let in."""


class RefusedError(Exception):
    """A request is not let in.

    Args:
        reason: Why, in a word for the operator's log; whoever asks is not told.
        fix: What the operator can do about it, where nobody can be let in; that is told.
    """

    def __init__(self, reason: str, *, fix: str = "") -> None:
        self.reason = reason
        self.fix = fix
        super().__init__(reason)
