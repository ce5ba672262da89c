"""Where a request comes from: its source for the limits, and the name of its device."""

from ipaddress import IPv6Address, ip_address, ip_network

from owlpost.domain.text import one_line

LONGEST_DEVICE = 200


def source_of(ip: str | None) -> str | None:
    """Return the IPv4 address, or the /64 network of one IPv6 subscriber; None if `ip` is no address."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def device_name(user_agent: str) -> str:
    """Return the user agent on one line, shortened."""
    return one_line(user_agent[: 2 * LONGEST_DEVICE])[:LONGEST_DEVICE]
