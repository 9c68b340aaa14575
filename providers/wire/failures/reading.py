"""What a service's refusal means: HTTP status first, then its machine codes, then, where these leave it
open, its words. Every text that leaves here is scrubbed of keys.
"""

import email.utils
import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from providers.errors import ErrorCode, ProviderError
from providers.json_text import parse_json
from providers.types import ServerConfig
from providers.wire.failures.token_counts import TokenCounts, token_counts

MAX_DETAIL = 1000

_BY_STATUS: Mapping[int, ErrorCode] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "model_not_found",
    405: "model_not_found",
    407: "unreachable",
    408: "timeout",
    410: "model_not_found",
    413: "context_length",
    429: "rate_limited",
    500: "internal",
    502: "overloaded",
    503: "overloaded",
    504: "timeout",
    524: "timeout",
    529: "overloaded",
}

_BY_MACHINE_CODE: Mapping[str, ErrorCode] = {
    "api_key_invalid": "auth",
    "authentication_error": "auth",
    "billing_error": "quota",
    "content_filter": "content_blocked",
    "content_policy_violation": "content_blocked",
    "context_length_exceeded": "context_length",
    "deadline_exceeded": "timeout",
    "exceed_context_size_error": "context_length",
    "insufficient_quota": "quota",
    "internal": "internal",
    "internal_server_error": "internal",
    "invalid_api_key": "auth",
    "invalid_request_error": "invalid",
    "model_not_found": "model_not_found",
    "model_not_supported": "model_not_found",
    "not_found": "model_not_found",
    "not_found_error": "model_not_found",
    "overloaded": "overloaded",
    "overloaded_error": "overloaded",
    "permission_denied": "auth",
    "permission_error": "auth",
    "rate_limit_error": "rate_limited",
    "rate_limit_exceeded": "rate_limited",
    "request_too_large": "context_length",
    "resource_exhausted": "rate_limited",
    "server_error": "internal",
    "string_above_max_length": "context_length",
    "timeout_error": "timeout",
    "unauthenticated": "auth",
    "unavailable": "overloaded",
    "validation": "invalid",
}

_CONTEXT = (
    r"context.{0,12}(length|size|window)|maximum.{0,20}(tokens|context)|too many tokens"
    r"|prompt is too long|input token count|exceed_context"
)
_MODEL_GONE = (
    r"model.{0,120}(not found|not exist|not supported|unavailable|no longer|not a valid model)"
    r"|no such model|unknown model|not a valid model|does not appear to have a file named"
    r"|not supported by any provider"
)
_WORDS: tuple[tuple[str, ErrorCode], ...] = (
    (r"api[ _-]?key.{0,40}(invalid|not valid|expired|missing)|invalid.{0,12}api[ _-]?key", "auth"),
    (_CONTEXT, "context_length"),
    (_MODEL_GONE, "model_not_found"),
    (r"content.{0,12}(policy|filter)|safety|moderation|flagged", "content_blocked"),
    (r"insufficient.{0,12}(quota|credit|balance)|exceeded your (monthly|current)", "quota"),
    (r"overloaded|server busy", "overloaded"),
    (r"option \".*\" must be of type", "invalid"),
)
_BY_WORDS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _WORDS)

_KEY_SHAPES = re.compile(
    r"\b(?:sk-[\w-]{8,}|hf_\w{8,}|AIza[\w-]{20,}|AQ\.[\w-]{16,}|gsk_\w{8,}|tgp_[\w-]{8,})"
    r"|(?<=[?&]key=)[^\s&\"']+|(?<=bearer )[^\s\"',]{8,}",
    re.IGNORECASE,
)


def scrub(text: str, server: ServerConfig) -> str:
    """`text` without this server's key, without its header values, and without what looks like a key."""
    for secret in (server.key.reveal(), *server.headers.values()):
        if len(secret) >= 6:
            text = text.replace(secret, "…")
    return _KEY_SHAPES.sub("…", text)


