"""Which proxy a model server is asked through: what the environment says, but never for this machine."""

import ipaddress
import os
import urllib.parse
import urllib.request
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str) -> str | None:
    """The address of the proxy, or None where the server is asked directly. (aiohttp's own `trust_env` would
    send passwords out of ~/.netrc, and knows neither networks nor ports in NO_PROXY.)"""
    parts = urllib.parse.urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if not host or is_loopback(host) or _is_excepted(host, parts.port or _PORTS.get(parts.scheme, 0)):
        return None
    if urllib.request.proxy_bypass(host):
        # Also what a desktop's own settings except.
        return None
    known = urllib.request.getproxies()
    proxy = known.get(parts.scheme) or known.get("all") or ""
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy if proxy.startswith(("http://", "https://")) else None


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".localdomain")) or host == "ip6-localhost":
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _is_excepted(host: str, port: int) -> bool:
    return any(_matches(entry, host, port) for entry in _exceptions())


def _exceptions() -> Iterable[str]:
    written = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return written.lower().replace(",", " ").split()


def _matches(entry: str, host: str, port: int) -> bool:
    """`*`, a name (and all below it), `.name`, `*.name`, an address or a network, each also with a port."""
    name, wanted = _split(entry.rpartition("://")[2])
    if wanted is not None and wanted != port:
        return False
    if name == "*":
        return True
    if (address := _address(host)) is not None:
        return _holds(name, address)
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _holds(network: str, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _split(entry: str) -> tuple[str, int | None]:
    """A bare IPv6 address has colons and no port."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, _number(rest.removeprefix(":"))
    if entry.count(":") == 1:
        name, _, rest = entry.partition(":")
        return name, _number(rest)
    return entry, None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _address(host: str) -> Address | None:
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
