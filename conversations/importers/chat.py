"""A conversation as another program tells it, and what is read from its JSON."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(slots=True)
class Node:
    """`files`: names and bytes. `parent` and `children` are what the file says of them, whether or not it
    makes sense: see `forest`."""

    id: str
    parent: str | None
    role: Literal["user", "assistant"] | None
    parts: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    at: datetime | None = None
    model: str = ""
    children: list[str] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        return bool(self.parts or self.files)

    def join(self, next_step: "Node") -> None:
        self.parts += next_step.parts
        self.files += next_step.files


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


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def words(value: Any) -> list[dict[str, Any]]:
    """A text part, if there is a text."""
    return [{"type": "text", "text": value}] if isinstance(value, str) and value.strip() else []


def reasoning(value: Any) -> list[dict[str, Any]]:
    return [{"type": "reasoning", "text": value}] if isinstance(value, str) and value.strip() else []


def texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def fields(value: Any, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def ref(server: str, model: Any) -> str:
    """A model ref: without spaces, which a model's name elsewhere may hold."""
    name = "-".join(text(model).split()) or "unknown"
    return f"{server}/{name}"[:300]
