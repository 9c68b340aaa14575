"""Addresses as people type them."""

import re
import urllib.parse


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


def ollama_url(url: str) -> str:
    """The root of an Ollama server. People type `localhost:11434`, or the address with `/v1` that other
    programs want; nothing at all is Ollama's own place."""
    url = (url or "http://127.0.0.1:11434").rstrip("/")
    url = url if "://" in url else f"http://{url}"
    return url.removesuffix("/v1").removesuffix("/api")
