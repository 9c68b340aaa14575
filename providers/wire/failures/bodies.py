"""Where services put what: the sentence of an error, its machine codes and its status, in any JSON."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.json_text import parse_loose_json

MAX_DETAIL = 1000
MOST_READ = 16_000
"""Characters of a text in which another one is looked for."""

DEPTH = 6
"""Levels of an error in an error that are looked into."""

_SENTENCES = (
    "message", "msg", "detail", "error_message", "error_msg", "errorMessage", "error_description",
    "description", "status_msg", "err", "title",
)  # fmt: skip
_WITHIN = ("error", "errors", "base_resp", "fault", "cause")
_CODES = ("reason", "code", "type", "error_type", "error_code", "status")
_STATUSES = ("code", "status_code", "http_code", "status", "error_code")
_SAYS_NOTHING = re.compile(
    r"(provider returned error|upstream error|internal server error)?\W*$", re.IGNORECASE
)
_QUOTED = re.compile(
    r"""['"](?:message|error|detail)['"]\s*:\s*(?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)")""",
)
_GO_MAP = re.compile(
    r"map\[(?:code:(?P<code>\d{3}) )?message:(?P<message>.+?)(?: n_ctx:(?P<n_ctx>\d+))?"
    r"(?: n_prompt_tokens:(?P<n_prompt_tokens>\d+))?(?: param:\S*)?(?: type:(?P<type>\w+))?\]\W*$",
    re.DOTALL,
)
_TITLE = re.compile(r"<title[^<>]{0,100}>([^<]{1,500})</title", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?(?:</\1\s*+>|\Z)|<[^<>]{0,1000}>", re.IGNORECASE | re.DOTALL)
MOST_SHOWN = 4000
"""Characters of a web page that are looked at."""

_EMPTY = frozenset({"", "error"})
_WELL = frozenset({"", "ok", "success", "none", "null"})
_NO_ERROR = frozenset({"candidates", "choices", "content", "data", "done", "model", "models"})
"""Names that an answer has and an error has not."""


def json_of(body: bytes) -> Any:
    """The body's JSON; None where it is none."""
    try:
        return parse_loose_json(body)
    except ValueError:
        return None


def unwrap_error(payload: Any) -> Any:
    """Without what an error is wrapped in: a list of one, a JSON text (Ollama passes on what its runner
    said)."""
    if isinstance(payload, list):
        payload = payload[0] if payload else None
    if isinstance(payload, str):
        payload = _object_in(payload) or payload
    error = payload.get("error") if isinstance(payload, Mapping) else None
    inner = _object_in(error) if isinstance(error, str) else None
    return {**payload, "error": inner.get("error") or inner} if inner else payload


def carried_error(payload: Any) -> Any:
    """What an opened value carries as an error, in a 200 answer or in a stream; None where it does not."""
    if not isinstance(payload, Mapping):
        return None
    error = payload.get("error")
    if error is not None and not _is_well(error):
        return error
    return payload if _is_bare_error(payload) else None


def _is_well(error: Any) -> bool:
    """Some services send `error` with every chunk: false, empty, or a code of 0 without words."""
    if isinstance(error, Mapping):
        code, said = error.get("code"), sentence_of({**error, "code": None, "type": None})
        return not error or (code in (None, 0, "0", 200, "200", "") and not said and not error.get("type"))
    return not error or (isinstance(error, str) and error.strip().lower() in _WELL)


def _is_bare_error(payload: Mapping[str, Any]) -> bool:
    if payload.get("type") == "error" or payload.get("object") == "error":
        return True
    said = isinstance(payload.get("message"), str) or isinstance(payload.get("detail"), str | list)
    return bool(said or payload.get("errors")) and not payload.keys() & _NO_ERROR


def sentence_of(error: Any, depth: int = DEPTH) -> str:
    """The sentence that says most: the innermost one, where a gateway wraps what another server said."""
    if depth == 0:
        return ""
    if isinstance(error, str):
        return _innermost(error, depth)[:MAX_DETAIL]
    if isinstance(error, list):
        return next(filter(None, (sentence_of(item, depth - 1) for item in error[:5])), "")
    if not isinstance(error, Mapping):
        return ""
    return _sentence_in(error, depth)


def _sentence_in(error: Mapping[str, Any], depth: int) -> str:
    metadata = error.get("metadata")
    raw = sentence_of(metadata.get("raw"), depth - 1) if isinstance(metadata, Mapping) else ""
    said = (sentence_of(error.get(name), depth - 1) for name in (*_SENTENCES, *_WITHIN))
    found = next(filter(None, said), "")
    if raw and _SAYS_NOTHING.match(found):
        return raw
    if found:
        return found
    named = (error.get(name) for name in ("type", "code", "status", "reason"))
    return next(
        (
            name[:MAX_DETAIL]
            for name in named
            if isinstance(name, str) and name.strip(" .").lower() not in _EMPTY
        ),
        "",
    )


def _innermost(text: str, depth: int) -> str:
    """Gateways quote what the server behind them said: as JSON, as Python or Go prints an object."""
    if (inner := _object_in(text)) and (said := sentence_of(inner, depth - 1)):
        return said
    found = _QUOTED.search(text[:MOST_READ])
    return next(filter(None, found.groups())) if found else text


def _object_in(text: str) -> Mapping[str, Any] | None:
    text = text[:MOST_READ]
    at = text.find("map[")
    if at >= 0 and (found := _GO_MAP.match(text, at)):
        return {name: value for name, value in found.groupdict().items() if value}
    return _json_in(text)


def _json_in(text: str) -> Mapping[str, Any] | None:
    at = text.find("{")
    if at < 0:
        return None
    value = json_of(text[at : text.rfind("}") + 1].encode("utf-8", "replace"))
    return value if isinstance(value, Mapping) else None


def status_of(error: Any, payload: Any) -> int | None:
    """The HTTP status that an error names in its fields."""
    places = [place for place in (error, payload) if isinstance(place, Mapping)]
    named = (_status(place.get(name)) for place in places for name in _STATUSES)
    return next(filter(None, named), None)


def _status(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def machine_codes(payload: Any) -> Iterator[str]:
    """`code`, `type`, `status`, `reason` wherever services put them, most particular first."""
    if not isinstance(payload, Mapping):
        return
    error = payload.get("error")
    for place in (*details_of(payload), error, payload):
        if isinstance(place, Mapping):
            for name in _CODES:
                value = place.get(name)
                if isinstance(value, str):
                    yield value.strip().lower().replace(" ", "_")


def details_of(payload: Any) -> list[Mapping[str, Any]]:
    """Google's list of what an error is about."""
    error = payload.get("error") if isinstance(payload, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    return [d for d in details if isinstance(d, Mapping)] if isinstance(details, list) else []


def plain_text(body: bytes) -> str:
    """Of a body that is no JSON; of a web page its title, or else what it shows."""
    text = body[: 4 * MOST_READ].decode("utf-8", "replace").strip()[:MOST_READ]
    if text[:1] == "<":
        text = text[:MOST_SHOWN]
        title = _TITLE.search(text)
        shown = " ".join(_TAGS.sub(" ", title.group(1) if title else text).split())
        return f"a web page: {shown}"[:MAX_DETAIL] if shown else "a web page"
    return _innermost(text, DEPTH)[:MAX_DETAIL]
