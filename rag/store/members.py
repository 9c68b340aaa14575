"""The passages of a collection, kept in memory as two columns of numbers."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from rag.models import Collection, Passage, Status

from .base import Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

MOST_BYTES = 768 * 1024 * 1024


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


Value = TypeVar("Value", bound=Sized)


class Cache(Generic[Value]):
    """Of one value for each key, with its version. What was not asked for longest goes first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: OrderedDict[Hashable, tuple[int, Value]] = OrderedDict()
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(
        self,
        key: Hashable,
        version: int,
        make: Callable[[Value | None], Value],
        suits: Callable[[Value], bool] = lambda _: True,
    ) -> Value:
        """`make` is given the value of an older version, or the one that does not suit. Whoever comes while
        one is made waits for it."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                kept_version, kept = self._kept.get(key, (-1, None))
                if kept is not None and kept_version == version and suits(kept):
                    self._kept.move_to_end(key)
                    return kept
            made = make(kept)
            with self._lock:
                self._keep(key, version, made)
        return made

    def _keep(self, key: Hashable, version: int, made: Value) -> None:
        self._kept[key] = (version, made)
        self._kept.move_to_end(key)
        total = sum(value.nbytes for _, value in self._kept.values())
        while total > self._most_bytes and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            total -= dropped.nbytes

    def drop_value(self, key: Hashable) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


@dataclass(frozen=True, slots=True)
class PassageNumbers:
    """Passage numbers, rising, and the document of each."""

    passages: "Numbers"
    documents: "Numbers"

    @property
    def nbytes(self) -> int:
        return int(self.passages.nbytes + self.documents.nbytes)

    def documents_of(self, passages: "Numbers") -> "Numbers":
        """The document of each of `passages`, all of which are members."""
        import numpy as np

        return self.documents[np.searchsorted(self.passages, passages)]


_members: Cache[PassageNumbers] = Cache()


def forget_members() -> None:
    """Empties the cache, for tests and measurements."""
    _members.clear()


def read_versions(using: str, scope: Scope) -> list[tuple[int, int]]:
    """Collection and version. Versions of deleted collections are never asked for again."""
    rows = Collection.objects.using(using).filter(pk__in=scope.collections)
    return list(rows.values_list("pk", "version"))


def read_members(using: str, collection: int, version: int) -> PassageNumbers:
    return _members.get((using, collection), version, lambda _: _load(using, collection))


def _load(using: str, collection: int) -> PassageNumbers:
    import numpy as np

    rows = (
        Passage.objects.using(using)
        .filter(document__collection=collection, document__status=Status.READY)
        .order_by("pk")
        .values_list("pk", "document_id")
    )
    table = np.fromiter((number for row in rows.iterator(20_000) for number in row), dtype=np.int64)
    table = table.reshape(-1, 2)
    return PassageNumbers(np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]))


def are_members(
    members: PassageNumbers, passages: "Numbers", documents: frozenset[int] | None
) -> "NDArray[np.bool_]":
    """For each of `passages` whether it is a member (and of one of `documents`)."""
    import numpy as np

    if not len(members.passages):
        return np.zeros(len(passages), dtype=bool)
    places = np.searchsorted(members.passages, passages).clip(max=len(members.passages) - 1)
    inside = members.passages[places] == passages
    if documents is not None:
        wanted = np.fromiter(documents, dtype=np.int64)
        inside &= np.isin(members.documents[places], wanted)
    return np.asarray(inside, dtype=bool)
