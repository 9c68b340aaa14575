"""Addresses as people type them, and what connectors make of them."""

import ipaddress
import re
import urllib.parse
from collections.abc import Callable

LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".localdomain", ".localhost", ".home.arpa")
OLLAMA = "http://127.0.0.1:11434"
OLLAMA_PORT = 11434

CompletePath = Callable[[urllib.parse.SplitResult, str], str]
"""From the parts of an address and its path, without an endpoint, to the path with what was forgotten."""


def host_of(url: str) -> str:
    """Host and port of an http or https address, without a name and password in it; empty for anything
    that is none."""
    try:
        parts = urllib.parse.urlsplit(url)
        valid = (
            parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return ""
    if re.search(r"[\s<>\"{}|\\^`]", parts.netloc):
        return ""
    return parts.netloc.rpartition("@")[2] if valid else ""


def is_private(url: str) -> bool:
    """Whether the address is this machine or its own network, as far as its text tells. A host without
    a dot is a container or a machine nearby."""
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(LOCAL_SUFFIXES))
    return address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified


def with_scheme(url: str) -> str:
    """Without blanks, quotes and slashes around, and with a scheme: https for a public name without port."""
    text = url.strip().strip("\"'<>").strip().rstrip("/")
    text = re.sub(r"^(https?):?/{1,3}(?=[^/])", r"\1://", text, flags=re.IGNORECASE)
    if not text or "://" in text:
        return text
    has_port = re.match(r"[^/]*:\d+(/|$)", text)
    return f"{'http' if has_port or is_private(text) else 'https'}://{text}"


def root_of(url: str, endpoints: str, complete_path: CompletePath | None) -> str:
    """`url` without what matches `endpoints`, a regular expression, at its end, and with a completed path.
    Anything that is no address comes back as it is."""
    text = with_scheme(url)
    if not host_of(text):
        return text
    parts = urllib.parse.urlsplit(text)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    if endpoints:
        path = re.sub(rf"(?:{endpoints})$", "", path)
    if complete_path:
        path = complete_path(parts, path)
    return urllib.parse.urlunsplit(parts._replace(path=path.rstrip("/")))
