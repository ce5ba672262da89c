"""No address of a network's inside passes for one of the internet, in whatever form it is written."""

import pytest

from owlpost.channels.public_addresses import is_public

INSIDE = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "0.0.0.0": "this host",  # noqa: S104 (an address to refuse)
    "10.0.0.1": "private",
    "172.31.255.255": "private",
    "192.168.0.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "100.100.100.200": "Alibaba's metadata",
    "169.254.169.254": "AWS', Google's and Azure's metadata",
    "169.254.170.2": "ECS' credentials",
    "168.63.129.16": "Azure's wire server",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "198.18.0.1": "benchmarks",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::7f00:1": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "64:ff9b::7f00:1": "NAT64 of loopback",
    "64:ff9b::a00:1": "NAT64 of a private one",
    "64:ff9b::a9fe:a9fe": "NAT64 of metadata",
    "64:ff9b:1::808:808": "a network's own NAT64",
    "2001::1": "Teredo",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4 of loopback",
    "2002:a00:1::": "6to4 of a private one",
    "fc00::1": "unique local",
    "fd00:ec2::254": "AWS' metadata",
    "fe80::1": "link-local",
    "fe80::1%eth0": "of an interface",
    "2606:4700::1%eth0": "of an interface",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "localhost": "no address",
    "": "no address",
}


@pytest.mark.parametrize("address", INSIDE, ids=[f"{address} {why}" for address, why in INSIDE.items()])
def test_an_address_of_the_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::808:808", "2002:808:808::"]
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
