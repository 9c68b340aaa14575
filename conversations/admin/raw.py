"""A look at a conversation's file, page by page, with what looks like a key hidden."""

import re

from conversations.store.base import Store

PAGE = 256 * 1024
"""Bytes that are shown at once."""
OVERLAP = 512
"""A key may lie across the end of a page: what is shown is hidden with this much around it."""
HIDDEN = "••••••"
KEYS = re.compile(
    r"\b(?:sk-[\w-]{8,}|hf_\w{8,}|AIza[\w-]{20,}|AQ\.[\w-]{16,}|gsk_\w{8,}|tgp_[\w-]{8,}|gh[pousr]_\w{16,}"
    r"|xox[abprs]-[\w-]{8,}|AKIA[0-9A-Z]{12,}|divan_[\w-]{16,})"
    r"|(?<=bearer )[\w.~+/-]{8,}=*"
    r"|(?<=://)[^/\s\"@]+:[^/\s\"@]+(?=@)"
    r"|(?:api[_-]?key|token|password|passwd|secret)(?:\\?[\"'])?\s*[=:]\s*(?:\\?[\"'])?[\w.~+/-]{8,}",
    re.IGNORECASE,
)


def page_of(store: Store, conversation: str, number: int) -> tuple[str, int]:
    """The text of a page, counted from 1, and how many there are. Raises ConversationNotFoundError,
    StorageError."""
    with store.reading(conversation) as content:
        size = content.size
        pages = max(1, -(-size // PAGE))
        number = min(max(number, 1), pages)
        start = (number - 1) * PAGE
        before = content.read(max(0, start - OVERLAP), min(OVERLAP, start))
        text = content.read(start, PAGE)
        following = content.read(start + PAGE, OVERLAP)
    return hide_keys(before, text, following), pages


def hide_keys(before: bytes, text: bytes, following: bytes = b"") -> str:
    # Latin 1 keeps each byte where it is; the pattern knows no letter beyond ASCII anyway.
    whole = b"".join((before, text, following)).decode("latin-1")
    start, end = len(before), len(before) + len(text)
    shown, at = [], start
    for match in KEYS.finditer(whole):
        if match.end() > at and match.start() < end:
            shown += [whole[at : max(at, match.start())], "\0"]
            at = min(match.end(), end)
    shown.append(whole[at:end])
    return "".join(shown).encode("latin-1").decode(errors="replace").replace("\0", HIDDEN)
