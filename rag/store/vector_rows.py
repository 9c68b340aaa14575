from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.models import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .matrix import Numbers

LOOKUP = 500


class VectorRows:
    """The rows of an embedding model's vectors, a BLOB each."""

    def __init__(self, using: str, model: int) -> None:
        self._rows = Vector.objects.using(using).filter(model=model)

    def read(self, passages: "Numbers", dimensions: int = 0) -> "tuple[Numbers, NDArray[np.int8]]":
        """Those of `passages` that have a vector of so many dimensions (0: as many as the first one has), and
        one row for each. They are looked up by their numbers: joining each with its document takes longer
        than to read it."""
        import numpy as np

        found: list[int] = []
        rows = np.zeros((0, dimensions), dtype=np.int8)
        for passage, blob in self._blobs(passages):
            if not len(rows):
                rows = np.empty((len(passages), dimensions or len(blob)), dtype=np.int8)
            if len(blob) == rows.shape[1]:
                rows[len(found)] = np.frombuffer(blob, dtype=np.int8)
                found.append(passage)
        return np.array(found, dtype=np.int64), rows[: len(found)]

    def _blobs(self, passages: "Numbers") -> Iterator[tuple[int, bytes | memoryview]]:
        vectors = self._rows.values_list("passage_id", "data")
        for at in range(0, len(passages), LOOKUP):
            yield from vectors.filter(passage_id__in=passages[at : at + LOOKUP].tolist())
