"""A conversation as another program tells it, and what is read from its JSON."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(slots=True)
class Node:
    """`files`: names and bytes; `lacking`: names of those that the export does not hold. `parent` and
    `children` are what the file says of them, whether or not it makes sense: see `forest`. `error`: why an
    answer failed, in the words of the service."""

    id: str
    parent: str | None
    role: Literal["user", "assistant"] | None
    parts: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    at: datetime | None = None
    model: str = ""
    children: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def says_something(self) -> bool:
        return bool(self.parts or self.files or self.lacking or self.error)

    def join(self, next_step: "Node") -> None:
        self.parts += next_step.parts
        self.files += next_step.files
        self.lacking += next_step.lacking

    def attach(self, found: tuple[str, bytes] | None, name: str) -> None:
        """A file of that name, with the bytes where the export holds them."""
        if found is not None:
            self.files.append((name or found[0], found[1]))
        elif name and name not in self.lacking:
            self.lacking.append(name)


@dataclass(slots=True)
class Chat:
    """`key`: how the other program names it. `changed`: when anything was last said. `current`: the message
    down to which it was shown. Nodes without a role or without content only pass their children
    on to their parent."""

    source: str
    key: str
    title: str
    created: datetime | None
    nodes: list[Node]
    current: str | None = None
    changed: datetime | None = None
    settings: dict[str, Any] = field(default_factory=dict)


def read_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def text_parts(value: Any) -> list[dict[str, Any]]:
    """A text part, if there is a text."""
    return [{"type": "text", "text": value}] if isinstance(value, str) and value.strip() else []


def reasoning_parts(value: Any) -> list[dict[str, Any]]:
    return [{"type": "reasoning", "text": value}] if isinstance(value, str) and value.strip() else []


def tool_call_part(identifier: str, name: str, arguments: Any) -> dict[str, Any]:
    """`arguments`: as JSON, or what will be."""
    given = arguments if isinstance(arguments, str) else dump_json_text(arguments)
    return {"type": "tool_call", "id": identifier, "name": name or "tool", "arguments": given}


def tool_result_part(identifier: str, content: Any, *, is_error: bool = False) -> dict[str, Any]:
    given = content if isinstance(content, str) else dump_json_text(content)
    return {"type": "tool_result", "id": identifier, "content": given, "is_error": is_error}


def code_call_part(identifier: str, name: str, language: str, code: str) -> dict[str, Any]:
    """The call of a tool that runs code."""
    return tool_call_part(identifier, name, {"language": language, "code": code})


def dump_json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def fence_code(language: str, code: str) -> str:
    """In a fence that is longer than any in the code."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def read_texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def read_dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def read_dict(value: Any, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def make_ref(server: str, model: Any) -> str:
    """A model ref: without spaces, which a model's name elsewhere may hold."""
    name = "-".join(read_text(model).split()) or "unknown"
    return f"{server}/{name}"[:300]
