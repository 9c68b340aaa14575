"""From where a request comes, behind a proxy too."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(meta: Mapping[str, Any]) -> str:
    """The nearest address that is none of TRUSTED_PROXIES. What a client writes into X-Forwarded-For itself
    stands before what the proxies add, and is never looked at. An IPv6 address stands for its /64, which is
    what one client has."""
    address = _parsed(str(meta.get("REMOTE_ADDR") or ""))
    named = str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while address is not None and _is_trusted(address) and named:
        nearer = _parsed(named.pop())
        if nearer is None:
            break
        address = nearer
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or "unknown")


def _parsed(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address) -> bool:
    return any(address in ipaddress.ip_network(one, strict=False) for one in settings.TRUSTED_PROXIES)
