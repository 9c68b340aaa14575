"""Addresses as people type them, and what connectors make of them."""

import ipaddress
import re
import urllib.parse
from collections.abc import Mapping

LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".localdomain", ".localhost", ".home.arpa")
OLLAMA = "http://127.0.0.1:11434"
OLLAMA_PORT = 11434

_ENDPOINTS: Mapping[str, str] = {
    "openai": r"(?:/chat)?/completions|/models|/embeddings|/responses",
    "huggingface": r"(?:/chat)?/completions|/models|/embeddings",
    "anthropic": r"(?:/v1)?(?:/messages(?:/count_tokens)?|/models)|/v1",
    "gemini": r"(?:/v1(?:beta)?)?/models(?:/[^/]*)?|/v1(?:beta)?",
    "ollama": r"(?:/v1)?(?:/chat)?/completions|/v1/(?:models|embeddings)|/v1"
    r"|/api(?:/(?:chat|generate|tags|show|ps|version|embed|embeddings|pull))?",
}
"""What people copy behind the address that a connector wants."""

_ROOTS: Mapping[str, str] = {
    "api.openai.com": "/v1",
    "openrouter.ai": "/api/v1",
    "api.together.xyz": "/v1",
    "api.together.ai": "/v1",
    "api.groq.com": "/openai/v1",
    "api.mistral.ai": "/v1",
    "api.cohere.ai": "/compatibility/v1",
    "api.cohere.com": "/compatibility/v1",
    "api.perplexity.ai": "",
}
"""Where services keep OpenAI's protocol; `/v1` is the rule."""


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


def api_root(provider: str, url: str) -> str:
    """The address from which the provider's connector goes on, of what was typed: without the endpoint that
    was copied with it, with the `/v1` that was forgotten. Anything that is no address comes back as it is."""
    text = with_scheme(url)
    if not host_of(text):
        return text
    parts = urllib.parse.urlsplit(text)
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    if endpoint := _ENDPOINTS.get(provider):
        path = re.sub(rf"(?:{endpoint})$", "", path)
    if provider in ("openai", "huggingface"):
        path = _with_version(provider, parts, path)
    return urllib.parse.urlunsplit(parts._replace(path=path.rstrip("/")))


def _with_version(provider: str, parts: urllib.parse.SplitResult, path: str) -> str:
    if provider == "huggingface":
        # Its SDK adds it in any case.
        return path if path.endswith("/v1") else f"{path}/v1"
    root = next((r for host, r in _ROOTS.items() if _is_at(parts.hostname or "", host)), "/v1")
    if parts.port == OLLAMA_PORT and path == "/api":
        return "/v1"
    return root if path != root and root.startswith(path) else path


def _is_at(host: str, service: str) -> bool:
    return host == service or host.endswith(f".{service}")
