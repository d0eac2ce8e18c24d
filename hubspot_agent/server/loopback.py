"""Which addresses are this machine alone."""

from ipaddress import ip_address


def is_loopback(host: str | None) -> bool:
    """Tell whether `host`, a name or an address, is this machine and nobody else can reach it."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
