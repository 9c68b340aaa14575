"""Records for tests: short to write, whole when read."""

from typing import Any, cast

from conversations.records import AnswerHeader, AnswerMessage, ConversationRecord, Record, UserMessage

ID = "20261120-104233-k3v7x2qd"
AT = "2026-11-20T10:42:33.120Z"


def conversation(conversation_id: str = ID, **fields: Any) -> ConversationRecord:
    record = {
        "type": "conversation",
        "at": AT,
        "format": 1,
        "id": conversation_id,
        "owner": "ada",
        "title": "A title",
        "lanes": [{"id": "l1", "model": "echo/echo"}, {"id": "l2", "model": "ollama/qwen3:8b"}],
        "mode": "parallel",
        "history": "own",
        "rag": False,
    }
    return cast(ConversationRecord, record | fields)


def user(message: str, parent: str | None = None, text: str = "Hello?", **fields: Any) -> UserMessage:
    record = {
        "type": "message",
        "at": AT,
        "id": message,
        "parent": parent,
        "role": "user",
        "parts": [{"type": "text", "text": text}],
        "lanes": ["l1", "l2"],
    }
    return cast(UserMessage, record | fields)


def answer(
    message: str, parent: str | None, text: str = "Hello.", lane: str = "l1", **fields: Any
) -> AnswerMessage:
    record = {
        "type": "message",
        "at": AT,
        "id": message,
        "parent": parent,
        "role": "assistant",
        "lane": lane,
        "model": "echo/echo",
        "parts": [{"type": "text", "text": text}],
        "status": "complete",
        "usage": {"input": 10, "output": 5, "reasoning": None, "cached": None},
        "cost": {"usd": 0.25, "source": "priced"},
        "timing": {"first_token_ms": 40, "total_ms": 120},
        "finish": "stop",
    }
    return cast(AnswerMessage, record | fields)


def header(message: str, parent: str | None, lane: str = "l1", **fields: Any) -> AnswerHeader:
    record = {
        "type": "message",
        "at": AT,
        "id": message,
        "parent": parent,
        "role": "assistant",
        "lane": lane,
        "model": "echo/echo",
        "status": "streaming",
    }
    return cast(AnswerHeader, record | fields)


def record(kind: str, **fields: Any) -> Record:
    return cast(Record, {"type": kind, "at": AT, **fields})


def one_of_each() -> list[Record]:
    """A conversation with every type of record, and one of a type that does not exist yet."""
    return [
        conversation(),
        user("u1"),
        answer("a1", "u1"),
        answer("a2", "u1", lane="l2", model="ollama/qwen3:8b"),
        record("settings", title="A better title", pinned=True, tags=["work", "физика"], folder="Öğrenme"),
        user("u2", "a1", "And İstanbul?"),
        answer("a3", "u2", status="failed", error={"code": "timeout", "message": "…", "retryable": True}),
        record("branch", name="other", head="a2"),
        record("vote", message="a1", value=1),
        record("vote", message="a2", preferred_over=["a1"]),
        record("summary", id="s1", covers="a1", text="They greeted.", model="echo/echo", usage={}),
        user("u3", "a2"),
        record("delete", message="u3"),
        record("head", message="a3"),
        record("hologram", depth=3),
    ]
