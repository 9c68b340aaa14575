"""Texts to vectors: by hashed n-grams, or by a configured server's embedding model."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from providers import registry
from providers.connectors.base import Embedder as EmbeddingConnector
from providers.errors import ProviderError
from rag.errors import DocumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NGRAMS = "ngrams/2048/2"
"""The last number grows when words are folded otherwise: vectors are then made anew."""
ATTEMPTS = 3
PAUSE = 1.0
MOST_PAUSE = 20.0


class Embedder(ABC):
    """`ref` names what made a vector: those of two refs are never compared. `floor`: a cosine below it says
    that the passage has nothing to do with the question. `sparse`: most numbers of a question's vector are
    zero."""

    ref: str
    floor: ClassVar[float]
    sparse: ClassVar[bool] = False
    batch: ClassVar[int]
    """Texts that are embedded and stored at a time."""

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> "Floats":
        """One row for each text. Raises DocumentError('embedding')."""


class NgramEmbedder(Embedder):
    floor = 0.18
    sparse = True
    batch = 500

    def __init__(self) -> None:
        self.ref = NGRAMS

    async def embed(self, texts: Sequence[str]) -> "Floats":
        return await asyncio.to_thread(_ngrams, list(texts))


class ProviderEmbedder(Embedder):
    """`ref` is a model ref: `ollama/bge-m3`."""

    floor = 0.35
    batch = 64

    def __init__(self, ref: str) -> None:
        self.ref = ref

    async def embed(self, texts: Sequence[str]) -> "Floats":
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._embed(texts)
            except ProviderError as error:
                if attempt == ATTEMPTS or not error.retryable:
                    raise DocumentError("embedding", f"{self.ref}: {error}") from error
                await asyncio.sleep(min(error.retry_after or PAUSE * attempt, MOST_PAUSE))
        raise AssertionError("unreachable")

    async def _embed(self, texts: Sequence[str]) -> "Floats":
        import numpy as np

        target = await registry.resolve(self.ref)
        if not isinstance(target.connector, EmbeddingConnector):
            raise DocumentError("embedding", f"{self.ref}: its server embeds nothing")
        made = await target.connector.embed(target.model, texts)
        return np.asarray(made.vectors, dtype=np.float32).reshape(len(texts), -1)


def _ngrams(texts: list[str]) -> "Floats":
    import numpy as np

    from rag.ngrams import vector

    return np.stack([vector(text) for text in texts])


def wanted() -> Embedder:
    """What the settings ask for: a class of one's own (RAG_EMBEDDER), a model ref (RAG_EMBEDDING_MODEL), or
    n-grams."""
    if path := settings.RAG_EMBEDDER:
        made: Embedder = import_string(path)()
        return made
    return of_ref(settings.RAG_EMBEDDING_MODEL or NGRAMS)


def of_ref(ref: str) -> Embedder:
    return NgramEmbedder() if ref.startswith("ngrams/") else ProviderEmbedder(ref)
