"""A conversation of many turns, written as a file: nobody waits for models to say it."""

from collections.abc import Sequence
from typing import Any

from conversations.files.store import FileStore
from conversations.ids import new_conversation_id
from core.times import timestamp
from tests.services.server import Divan

FIGURES = {
    "usage": {"input": 1, "output": 1, "reasoning": None, "cached": None},
    "cost": {"usd": 0, "source": "free"},
    "timing": {"first_token_ms": 1, "total_ms": 1},
}


def write(divan: Divan, turns: int, *, lanes: Sequence[str] = ("l1",), more: str = "") -> str:
    """`asked7.` is answered by each lane with `answered7.` and, after an empty line, `more`."""
    conversation = new_conversation_id()
    row = [{"id": lane, "model": "echo/echo"} for lane in lanes]
    begin = {"type": "conversation", "at": timestamp(), "format": 1, "id": conversation, "owner": "local"}
    begin |= {"title": "Long", "lanes": row, "mode": "parallel", "history": "own", "rag": False}
    records: list[dict[str, Any]] = []
    parent: str | None = None
    for turn in range(turns):
        records.append(message(f"u{turn}", parent, f"asked{turn}.") | {"role": "user", "lanes": list(lanes)})
        for lane in lanes:
            answer = message(f"a{turn}-{lane}", f"u{turn}", f"answered{turn}.\n\n{more}") | {"lane": lane}
            records.append(answer | ANSWER | FIGURES)
        parent = f"a{turn}-{lanes[0]}"
    FileStore(divan.data_dir).create(begin, *records)  # type: ignore[arg-type]
    return conversation


ANSWER = {"role": "assistant", "model": "echo/echo", "status": "complete", "finish": "stop"}


def message(name: str, parent: str | None, text: str) -> dict[str, Any]:
    parts = [{"type": "text", "text": text.strip()}]
    return {"type": "message", "at": timestamp(), "id": name, "parent": parent, "parts": parts}
