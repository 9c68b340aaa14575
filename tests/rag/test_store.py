"""One suite over both databases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.db import connections, router

from rag.models import Collection, Document, EmbeddingModel, Passage, Status, new_version
from rag.ngrams import ngram_vector
from rag.store import Counts, PassageRow, PassageStore, Scope, store
from rag.store.matrix import Vectors, pack
from rag.store.rarity import choose_terms
from rag.store.vector_rows import VectorRows
from rag.words import terms

TEXTS = (
    "Toplantı salonu üçüncü katta, kitaplar dolapta.",
    "Договор аренды подписан в марте, срок три года.",
    "The invoice for the garden furniture is overdue.",
    "Kedi bahçede uyuyor, köpek ise evde.",
)


class Shelf:
    """A collection with one document for each text."""

    def __init__(self, owner: str, texts: Sequence[str], *, name: str = "file.txt") -> None:
        self.collection = Collection.objects.create(owner=owner)
        self.model = EmbeddingModel.objects.get_or_create(ref="ngrams/2048")[0]
        self.passages = [self.add(text, name=name, at=number) for number, text in enumerate(texts)]

    def add(
        self, text: str, *, name: str = "file.txt", at: int = 0, heading: str = "", ready: bool = True
    ) -> int:
        status = Status.READY if ready else Status.EMBEDDING
        document = Document.objects.create(
            collection=self.collection, sha256=f"{at:064}", name=name, status=status
        )
        passage = Passage.objects.create(document=document, position=0, text=text, heading=heading)
        into = store()
        into.words.add([PassageRow(passage.pk, terms(name), terms(heading), terms(text))])
        into.vectors.add(self.model.pk, [(passage.pk, ngram_vector(text))])
        self.changed()
        return passage.pk

    def changed(self) -> None:
        self.collection.version = new_version()
        self.collection.save()

    @property
    def scope(self) -> Scope:
        return Scope((self.collection.pk,))

    def by_words(self, question: str, scope: Scope | None = None) -> list[int]:
        words = store().words
        found = words.search(scope or self.scope, words.counts(terms(question)), 10)
        return [hit.passage for hit in found]

    def by_vector(self, question: str, scope: Scope | None = None) -> list[int]:
        found = store().vectors.search(scope or self.scope, self.model.pk, ngram_vector(question), 10)
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
        return [hit.passage for hit in found]


@pytest.fixture
def shelf(database: str) -> Shelf:
    return Shelf("ada", TEXTS)


def test_the_database_has_its_own_search(database: str) -> None:
    kinds = {"sqlite": ("SQLiteWords", "NumpyVectors"), "postgresql": ("PostgresWords", "PgVectors")}
    made: PassageStore = store()
    assert (type(made.words).__name__, type(made.vectors).__name__) == kinds[database]


@pytest.mark.parametrize(
    ("question", "at"),
    [("kitap nerede", 0), ("срок договора", 1), ("unpaid invoices", 2), ("kedinin bahçesi", 3)],
)
def test_words_are_found_in_other_forms(shelf: Shelf, question: str, at: int) -> None:
    assert shelf.by_words(question)[:1] == [shelf.passages[at]]


@pytest.mark.parametrize(("question", "at"), [("kitapplar", 0), ("догавор", 1), ("garden furnitur", 2)])
def test_vectors_forgive_a_slip_of_the_pen(shelf: Shelf, question: str, at: int) -> None:
    assert shelf.by_vector(question)[:1] == [shelf.passages[at]]


def test_the_closest_vector_is_the_text_itself(shelf: Shelf) -> None:
    found = store().vectors.search(shelf.scope, shelf.model.pk, ngram_vector(TEXTS[2]), 1)
    assert found[0].passage == shelf.passages[2]
    assert found[0].score == pytest.approx(1.0, abs=0.02)


def test_nobody_finds_passages_of_another_collection(shelf: Shelf) -> None:
    other = Shelf("grace", ["kitap kitap kitap"])
    assert shelf.by_words("kitap") == [shelf.passages[0]]
    assert other.by_words("kitap") == other.passages
    assert set(shelf.by_vector("kitap")) <= set(shelf.passages)
    assert shelf.by_words("kitap", Scope(())) == []
    assert shelf.by_vector("kitap", Scope(())) == []


def test_a_search_can_be_held_to_some_documents(shelf: Shelf) -> None:
    another = shelf.add("kitap fuarı", at=9)
    document = Passage.objects.get(pk=another).document_id
    only = Scope((shelf.collection.pk,), frozenset({document}))
    assert set(shelf.by_words("kitap")) == {shelf.passages[0], another}
    assert shelf.by_words("kitap", only) == [another]
    assert shelf.by_vector("kitap", only) == [another]


def test_a_document_that_is_not_ready_is_not_found(shelf: Shelf) -> None:
    hidden = shelf.add("zürafa", at=9, ready=False)
    assert shelf.by_words("zürafa") == []
    assert hidden not in shelf.by_vector("zürafa")
    Document.objects.update(status=Status.READY)
    shelf.changed()
    assert shelf.by_words("zürafa") == [hidden]
    assert shelf.by_vector("zürafa")[0] == hidden


def test_what_belonged_to_a_passage_goes_with_it(shelf: Shelf) -> None:
    assert shelf.by_words("kitap")
    Document.objects.filter(passages=shelf.passages[0]).delete()
    shelf.changed()
    assert shelf.by_words("kitap") == []
    assert shelf.passages[0] not in shelf.by_vector("kitap")
    using = router.db_for_write(Passage)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rag_search")
        assert cursor.fetchone()[0] == len(TEXTS) - 1
    assert store().words.counts(terms("kitap")).of == {}


def test_a_name_counts_more_than_a_heading_and_a_heading_more_than_a_text(shelf: Shelf) -> None:
    body = shelf.add("burada zürafa var, başka bir şey yok", at=7)
    heading = shelf.add("burada başka bir hayvan var, o kadar", at=8, heading="Zürafa")
    name = shelf.add("burada başka bir hayvan var, o kadar", at=9, name="zürafa.txt")
    assert shelf.by_words("zürafa") == [name, heading, body]


def test_a_rare_word_counts_more_than_a_common_one(shelf: Shelf) -> None:
    for number in range(12):
        shelf.add(f"bahçe ve bahçe düzeni {number}", at=20 + number)
    assert shelf.by_words("bahçede uyuyan kedi")[0] == shelf.passages[3]


def test_terms_are_counted(shelf: Shelf) -> None:
    assert store().words.counts(["договор", "нет", "договор"]) == (4, {"договор": 1})


def test_terms_of_a_passage_are_those_of_its_name_heading_and_text(shelf: Shelf) -> None:
    passage = shelf.add("kitap var", at=9, name="liste.txt", heading="Raf")
    found = store().words.terms_of([passage, shelf.passages[1], 10**9])
    assert found.keys() == {passage, shelf.passages[1]}
    assert found[passage] == {*terms("liste.txt"), *terms("Raf"), *terms("kitap var")}


def test_passages_without_a_vector_are_named(shelf: Shelf) -> None:
    newer = EmbeddingModel.objects.create(ref="ollama/other")
    vectors = store().vectors
    assert vectors.missing(newer.pk, 0, 3) == shelf.passages[:3]
    assert vectors.missing(newer.pk, shelf.passages[1], 3) == shelf.passages[2:]
    vectors.add(newer.pk, [(shelf.passages[0], np.ones(3, dtype=np.float32))])
    assert vectors.missing(newer.pk, 0, 9) == shelf.passages[1:]
    assert vectors.missing(shelf.model.pk, 0, 9) == []


def test_two_models_of_different_length_live_side_by_side(shelf: Shelf) -> None:
    newer = EmbeddingModel.objects.create(ref="ollama/other")
    rows = [(passage, np.eye(4, dtype=np.float32)[at]) for at, passage in enumerate(shelf.passages)]
    store().vectors.add(newer.pk, rows)
    found = store().vectors.search(shelf.scope, newer.pk, np.array([0, 0, 1, 0], dtype=np.float32), 1)
    assert found[0].passage == shelf.passages[2]
    assert shelf.by_vector(TEXTS[1])[0] == shelf.passages[1]


def test_hostile_questions_are_only_words(shelf: Shelf) -> None:
    for question in ('" OR 1 --', "NEAR(a b)", "kitap' | 'x:*", "\\ : * ^ ( )", "rag_search MATCH", ""):
        shelf.by_words(question)
    assert shelf.by_words("kitap") == [shelf.passages[0]]


@pytest.mark.django_db(transaction=True)
def test_after_a_change_only_new_vectors_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf("ada", [f"{text} {number}" for number in range(5) for text in TEXTS])
    shelf.by_vector("kitap")
    read: list[Any] = []
    original = VectorRows.read

    def counted(self: VectorRows, passages: Any, dimensions: int = 0) -> Any:
        read.append(passages)
        return original(self, passages, dimensions)

    monkeypatch.setattr(VectorRows, "read", counted)
    newest = shelf.add("zürafa ve fil", at=99)
    assert shelf.by_vector("zürafa")[0] == newest
    assert [list(some) for some in read] == [[newest]]
    Document.objects.filter(passages__in=[newest, shelf.passages[0]]).delete()
    shelf.changed()
    found = shelf.by_vector(f"{TEXTS[1]} 0")
    assert found[0] == shelf.passages[1]
    assert {newest, shelf.passages[0]}.isdisjoint(found)


def test_dense_vectors_are_prefiltered_by_their_signs_without_losing_the_best() -> None:
    random = np.random.default_rng(7)
    centres = random.normal(size=(50, 256))
    rows = (centres[random.integers(50, size=5_000)] + random.normal(size=(5_000, 256)) * 0.7).astype(
        np.float32
    )
    numbers = np.arange(5_000)
    matrix = Vectors.of(numbers, numbers, pack(rows))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    hits = 0
    for at in range(0, 5_000, 100):
        question = rows[at] + random.normal(size=256).astype(np.float32) * 0.5
        exact = set(np.argsort(-(unit @ question))[:10].tolist())
        hits += len(exact & {passage for passage, _ in matrix.find_closest(question, None, 10)})
    assert hits / 500 > 0.95


def test_a_question_of_another_length_finds_nothing() -> None:
    numbers = np.arange(3)
    assert (
        Vectors.of(numbers, numbers, pack(np.eye(3, dtype=np.float32))).find_closest(
            np.ones(4, dtype=np.float32), None, 1
        )
        == []
    )


def test_common_words_are_left_out_where_they_would_cost_too_much() -> None:
    assert choose_terms(Counts(100_000, {"everywhere": 90_000, "common": 9_000, "rare": 3})) == [
        "rare",
        "common",
    ]
    assert choose_terms(Counts(100_000, {"everywhere": 90_000})) == ["everywhere"]


def test_hits_of_others_do_not_crowd_out_the_few_that_may_be_found(
    monkeypatch: pytest.MonkeyPatch, shelf: Shelf
) -> None:
    monkeypatch.setattr("rag.store.sqlite_words.OFTEN_ENOUGH", 3)
    Shelf("grace", ["zürafa zürafa"] * 6)
    mine = shelf.add("zürafa ve fil ve aslan", at=9)
    assert shelf.by_words("zürafa") == [mine]


@pytest.mark.parametrize("first", ["zebra food", "zebra food and much more to read about " * 40])
def test_long_and_short_questions_are_compared_alike_in_whatever_order_they_come(first: str) -> None:
    texts = ["zebra stripes and zebra food", "a lion's mane", "the price of an oak table"]
    rows = np.stack([ngram_vector(text) for text in texts])
    numbers = np.arange(len(texts))
    matrix = Vectors.of(numbers, numbers, pack(rows))
    matrix.find_closest(ngram_vector(first), None, 3)
    for question in ("zebra food", "oak tables", "an animal with a mane and no stripes at all " * 30):
        exact = {number: float(rows[number] @ ngram_vector(question)) for number in range(len(texts))}
        found = dict(matrix.find_closest(ngram_vector(question), None, 3))
        assert found == pytest.approx(exact, abs=0.05)
