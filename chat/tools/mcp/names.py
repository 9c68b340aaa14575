"""What models call a tool of a server: `<server>__<tool>`, of the letters and the length that every service
takes. A name that has to be changed for that carries a piece of its hash, always: it stays the same whatever
else the server offers, and no other tool can come to bear it."""

import hashlib
import re

LONGEST = 64
LONGEST_SERVER = 30
BETWEEN = "__"
_ODD = re.compile(r"[^a-zA-Z0-9_-]+")


def name_for_models(server: str, tool: str) -> str:
    before = server_part(server) + BETWEEN
    return before + _plain(tool, LONGEST - len(before))


def server_part(server: str) -> str:
    """Holds no `__` and does not end with `_`, so that it can be told where the tool's name begins."""
    joined = re.sub(r"_{2,}", "_", server).rstrip("_")
    return (
        server if server == joined and _is_plain(server, LONGEST_SERVER) else _hashed(server, LONGEST_SERVER)
    )


def _plain(text: str, longest: int) -> str:
    return text if _is_plain(text, longest) else _hashed(text, longest)


def _is_plain(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and not _ODD.search(text)


def _hashed(text: str, longest: int) -> str:
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    kept = re.sub(r"_{2,}", "_", _ODD.sub("_", text)).strip("_")[: longest - len(digest) - 1].rstrip("_")
    return f"{kept}_{digest}" if kept else digest
