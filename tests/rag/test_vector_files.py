"""Vectors of large collections in files. Whatever becomes of a file, a search finds what the rows say."""

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag import access
from rag.models import Collection, Document, Passage, Status, Vector, new_version
from rag.store import Scope, numpy_vectors
from rag.store.matrix import pack
from rag.store.numpy_vectors import NumpyVectors
from rag.store.vector_files import folder, lookup
from rag.store.vector_files.header import read_header
from rag.store.vector_files.writing import write_file
from rag.store.vector_rows import VectorRows
from tests.rag.vector_shelf import DAMAGES, USING, Shelf, begin_anew

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def large_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_vectors, "LARGE", 10)
    monkeypatch.setattr(lookup, "TOGETHER", 7)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The passages whose rows were read, a list for each time."""
    seen: list[list[int]] = []
    original = VectorRows.read

    def reading(self: VectorRows, passages: Any, dimensions: int = 0) -> Any:
        seen.append(passages.tolist())
        return original(self, passages, dimensions)

    monkeypatch.setattr(VectorRows, "read", reading)
    return seen


@pytest.fixture(params=[True, False], ids=["sparse", "dense"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    made = Shelf(sparse=request.param)
    made.add(30)
    return made


def test_a_process_that_starts_reads_the_file_and_no_row(shelf: Shelf, read: list[list[int]]) -> None:
    shelf.check()
    assert [passage for some in read for passage in some] == sorted(
        Passage.objects.values_list("pk", flat=True)
    )
    read.clear()
    begin_anew()
    shelf.check()
    assert read == []


def test_what_is_read_to_make_a_file_is_in_memory_a_part_at_a_time(
    shelf: Shelf, read: list[list[int]]
) -> None:
    shelf.check()
    assert [len(some) for some in read] == [7, 7, 7, 7, 2]


def test_documents_are_read_on_switch_on_and_the_first_question_reads_none(
    shelf: Shelf, read: list[list[int]]
) -> None:
    NumpyVectors(USING).preload(Scope((shelf.collection.pk,)), shelf.model.pk, sparse=shelf.sparse)
    assert shelf.path.exists()
    read.clear()
    shelf.check()
    assert read == []


def test_a_small_collection_has_no_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_vectors, "LARGE", 31)
    shelf.check()
    assert not shelf.path.exists()


def test_a_file_is_its_owners_alone(shelf: Shelf) -> None:
    shelf.check()
    assert (shelf.path.stat().st_mode & 0o777, shelf.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(shelf.path.parent.iterdir()) == [shelf.path]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_made_anew_and_what_is_found_stays_the_same(shelf: Shelf, damage: str) -> None:
    shelf.check()
    DAMAGES[damage](shelf.path)
    begin_anew()
    shelf.check()
    if damage != "a folder of that name":
        header = read_header(shelf.path)
        assert header is not None
        assert header.version == Collection.objects.get().version


@pytest.mark.parametrize("damage", ["missing", "empty", "a header alone", "half", "one byte short", "longer"])
def test_a_file_that_is_cut_short_while_it_is_open_ends_no_process(shelf: Shelf, damage: str) -> None:
    shelf.check()
    DAMAGES[damage](shelf.path)
    shelf.check()
    shelf.add(3)
    shelf.check()
    shelf.add(3)
    DAMAGES[damage](shelf.path)
    NumpyVectors(USING).preload(Scope((shelf.collection.pk,)), shelf.model.pk, sparse=shelf.sparse)
    shelf.check()


def test_a_file_of_another_collection_counts_for_that_one_alone(shelf: Shelf) -> None:
    shelf.check()
    former = shelf.path.read_bytes()
    second = Collection.objects.create(owner="grace", version=Collection.objects.get().version)
    Document.objects.update(collection=second)
    Document.objects.create(collection=shelf.collection, sha256="x", name="b.txt", status=Status.READY)
    shelf.collection = second
    shelf.path.write_bytes(former)
    begin_anew()
    shelf.check()


def test_a_database_that_was_put_back_is_not_answered_from_the_file_of_a_later_state(shelf: Shelf) -> None:
    """Numbers of passages come again, with other texts."""
    later = shelf.add(8)
    shelf.check()
    numbers = list(later.passages.values_list("pk", flat=True))
    Collection.objects.update(version=new_version())
    Passage.objects.filter(pk__in=numbers).delete()
    for at, number in enumerate(numbers):
        row = Passage.objects.create(pk=number, document=later, position=at, text=f"{shelf.text()} heron")
        NumpyVectors(USING).add(shelf.model.pk, [(row.pk, shelf.vector(row.text))])
    begin_anew()
    shelf.check()
    assert shelf.find(Passage.objects.get(pk=numbers[0]).text)[0][1] > 0.9


def test_passages_that_are_gone_without_a_word_are_not_found_in_the_file(shelf: Shelf) -> None:
    shelf.check()
    Passage.objects.filter(pk__lt=Passage.objects.order_by("pk")[10].pk).delete()
    begin_anew()
    shelf.check()


def test_after_a_restore_without_passages_no_file_counts(shelf: Shelf) -> None:
    shelf.check()
    Passage.objects.all().delete()
    access.read_documents_again()
    begin_anew()
    assert shelf.find(shelf.text()) == []


def test_a_change_while_a_file_is_written_leaves_no_file(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(*arguments: Any) -> Any:
        file = write_file(*arguments)
        shelf.changed()
        return file

    monkeypatch.setattr(lookup, "write_file", changing)
    assert shelf.find(shelf.text())
    assert list(folder.folder().iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(numpy_vectors, "LARGE", 10)
    shelf.check()
    assert shelf.path.exists()


@pytest.mark.parametrize("step", ["open", "write", "rename"])
def test_vectors_are_in_memory_where_the_disk_takes_no_file(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    match step:
        case "open":
            folder.folder().write_text("a file where the folder should be")
        case "write":
            monkeypatch.setattr("rag.store.vector_files.writing._put", full)
        case "rename":
            monkeypatch.setattr(Path, "replace", full)
    shelf.check()
    assert step == "open" or list(folder.folder().iterdir()) == []


def test_a_new_document_is_read_alone_and_the_rest_is_taken_from_the_file(
    shelf: Shelf, read: list[list[int]]
) -> None:
    shelf.check()
    read.clear()
    document = shelf.add(4)
    shelf.check()
    assert read == [sorted(document.passages.values_list("pk", flat=True))]
    begin_anew()
    shelf.check()
    assert len(read) == 1


def test_the_file_goes_with_a_document_and_comes_again_without_it(
    shelf: Shelf, read: list[list[int]]
) -> None:
    document = shelf.add(4)
    shelf.check()
    access.delete_document(document)
    assert not shelf.path.exists()
    read.clear()
    shelf.check()
    assert [passage for some in read for passage in some] == []
    header = read_header(shelf.path)
    assert header is not None
    assert header.count == 30


def test_only_the_file_of_what_is_there_stays_when_files_are_swept(shelf: Shelf) -> None:
    shelf.check()
    kept = shelf.path
    stale, foreign, draft, fresh = (kept.with_name(name) for name in ("9-9.vectors", "x", ".old", ".new"))
    stale.write_bytes(kept.read_bytes().replace(b"divanvec", b"divanvex"))
    foreign.write_text("?")
    draft.write_text("?")
    os.utime(draft, (0, 0))
    fresh.write_text("?")
    access.sweep_vectors()
    assert set(folder.folder().iterdir()) == {kept, fresh}
    Collection.objects.update(version=new_version())
    access.sweep_vectors()
    assert set(folder.folder().iterdir()) == {fresh}


def test_no_file_is_mapped_into_memory_between_questions(shelf: Shelf) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what is mapped")
    shelf.check()
    begin_anew()
    shelf.check()
    assert ".vectors" not in maps.read_text()


def test_a_file_closes_when_nobody_has_it_any_more(shelf: Shelf) -> None:
    opened = Path("/proc/self/fd")
    if not opened.exists():
        pytest.skip("only Linux tells what is open")

    def count() -> int:
        links = [str(one.readlink()) for one in opened.iterdir() if one.is_symlink()]
        return sum(".vectors" in link for link in links)

    for _ in range(3):
        shelf.check()
        begin_anew()
        shelf.add(1)
    assert count() == 0


def test_a_file_for_dense_questions_is_made_anew_for_sparse_ones() -> None:
    shelf = Shelf(sparse=True)
    shelf.add(30)
    long = " ".join(shelf.text() + str(at) for at in range(60))
    assert shelf.find(long)
    header = read_header(shelf.path)
    assert header is not None
    assert not header.sparse
    shelf.check()
    begin_anew()
    shelf.check()
    header = read_header(shelf.path)
    assert header is not None
    assert header.sparse
    found, exact = dict(shelf.find(long)), dict(shelf.compare(long))
    assert max(found.values()) == pytest.approx(max(exact.values()), abs=0.05)


def test_vectors_of_another_length_among_the_rows_are_passed_over(shelf: Shelf) -> None:
    odd = Passage.objects.order_by("pk")[20]
    Vector.objects.filter(passage=odd).update(data=pack(np.ones(5, dtype=np.float32)).tobytes())
    found = shelf.find(shelf.text())
    assert len(found) == 5
    assert odd.pk not in dict(found)
    begin_anew()
    assert len(shelf.find(shelf.text())) == 5


def test_some_documents_are_searched_in_a_file_as_in_memory(shelf: Shelf) -> None:
    document = shelf.add(6)
    own = set(document.passages.values_list("pk", flat=True))
    found = shelf.find(shelf.text(), frozenset({document.pk}))
    assert len(found) == 5
    assert own >= set(dict(found))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("sparse", [True, False], ids=["sparse", "dense"])
def test_whatever_happens_in_whatever_order_the_rows_are_what_is_found(sparse: bool, seed: int) -> None:
    shelf, chance = Shelf(sparse=sparse), random.Random(seed)

    def remove() -> None:
        if document := Document.objects.order_by("pk").first():
            access.delete_document(document)

    def damage() -> None:
        if shelf.path.is_file():
            name = chance.choice([name for name in DAMAGES if name != "a folder of that name"])
            DAMAGES[name](shelf.path)

    def put_older_file_back() -> None:
        if older and chance.random() < 0.7:
            folder.folder().mkdir(exist_ok=True)
            shelf.path.write_bytes(chance.choice(older))

    def keep_file() -> None:
        if shelf.path.is_file():
            older.append(shelf.path.read_bytes())

    older: list[bytes] = []
    steps: Sequence[Callable[[], object]] = (
        lambda: shelf.add(chance.randint(1, 15)),
        remove,
        damage,
        begin_anew,
        keep_file,
        put_older_file_back,
        shelf.check,
        shelf.check,
    )
    for _ in range(20):
        chance.choice(steps)()
    shelf.check()
