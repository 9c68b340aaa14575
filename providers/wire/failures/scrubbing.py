"""Keys, tokens and passwords have no place in an error text."""

import re

from providers.types import ServerConfig

SHORTEST = 6
"""Characters. A shorter secret is left alone: its letters occur in ordinary words."""

_SHAPES = re.compile(
    r"\b(?:sk-[\w-]{8,}|sk-[\w-]*\*+[\w-]*|hf_\w{8,}|AIza[\w-]{20,}|AQ\.[\w-]{16,}|gsk_\w{8,}|tgp_[\w-]{8,}"
    r"|xai-\w{16,}|nvapi-[\w-]{16,}|gh[pousr]_\w{16,}|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)"
    r"|(?<=[?&]key=)[^\s&\"']+|(?<=bearer )[^\s\"',]{8,}",
    re.IGNORECASE,
)
_NAMES = (
    r"(?:proxy-)?authorization|(?:set-)?cookie|(?:x-)?(?:goog-)?api[-_ ]?key(?: provided)?|access[-_ ]?token"
    r"|client[-_ ]?secret|secret[-_ ]?key|password|token"
)
_NAMED = re.compile(
    rf"(\b(?:{_NAMES})\b[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?)[^\s\"',;]{{8,}}", re.IGNORECASE
)


def scrub(text: str, server: ServerConfig) -> str:
    """`text` without this server's key, without its header values, and without what looks like a key."""
    for secret in (server.key.reveal(), *server.headers.values()):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "…")
    return _SHAPES.sub("…", _NAMED.sub(r"\1…", text))
