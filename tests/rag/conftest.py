from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import worker
from rag.load.blocks import Block
from rag.load.reading import read_file
from rag.models import Collection, EmbeddingModel, Passage
from rag.store import members, numpy_vectors


@pytest.fixture
def emptied() -> Callable[[], None]:
    """What the search has in tables of its own goes with the passages."""

    def empty() -> None:
        for model in (Passage, Collection, EmbeddingModel):
            model.objects.all().delete()

    return empty


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Numbers of collections begin anew with each test."""
    members.forget_members()
    numpy_vectors.forget_vectors()
    yield
    assert worker.wait_until_idle(20), "the worker still runs"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Kind and blocks of a file, read as it is read for a person."""

    def read_bytes(name: str, data: bytes, **options: Any) -> tuple[str, list[Block]]:
        path = tmp_path / "original"
        path.write_bytes(data)
        events = list(read_file(path, name, **options))
        kind = events[0]
        assert isinstance(kind, str)
        return kind, [event for event in events if isinstance(event, Block)]

    return read_bytes