def http_failure(
    server: ServerConfig, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """The error for an HTTP answer that is not a success."""
    payload = _opened(_payload_of(body))
    error = error_of(server, payload) if payload is not None else None
    detail = error.detail if error else scrub(_plain(body), server)
    code = _code_for(status, payload, detail)
    wait = _retry_after(headers or {}, payload)
    return _failure(server, code, payload, detail, f"HTTP {status}", status, wait)


def error_of(server: ServerConfig, payload: Any) -> ProviderError | None:
    """The error that a JSON value carries, in a 200 answer or in the middle of a stream; else None."""
    payload = _opened(payload)
    if not isinstance(payload, dict):
        return None
    error = payload.get("error") or (payload if _is_bare_error(payload) else None)
    if not error:
        return None
    detail = scrub(_message_of(error) or _message_of(payload), server)
    status = _status_of(error)
    code, wait = _code_for(status or 0, payload, detail), _retry_after({}, payload)
    return _failure(
        server, code, payload, detail, "the service reported an error without words", status, wait
    )


def _failure(
    server: ServerConfig,
    code: ErrorCode,
    payload: Any,
    detail: str,
    wordless: str,
    status: int | None,
    wait: float | None,
) -> ProviderError:
    counts = token_counts(payload, detail) if code in ("context_length", "invalid") else TokenCounts()
    return ProviderError(
        code,
        detail or wordless,
        server=server.name,
        status=status,
        retry_after=wait,
        sent_tokens=counts.sent,
        limit_tokens=counts.limit,
    )


_NO_ERROR = frozenset({"candidates", "choices", "content", "data", "done", "model", "models"})
"""Names that an answer has and an error has not."""


def _is_bare_error(payload: Mapping[str, Any]) -> bool:
    if payload.get("type") == "error" or payload.get("object") == "error":
        return True
    said = isinstance(payload.get("message"), str) or isinstance(payload.get("detail"), str | list)
    return said and not payload.keys() & _NO_ERROR


def _opened(payload: Any) -> Any:
    """Without what an error is wrapped in: a list of one, a JSON text (Ollama passes on what its runner
    said)."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    error = payload.get("error") if isinstance(payload, Mapping) else None
    if isinstance(error, str) and error.lstrip().startswith("{"):
        inner = _payload_of(error.encode())
        if isinstance(inner, Mapping):
            return {**payload, "error": inner.get("error") or inner}
    return payload


def _payload_of(body: bytes) -> Any:
    try:
        return parse_json(body)
    except ValueError:
        return None


def _plain(body: bytes) -> str:
    text = body.decode("utf-8", "replace").strip()
    if text[:1] == "<":
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return f"a web page: {title.group(1).strip()}"[:MAX_DETAIL] if title else "a web page"
    return text[:MAX_DETAIL]


def _message_of(error: Any) -> str:
    if isinstance(error, str):
        nested = _payload_of(error.encode()) if error.startswith("{") else None
        return (_message_of(nested.get("error") or nested) if isinstance(nested, dict) else "") or error[
            :MAX_DETAIL
        ]
    if not isinstance(error, Mapping):
        return ""
    raw = (error.get("metadata") or {}).get("raw") if isinstance(error.get("metadata"), Mapping) else None
    for value in (error.get("message"), error.get("detail"), raw, error.get("type"), error.get("code")):
        if isinstance(value, str) and value:
            return _message_of(value) if value.startswith("{") else value[:MAX_DETAIL]
    detail = error.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        return str(detail[0].get("msg", ""))[:MAX_DETAIL]
    return ""


def _status_of(error: Any) -> int | None:
    code = error.get("code") if isinstance(error, Mapping) else None
    if isinstance(code, str) and code.isdigit():
        code = int(code)
    return code if isinstance(code, int) and 400 <= code <= 599 else None


def _code_for(status: int, payload: Any, detail: str) -> ErrorCode:
    machine = next((c for c in map(_BY_MACHINE_CODE.get, _machine_codes(payload)) if c), None)
    if status == 429:
        return "quota" if machine == "quota" or _daily_quota(payload) else "rate_limited"
    if status == 403 and re.search(r"moderation|flagged", detail, re.IGNORECASE):
        return "content_blocked"
    if status in _BY_STATUS and status not in (404, 500, 503):
        return _BY_STATUS[status]
    if machine and machine != "invalid" and status != 404:
        return machine if machine != "internal" else _by_words(detail) or machine
    by_words = _by_words(detail)
    if by_words and status != 404:
        return by_words
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        return "bad_response"
    if 400 <= status < 500:
        return "invalid"
    return "overloaded" if status >= 500 else machine or "internal"


def _by_words(detail: str) -> ErrorCode | None:
    return next((code for pattern, code in _BY_WORDS if pattern.search(detail)), None)


def _machine_codes(payload: Any) -> Iterator[str]:
    """`code`, `type`, `status`, `reason` wherever services put them, most particular first."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    if not isinstance(payload, Mapping):
        return
    error = payload.get("error")
    for place in (*_details(payload), error, payload):
        if isinstance(place, Mapping):
            for name in ("reason", "code", "type", "error_type", "status"):
                value = place.get(name)
                if isinstance(value, str):
                    yield value.lower()


def _details(payload: Any) -> list[Mapping[str, Any]]:
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    error = payload.get("error") if isinstance(payload, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    return [d for d in details if isinstance(d, Mapping)] if isinstance(details, list) else []


def _daily_quota(payload: Any) -> bool:
    """Google names the quota that ran out; one that is counted by the day will not come back in a minute."""
    return any(
        "PerDay" in str(violation)
        for detail in _details(payload)
        for violation in detail.get("violations") or ()
    )


def _retry_after(headers: Mapping[str, str], payload: Any) -> float | None:
    """Seconds: RetryInfo of Google, Hugging Face's estimate, or the headers."""
    for detail in _details(payload):
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and (found := re.fullmatch(r"(\d+(?:\.\d+)?)s", delay)):
            return float(found.group(1))
    if isinstance(payload, Mapping):
        estimate = payload.get("estimated_time")
        if isinstance(estimate, int | float) and not isinstance(estimate, bool):
            return _finite(estimate)
        error = payload.get("error")
        metadata = error.get("metadata") if isinstance(error, Mapping) else None
        inner = metadata.get("headers") if isinstance(metadata, Mapping) else None
        if isinstance(inner, Mapping):
            headers = {**headers, **{k: str(v) for k, v in inner.items()}}
    return _retry_header({name.lower(): value for name, value in headers.items()})


def _retry_header(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    try:
        if value:
            return _finite(float(value))
        if reset := headers.get("x-ratelimit-reset", "").strip():
            return _until(float(reset))
    except ValueError:
        pass
    if value and (parsed := email.utils.parsedate_tz(value)):
        return max(0.0, email.utils.mktime_tz(parsed) - time.time())
    return None


def _until(reset: float) -> float | None:
    """`X-RateLimit-Reset` is a moment (ms or s since 1970) or a number of seconds, as the service likes."""
    if reset > 1e11:
        reset /= 1000
    return max(0.0, reset - time.time()) if reset > 1e9 else _finite(reset)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) and value >= 0 else None
