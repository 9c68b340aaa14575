"""Texts to vectors: by hashed n-grams, or by a configured server's embedding model."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from providers import asking
from providers.errors import ErrorCode as ProviderCode
from providers.errors import NoEmbeddingsError, ProviderError
from rag import configuration
from rag.errors import DocumentError, ErrorCode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NGRAMS = "ngrams/2048/2"
"""The last number grows when words are folded otherwise: vectors are then made anew."""
ATTEMPTS = 3
PAUSE = 1.0
MOST_PAUSE = 20.0
PERHAPS_TOO_LONG: frozenset[ProviderCode] = frozenset({"context_length", "invalid"})
"""Refusals after which less is asked for: some servers say no more than that the input is wrong."""
SHORTEST = 60
"""Characters of a text that no server can find too long."""


class PassageEmbedder(ABC):
    """`ref` names what made a vector: those of two refs are never compared. `floor`: a cosine below it says
    that the passage has nothing to do with the question. `sparse`: most numbers of a question's vector are
    zero."""

    ref: str
    owner: str = ""
    """In whose name a server is asked; empty: in nobody's, as when all passages are embedded anew."""
    floor: ClassVar[float]
    sparse: ClassVar[bool] = False
    batch: ClassVar[int]
    """Texts that are embedded and stored at a time."""

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> "Floats":
        """One row for each text. Raises DocumentError: `embedding`, `embedding_length`."""

    async def embed_question(self, question: str) -> "Floats":
        """Its vector, which somebody waits for. Raises as `embed`."""
        row: Floats = (await self.embed([question]))[0]
        return row


class NgramEmbedder(PassageEmbedder):
    floor = 0.18
    sparse = True
    batch = 500

    def __init__(self) -> None:
        self.ref = NGRAMS

    async def embed(self, texts: Sequence[str]) -> "Floats":
        return await asyncio.to_thread(_ngrams, list(texts))


class ProviderEmbedder(PassageEmbedder):
    """Asks a server for vectors. `ref` is a model ref: `ollama/bge-m3`."""

    floor = 0.35
    batch = 64

    def __init__(self, ref: str) -> None:
        self.ref = ref

    async def embed(self, texts: Sequence[str]) -> "Floats":
        return await self._embed(texts, background=True)

    async def embed_question(self, question: str) -> "Floats":
        row: Floats = (await self._embed([question], background=False))[0]
        return row

    async def _embed(self, texts: Sequence[str], *, background: bool) -> "Floats":
        """What the server finds too long is asked for in halves: of the texts, then of the one text."""
        import numpy as np

        try:
            return await self._embed_patiently(texts, background=background)
        except ProviderError as error:
            if error.code not in PERHAPS_TOO_LONG:
                raise DocumentError("embedding", f"{self.ref}: {error}") from error
            if len(texts) == 1 and len(texts[0]) <= SHORTEST:
                code: ErrorCode = "embedding_length" if error.code == "context_length" else "embedding"
                raise DocumentError(code, f"{self.ref}: {error}") from error
        if len(texts) == 1:
            return await self._embed_in_parts(texts[0], background=background)
        middle = len(texts) // 2
        both = [await self._embed(some, background=background) for some in (texts[:middle], texts[middle:])]
        return np.concatenate(both)

    async def _embed_in_parts(self, text: str, *, background: bool) -> "Floats":
        """One row: the mean of the halves' directions, by their lengths."""
        import numpy as np

        parts = split_in_halves(text)
        vectors = await self._embed(parts, background=background)
        lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)
        weights = np.array([len(part) for part in parts], dtype=np.float32) / lengths
        return np.asarray((weights @ vectors / sum(map(len, parts)))[None, :], dtype=np.float32)

    async def _embed_patiently(self, texts: Sequence[str], *, background: bool) -> "Floats":
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._ask(texts, background=background)
            except NoEmbeddingsError as error:
                raise DocumentError("embedding", f"{self.ref}: {error.detail}") from error
            except ProviderError as error:
                if attempt == ATTEMPTS or not error.retryable:
                    raise
                await asyncio.sleep(min(error.retry_after or PAUSE * attempt, MOST_PAUSE))
        raise AssertionError("unreachable")

    async def _ask(self, texts: Sequence[str], *, background: bool) -> "Floats":
        import numpy as np

        account = asking.Account(self.owner, "", "embedding") if self.owner else None
        made = await asking.embed(self.ref, texts, account=account, background=background)
        return np.asarray(made.vectors, dtype=np.float32).reshape(len(texts), -1)


def split_in_halves(text: str) -> list[str]:
    """Cut at a space near the middle, where there is one."""
    third = len(text) // 3
    space = text.rfind(" ", third, len(text) // 2 + third // 2)
    middle = space if space > 0 else len(text) // 2
    return [text[:middle], text[middle:]]


def _ngrams(texts: list[str]) -> "Floats":
    import numpy as np

    from rag.ngrams import ngram_vector

    return np.stack([ngram_vector(text) for text in texts])


def configured_embedder() -> PassageEmbedder:
    """What is asked for: a class of one's own (RAG_EMBEDDER), the model of the configuration, or n-grams."""
    if path := settings.RAG_EMBEDDER:
        made: PassageEmbedder = import_string(path)()
        return made
    return embedder_of_ref(configuration.current_configuration().embedding_model or NGRAMS)


def embedder_of_ref(ref: str) -> PassageEmbedder:
    return NgramEmbedder() if ref.startswith("ngrams/") else ProviderEmbedder(ref)
