"""Which addresses are the public internet's, by a list of our own: what Python calls global differs from
version to version, and holds site-local networks and a cloud's own services for such."""

import ipaddress
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC_4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",
    "100.64.0.0/10",  # carriers' NAT; Alibaba's metadata (100.100.100.200)
    "127.0.0.0/8",
    "168.63.129.16/32",  # Azure's services for a machine of its own
    "169.254.0.0/16",  # link-local; metadata of most clouds (169.254.169.254, 169.254.170.2, 169.254.0.23)
    "172.16.0.0/12",
    "192.0.0.0/24",  # protocol assignments; Oracle's metadata (192.0.0.192)
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.80.8.124/32",  # Equinix Metal's metadata
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
)
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
"""Outside of it is nothing public: loopback, link-local, site-local, unique local (with the metadata of AWS,
fd00:ec2::254, and Google, fd20:ce::254), multicast, segment routing, local NAT64."""
_NOT_PUBLIC_6 = (
    "2001::/23",  # protocol assignments: Teredo, benchmarks (2001:2::/48), ORCHID
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

_NETWORKS_4 = [ipaddress.IPv4Network(network) for network in _NOT_PUBLIC_4]
_NETWORKS_6 = [ipaddress.IPv6Network(network) for network in _NOT_PUBLIC_6]


def is_public(address: Address) -> bool:
    """Of an IPv6 address that carries an IPv4 address, that one counts too."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NETWORKS_4)
    if not all(is_public(inner) for inner in carried_by(address)):
        return False
    if address.ipv4_mapped is not None or address in _NAT64:
        return True
    return address in _UNICAST_6 and not any(address in network for network in _NETWORKS_6)


def carried_by(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        yield ipaddress.IPv4Address(low)
