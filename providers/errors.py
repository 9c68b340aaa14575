"""What can go wrong with a model server.

    ProviderError(code)      raised by connectors; `code` is one of ErrorCode
      └─ UnknownServerError  no server of that name is configured

`CancelledError` is never turned into one of these: it means that a person pressed Stop.
"""

from typing import Literal, get_args

ErrorCode = Literal[
    "auth",
    "quota",
    "rate_limited",
    "model_not_found",
    "context_length",
    "content_blocked",
    "overloaded",
    "unreachable",
    "timeout",
    "bad_response",
    "invalid",
    "internal",
]
ERROR_CODES: tuple[ErrorCode, ...] = get_args(ErrorCode)

RETRYABLE: frozenset[ErrorCode] = frozenset(
    {"rate_limited", "overloaded", "unreachable", "timeout", "bad_response", "internal"}
)


class ProviderError(Exception):
    """`detail` is the service's own text, scrubbed of keys: for 'details' and logs, never the message
    itself. `retry_after` in seconds, where the service named one."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str = "",
        *,
        server: str = "",
        model: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code: ErrorCode = code
        self.detail = detail
        self.server = server
        self.model = model
        self.status = status
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        return self.code in RETRYABLE


class UnknownServerError(ProviderError):
    def __init__(self, server: str) -> None:
        super().__init__("model_not_found", f"no server named {server!r}", server=server)
