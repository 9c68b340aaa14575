"""SHA-256 as text: what attachments and documents are known by, in files, addresses and requests."""

import re

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def is_sha256(text: object) -> bool:
    """Asked at every edge, since it becomes a path here and an address in the page."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None
