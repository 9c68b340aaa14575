"""Embeddings: batches, order, and a count that is checked. A vector for the wrong text is worse than none."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from providers.errors import ProviderError
from providers.types import Embeddings, ServerConfig, Usage


async def embed_in_batches(
    model: str,
    texts: Sequence[str],
    size: int,
    embed: Callable[[Sequence[str]], Awaitable[Embeddings]],
) -> Embeddings:
    vectors: list[Sequence[float]] = []
    read: int | None = 0
    for at in range(0, len(texts), size):
        part = await embed(texts[at : at + size])
        vectors += part.vectors
        read = None if read is None or part.usage.input is None else read + part.usage.input
    return Embeddings(vectors, model, Usage(input=read if texts else None))


def vectors_in(
    server: ServerConfig, model: str, payload: Any, expected: int, usage: Usage | None = None
) -> Embeddings:
    """From OpenAI's shape (`data`, in any order), Ollama's (`embeddings`) or a bare list."""
    rows = payload
    if isinstance(payload, dict):
        rows = payload.get("data") or payload.get("embeddings")
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        ordered = sorted(enumerate(rows), key=lambda row: row[1].get("index", row[0]))
        rows = [row.get("embedding") for _, row in ordered]
    if isinstance(rows, list) and expected == 1 and rows and isinstance(rows[0], int | float):
        rows = [rows]
    return check_vectors(server, model, rows, expected, usage or Usage())


def check_vectors(server: ServerConfig, model: str, rows: Any, expected: int, usage: Usage) -> Embeddings:
    if not isinstance(rows, list) or len(rows) != expected:
        got = len(rows) if isinstance(rows, list) else "no"
        raise ProviderError(
            "bad_response", f"{expected} texts got {got} vectors", server=server.name, model=model
        )
    if not all(isinstance(row, list) and row and all(map(_is_number, row)) for row in rows):
        raise ProviderError("bad_response", "a vector that is none", server=server.name, model=model)
    if len({len(row) for row in rows}) > 1:
        raise ProviderError("bad_response", "vectors of different lengths", server=server.name, model=model)
    return Embeddings(rows, model, usage)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
