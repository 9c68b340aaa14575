"""A collection whose vectors are in a file, what its rows say, and what may become of the file."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rag.models import Collection, Document, EmbeddingModel, Passage, Status, Vector, new_version
from rag.ngrams import ngram_vector
from rag.store import Scope, members, numpy_vectors
from rag.store.matrix import Vectors
from rag.store.numpy_vectors import NumpyVectors
from rag.store.vector_files import folder
from rag.store.vector_files.header import SIZE

USING = "default"
WORDS = (
    "oak",
    "pine",
    "walnut",
    "birch",
    "river",
    "lake",
    "harbour",
    "engine",
    "ledger",
    "garden",
    "fox",
    "heron",
)
USING = "default"


class Shelf:
    """A collection whose passages are some words each. `sparse`: vectors of n-grams, else of 24 numbers."""

    def __init__(self, *, sparse: bool) -> None:
        self._random = random.Random(3)
        self.sparse = sparse
        self.collection = Collection.objects.create(owner="ada")
        self.model = EmbeddingModel.objects.create(ref="a model", complete=True)

    def vector(self, text: str) -> Any:
        if self.sparse:
            return ngram_vector(text)
        return np.random.default_rng(sum(text.encode())).normal(size=24).astype(np.float32)

    def text(self) -> str:
        return " ".join(self._random.choices(WORDS, k=4))

    def add(self, count: int) -> Document:
        document = Document.objects.create(
            collection=self.collection, sha256=f"{self._random.random()}", name="a.txt", status=Status.READY
        )
        rows = Passage.objects.bulk_create(
            Passage(document=document, position=at, text=self.text()) for at in range(count)
        )
        NumpyVectors(USING).add(self.model.pk, [(row.pk, self.vector(row.text)) for row in rows])
        self.changed()
        return document

    def changed(self) -> None:
        Collection.objects.filter(pk=self.collection.pk).update(version=new_version())

    def find(self, question: str, documents: frozenset[int] | None = None) -> list[tuple[int, float]]:
        scope = Scope((self.collection.pk,), documents)
        found = NumpyVectors(USING).search(scope, self.model.pk, self.vector(question), 5)
        return [(hit.passage, round(hit.score, 4)) for hit in found]

    def compare(self, question: str) -> list[tuple[int, float]]:
        """What `find` has to find: every row is read, into memory."""
        of_model = Vector.objects.filter(model=self.model, passage__document__collection=self.collection)
        rows = of_model.order_by("passage").values_list("passage", "data")
        numbers = np.array([number for number, _ in rows], dtype=np.int64)
        if not len(numbers):
            return []
        data = np.stack([np.frombuffer(data, dtype=np.int8) for _, data in rows])
        vectors = Vectors.of(numbers, numbers, data).lay_out(sparse=self.sparse)
        return [(hit, round(score, 4)) for hit, score in vectors.find_closest(self.vector(question), None, 5)]

    def check(self) -> None:
        for question in (self.text() for _ in range(3)):
            assert self.find(question) == self.compare(question)

    @property
    def path(self) -> Path:
        return folder.path_of(self.collection.pk, self.model.pk)


def begin_anew() -> None:
    """As a process that has just started, or another one."""
    members.forget_members()
    numpy_vectors.forget_vectors()


def cut(size: Callable[[int], int]) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, size(path.stat().st_size))


def overwrite(place: Callable[[int], int], data: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(place(path.stat().st_size))
            file.write(data)

    return damage


def flip(place: Callable[[int], int]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        at = place(path.stat().st_size)
        data = bytearray(path.read_bytes())
        data[at] ^= 0x55
        path.write_bytes(data)

    return damage


def written(text: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_text(text)

    return damage


def replaced_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": cut(lambda size: 0),
    "half a header": cut(lambda size: 40),
    "a header alone": cut(lambda size: SIZE),
    "half": cut(lambda size: size // 2),
    "one byte short": cut(lambda size: size - 1),
    "longer": cut(lambda size: size + 1),
    "another magic": flip(lambda size: 0),
    "another format": flip(lambda size: 8),
    "another layout": flip(lambda size: 10),
    "another version": flip(lambda size: 40),
    "another count": flip(lambda size: 52),
    "a flipped bit of a vector": flip(lambda size: SIZE),
    "a flipped bit further on": flip(lambda size: (SIZE + size) // 2),
    "a flipped bit at the end": flip(lambda size: size - 1),
    "a block of zeros, as after a power cut": overwrite(lambda size: SIZE, bytes(512)),
    "zeros at the end": overwrite(lambda size: size - 64, bytes(64)),
    "text": written("hello\n" * 5_000),
    "a folder of that name": replaced_by_folder,
}
