"""What a server said, fit to be read by a person: one line, short, without what is of no use or no business
of theirs. The whole text stays in `ProviderError.detail`.
"""

import html
import re
import unicodedata
import urllib.parse

LONGEST = 300
READ = 4000
"""Characters that are looked at."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_MARKUP = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*+>|\Z)|<!--.*?(?:-->|\Z)|</?[a-z!][^<>]{0,300}>",
    re.IGNORECASE | re.DOTALL,
)
_FRAMES = re.compile(
    r"^\s*(?:File \"[^\"]*\", line \d+.*|at \S.*[(:]\d+.*|at [\w$.<>]+ ?\(.*|~*\^[~^]*|\d+: +0x.*|#\d+ .*"
    r"|goroutine \d+.*|stack(?: ?trace|backtrace)?:?|\.\.\. \d+ more)\s*$",
    re.IGNORECASE,
)
_TRACE = "Traceback (most recent call last)"
_ADDRESS = re.compile(r"\b(?:https?|wss?|postgres\w*|redis|mongodb)://[^\s<>\"'`)\]]+", re.IGNORECASE)
_PATH = re.compile(
    r"(?<![\w:/.\\])(?!/(?:v\d\w*|api|openai|chat)\b)~?(?:/[\w.@+-]{1,100}){2,30}/?"
    r"|\b[A-Za-z]:\\(?:[^\\\s:*?\"<>|]{1,100}\\){0,30}[^\\\s:*?\"<>|]{0,100}"
)
_LONG_HEX = re.compile(r"(?:sha256[-:])?\b[0-9a-f]{24,}\b|\b(?=\w*\d)(?=\w*[A-Za-z])\w{40,}\b", re.IGNORECASE)
_WRAPPERS = re.compile(
    r"^(?:litellm\.\w+: (?=\S)|Error code: \d{3} - |HTTP \d{3}: |Error: (?=\S)|a web page: )+"
)


def make_excerpt(text: str) -> str:
    """At most `LONGEST` characters of `text`, which keys have been taken out of already. Empty where nothing
    is left that says something."""
    text = _ANSI.sub("", text[:READ])
    text = html.unescape(_MARKUP.sub(" ", text))
    text = _without_trace(text)
    text = _ADDRESS.sub(_shown_address, text)
    text = _LONG_HEX.sub("…", _PATH.sub(_file_name, text))
    text = " ".join("".join(c if _is_plain(c) else " " for c in text).split())
    text = _WRAPPERS.sub("", text).strip(" ,;:-")
    if text[:1] == text[-1:] and text[:1] in "\"'`":
        text = text[1:-1]
    return _cut(text) if re.search(r"\w", text) else ""


def _without_trace(text: str) -> str:
    """Of a trace, its last line says what happened."""
    before, found, trace = text.partition(_TRACE)
    lines = [line for line in (trace if found else text).splitlines() if not _FRAMES.match(line)]
    if not found:
        return "\n".join(lines)
    said = [line for line in lines if line.strip() and not line[:1].isspace()]
    return f"{before} {said[-1] if said else ''}"


def _shown_address(found: re.Match[str]) -> str:
    """Without user, password, query and fragment."""
    whole = found.group().rstrip(".,;:!?")
    try:
        parts = urllib.parse.urlsplit(whole)
        host = parts.hostname or "…"
    except ValueError:
        return "…"
    return (
        f"{parts.scheme}://{host}{parts.path if parts.scheme in ('http', 'https') else ''}"
        + found.group()[len(whole) :]
    )


def _file_name(found: re.Match[str]) -> str:
    return re.split(r"[/\\]", found.group().rstrip("/\\"))[-1] or "…"


def _is_plain(character: str) -> bool:
    """No control characters, nothing that turns the direction of a line, no private signs."""
    return unicodedata.category(character)[0] != "C"


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    head = text[: LONGEST - 1]
    at = head.rfind(" ")
    return (head[:at] if at > LONGEST // 2 else head).rstrip(" ,;:.") + "…"
