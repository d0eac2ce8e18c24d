"""`InvalidValueError`: a value that must not be stored as it is."""


class InvalidValueError(ValueError):
    """A value cannot be stored; `str()` is a sentence that says why and what to do, without the value itself.

    Attributes:
        code: What is wrong, by HubSpot's own name for it where it has one.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
