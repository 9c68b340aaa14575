"""Open WebUI's folded blocks: `<details type="…">` with reasoning, tools and code inside an answer."""

import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

from conversations.fences import find_fences

from .chat import code_call_part, reasoning_parts, text_parts, tool_call_part, tool_result_part
from .openwebui_output import text_of_output

Part = dict[str, Any]

_OPENING = re.compile(r"""<details\b((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.IGNORECASE)
_EDGE = re.compile(rf"(?P<opening>{_OPENING.pattern})|</details\s*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
_SUMMARY = re.compile(r"(?<!\s)\s*+<summary>.{0,2000}?</summary>\s?", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"(?:[ \t]*(?:>|&gt;)[^\n]*(?:\n|\Z)|[ \t]*\n)*")
"""The lines that a block without an end holds for certain."""
DEEPEST = 20
"""Blocks in blocks; what is deeper stays as it is written."""


def parts_of_text(content: str, say: Callable[[str], list[Part]] = text_parts, depth: int = 0) -> list[Part]:
    """In the order in which they stand; text between them is what `say` makes of it."""
    parts: list[Part] = []
    at = 0
    ends = _ends(content)
    for opening in _OPENING.finditer(content):
        attributes = _attributes(opening[1])
        if opening.start() < at or attributes.get("type") not in _BLOCKS:
            continue
        inside = opening.end()
        end, after = ends.get(inside) or _end_of_torn(content, inside, attributes["type"])
        parts += say(content[at : opening.start()].strip())
        parts += _block(attributes, content[inside:end], f"call-{depth}-{inside}", depth)
        at = after
    return parts + say(content[at:].strip())


def _attributes(written: str) -> Mapping[str, str]:
    return {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(written)}


def _ends(content: str) -> Mapping[int, tuple[int, int]]:
    """Of each block that has an end, by where its inside begins: where that ends, and the block."""
    ends: dict[int, tuple[int, int]] = {}
    open_ones: list[int] = []
    for edge in _EDGE.finditer(content):
        if edge["opening"]:
            open_ones.append(edge.end())
        elif open_ones:
            ends[open_ones.pop()] = edge.span()
    return ends


def _end_of_torn(content: str, inside: int, kind: str) -> tuple[int, int]:
    """A block that was cut off holds its summary and the quoted lines or the code behind it; what follows is
    the answer."""
    summary = _SUMMARY.match(content, inside)
    start = summary.end() if summary else inside
    if kind == "code_interpreter":
        code = next(find_fences(content, start), None)
        end = code.end if code and code.start == start else start
    else:
        quoted = _QUOTED.match(content, start)
        end = quoted.end() if quoted else start
    return end, end


def _block(attributes: Mapping[str, str], body: str, number: str, depth: int) -> list[Part]:
    return _BLOCKS[attributes["type"]](attributes, _SUMMARY.sub("", body, count=1), number, depth)


def _thought(attributes: Mapping[str, str], body: str, number: str, depth: int) -> list[Part]:
    return parts_of_text(body, _reasoned, depth + 1) if depth < DEEPEST else _reasoned(body)


def _reasoned(quoted: str) -> list[Part]:
    lines = unescape(quoted).strip().splitlines()
    return reasoning_parts("\n".join(line.removeprefix(">").removeprefix(" ") for line in lines))


def _tools(attributes: Mapping[str, str], body: str, number: str, depth: int) -> list[Part]:
    called = attributes.get("id") or number
    parts = [
        tool_call_part(called, attributes.get("name", ""), _plain(attributes.get("arguments", "")) or "{}")
    ]
    if "result" in attributes and attributes.get("done") != "false":
        parts.append(tool_result_part(called, _plain(attributes["result"])))
    return parts


def _code(attributes: Mapping[str, str], body: str, number: str, depth: int) -> list[Part]:
    found = next(find_fences(body), None)
    language, code = (found.language, found.code) if found else ("", body.strip())
    called = attributes.get("id") or number
    parts = [code_call_part(called, "code_interpreter", language, code)]
    if printed := text_of_output(_value(attributes.get("output", ""))):
        parts.append(tool_result_part(called, printed))
    return parts


def _value(written: str) -> Any:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return written


def _plain(written: str) -> str:
    """A text that was written as JSON, once or twice, is meant as a text."""
    value = _value(written)
    return value if isinstance(value, str) else written


_BLOCKS: Mapping[str, Callable[[Mapping[str, str], str, str, int], list[Part]]] = {
    "reasoning": _thought,
    "tool_calls": _tools,
    "code_interpreter": _code,
}
