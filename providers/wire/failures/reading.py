"""From what a server answered to the `ProviderError` that says what it means.

Takes any status and any body. Every text that leaves here is scrubbed of keys.
"""

from collections.abc import Mapping
from typing import Any

from providers.errors import ProviderError
from providers.types import ServerConfig
from providers.wire.failures.bodies import (
    carried_error,
    details_of,
    json_of,
    machine_codes,
    plain_text,
    sentence_of,
    status_of,
    unwrap_error,
)
from providers.wire.failures.excerpts import make_excerpt
from providers.wire.failures.meanings import meaning_of
from providers.wire.failures.named_fields import named_fields
from providers.wire.failures.scrubbing import scrub
from providers.wire.failures.token_counts import TokenCounts, token_counts
from providers.wire.failures.waits import wait_of

WORDLESS = "the service reported an error without words"


def http_failure(
    server: ServerConfig, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """The error for an HTTP answer that is not a success."""
    payload = unwrap_error(json_of(body))
    said = sentence_of(payload)
    if not said and not isinstance(payload, dict | list):
        said = plain_text(body)
    return _failure(server, status, payload, said, headers or {}, body)


def error_of(server: ServerConfig, payload: Any) -> ProviderError | None:
    """The error that a JSON value carries, in a 200 answer or in the middle of a stream; else None."""
    payload = unwrap_error(payload)
    error = carried_error(payload)
    if error is None:
        return None
    said = sentence_of(error) or sentence_of({**payload, "error": None})
    return _failure(server, status_of(error, payload), payload, said, {})


def _failure(
    server: ServerConfig,
    status: int | None,
    payload: Any,
    said: str,
    headers: Mapping[str, str],
    body: bytes = b"",
) -> ProviderError:
    said = scrub(said, server)
    daily = _is_daily(payload)
    code = meaning_of(status or 0, list(machine_codes(payload)), said, provider=server.provider, daily=daily)
    counted = token_counts(payload, said) if code in ("context_length", "invalid") else TokenCounts()
    return ProviderError(
        code,
        said or scrub(plain_text(body), server) or (f"HTTP {status}" if status else WORDLESS),
        said=make_excerpt(said) or (f"HTTP {status}" if status else ""),
        server=server.name,
        status=status,
        retry_after=wait_of(headers, payload, said),
        sent_tokens=counted.sent,
        limit_tokens=counted.limit,
        named=[(field, scrub(complaint, server)) for field, complaint in named_fields(payload)],
    )


def _is_daily(payload: Any) -> bool:
    """Google names the quota that ran out; one that is counted by the day will not come back in a minute."""
    return any(
        "PerDay" in str(violation)
        for detail in details_of(payload)
        for violation in _listed(detail.get("violations"))
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
