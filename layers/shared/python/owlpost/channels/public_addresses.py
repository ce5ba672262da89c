"""Which IP addresses are of the public internet. `ipaddress.is_global` alone says yes to some that lead inside.

Sources: OWASP, "Server Side Request Forgery Prevention Cheat Sheet"; IANA's special-purpose address registries; RFC 6052
(NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 4291 section 2.5.5 (IPv4 in IPv6).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
#: RFC 8215: a network's own NAT64, whose inside nobody else can judge.
LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
IPV4_COMPATIBLE = IPv6Network("::/96")
#: Global by their number, and inside all the same: the retired 6to4 relays, and what Azure's own machines talk to.
INSIDE_IPV4 = (IPv4Network("192.88.99.0/24"), IPv4Network("168.63.129.16/32"))


def is_public(text: str) -> bool:
    """Return whether the address is of the public internet. False for what is no address, or names an interface."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_ipv4(address)
    return address.scope_id is None and _is_public_ipv6(address)


def _is_public_ipv4(address: IPv4Address) -> bool:
    inside = address.is_multicast or address.is_reserved or any(address in network for network in INSIDE_IPV4)
    return address.is_global and not inside


def _is_public_ipv6(address: IPv6Address) -> bool:
    if address.ipv4_mapped or address.teredo or address in IPV4_COMPATIBLE or address in LOCAL_NAT64:
        return False
    if address in NAT64:
        return _is_public_ipv4(IPv4Address(address.packed[-4:]))
    if address.sixtofour:
        return _is_public_ipv4(address.sixtofour)
    return address.is_global and not (address.is_multicast or address.is_site_local)
