from collections.abc import Callable, Iterator

import pytest

from rag import worker
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
    members.forget()
    numpy_vectors.forget()
    yield
    assert worker.settle(20), "the worker still runs"
