"""What a fake saw of its client."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Recorded:
    """One request. `disconnected` is set once the client has gone before the answer was over."""

    wire: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0
    """Bytes of the answer's body."""

    def as_json(self) -> dict[str, Any]:
        return {
            "wire": self.wire,
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "disconnected": self.disconnected.is_set(),
            "answered": self.answered.is_set(),
        }
