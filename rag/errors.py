"""What can go wrong with a document.

    DocumentError(code)   `code` is one of ErrorCode; it is kept in the document's row
      └─ CancelledError   a person cancelled it, or deleted the document

`detail` is for the log alone; sentences for a person are in messages.py. Standard library only: the process
that parses files imports this too.
"""

from typing import Literal

ErrorCode = Literal[
    "unsupported",
    "mismatch",
    "old_format",
    "encrypted",
    "broken",
    "encoding",
    "no_text",
    "too_large",
    "quota",
    "too_long",
    "bomb",
    "entities",
    "timeout",
    "memory",
    "address",
    "unreachable",
    "already",
    "embedding",
    "embedding_length",
    "missing",
    "storage_unavailable",
    "internal",
    "cancelled",
]


class DocumentError(Exception):
    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: ErrorCode = code
        self.detail = detail


class CancelledError(DocumentError):
    def __init__(self) -> None:
        super().__init__("cancelled")
