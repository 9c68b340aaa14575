"""Documents: how well passages are found, how fast files are read, and what a search costs.

A part of `make bench` (`--only documents`; with --quick 10,000 passages in place of 100,000). It works on
tables of its own, in a temporary folder, on SQLite, with the built-in n-gram vectors.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import forget_peak, memory_of, peak_memory
from bench.rag_questions import FACTS, PARAPHRASES, UNANSWERED
from bench.report import print_table
from tests.rag import makers
from tests.services.environment import own_environment

OWNER = "bench"
FIRST = 5
PAGES = 300
WORDS_OF_A_PAGE = 350
WORDS_OF_A_PASSAGE = 150
QUESTIONS = 200
BATCH = 1_000
LIMIT = 1 << 26
Search = Callable[[str], list[int]]


@dataclass(frozen=True)
class Quality:
    """`recall_5`: share of questions whose passage is among the first five; `mrr`: mean of 1 / its place."""

    questions: str
    count: int
    way: str
    recall_5: float
    mrr: float


@dataclass(frozen=True)
class Silence:
    """How many questions without an answer found nothing, as they should."""

    questions: int
    found_nothing: int


@dataclass(frozen=True)
class Reading:
    kind: str
    pages: int
    passages: int
    seconds: float
    pages_per_s: float


@dataclass(frozen=True)
class Cost:
    """Milliseconds of a whole search. `built`: of making the file of vectors from their rows, which is done
    once. `first`: of the first search of a process, which opens that file; apart from the others. `cpu`: of
    this process's time on a core, which other work on the machine does not lengthen much. `grown_mb`:
    resident memory after the searches, above what it was before the vectors were asked for; `peak_mb`: the
    most that it was meanwhile."""

    passages: int
    built_ms: float
    first_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    cpu_p95_ms: float
    grown_mb: float
    peak_mb: float


def files() -> Iterator[tuple[str, bytes]]:
    """The facts as the documents that they are said to stand in."""
    for name in dict.fromkeys(fact.document for fact in FACTS):
        facts = [(fact.heading, fact.text) for fact in FACTS if fact.document == name]
        yield name, made(name.rpartition(".")[2], facts)


def made(kind: str, facts: Sequence[tuple[str, str]]) -> bytes:
    match kind:
        case "docx":
            return makers.docx([part for head, text in facts for part in (("heading 1", head), ("", text))])
        case "pdf":
            marks = [(head, number) for number, (head, _) in enumerate(facts)]
            return makers.pdf([text for _, text in facts], marks)
        case "html":
            return "".join(f"<h1>{head}</h1><p>{text}</p>" for head, text in facts).encode()
        case "md":
            return "\n".join(f"# {head}\n{text}\n" for head, text in facts).encode()
        case "csv":
            return "\n".join(["name;description", *(f"{head};{text}" for head, text in facts)]).encode()
    return "\n\n".join(f"{head}\n{text}" for head, text in facts).encode()


def ingest(name: str, data: bytes) -> Any:
    from rag import access
    from rag.ingest import claim_document
    from rag.ingest import ingest_document as run

    document = access.add_document(OWNER, name, [data], LIMIT).document
    claim_document(document)
    run(document)
    document.refresh_from_db()
    if document.status != "ready":
        raise RuntimeError(f"{name} was not read: {document.error}")
    return document


def ways() -> dict[str, Search]:
    from rag import access, model_choice
    from rag.ngrams import ngram_vector
    from rag.search import SearchQuestion, search
    from rag.store import store
    from rag.words import terms

    scope, into, chosen = access.scope(OWNER), store(), model_choice.choose_for_passages()

    def by_words(question: str) -> list[int]:
        return [found.passage for found in into.words.search(scope, into.words.counts(terms(question)), 60)]

    def by_vectors(question: str) -> list[int]:
        return [
            found.passage for found in into.vectors.search(scope, chosen.model.pk, ngram_vector(question), 60)
        ]

    def hybrid(question: str) -> list[int]:
        asked = SearchQuestion(question, chosen.model.pk, ngram_vector(question), chosen.embedder.floor)
        return [hit.passage for hit in search(into, scope, asked)]

    return {"full text": by_words, "vectors": by_vectors, "hybrid": hybrid}


def answers() -> dict[tuple[str, str], int]:
    """The passage that holds each fact, by document and heading."""
    from rag.models import Passage

    found: dict[tuple[str, str], int] = {}
    for fact in FACTS:
        rows = Passage.objects.filter(document__name=fact.document, text__contains=fact.text)
        found[fact.document, fact.heading] = rows.get().pk
    return found


def measure_quality() -> tuple[list[Quality], list[Silence]]:
    for name, data in files():
        ingest(name, data)
    right = answers()
    asked = {
        "same words, other forms": [(fact.question, right[fact.document, fact.heading]) for fact in FACTS],
        "other words": [(one.question, right[one.document, one.heading]) for one in PARAPHRASES],
    }
    rows = []
    for label, questions in asked.items():
        for way, search in ways().items():
            places = [place(search(question), passage) for question, passage in questions]
            recall = sum(0 < at <= FIRST for at in places) / len(places)
            mrr = sum(1 / at for at in places if at) / len(places)
            rows.append(Quality(label, len(places), way, round(recall, 3), round(mrr, 3)))
    hybrid = ways()["hybrid"]
    silent = sum(not hybrid(question) for question in UNANSWERED)
    return rows, [Silence(len(UNANSWERED), silent)]


def place(found: Sequence[int], passage: int) -> int:
    """From 1; 0 where it was not found."""
    return found.index(passage) + 1 if passage in found else 0


def vocabulary(source: random.Random, count: int) -> list[str]:
    """Made-up words that can be spoken, so that their n-grams are spread as those of real ones."""
    syllables = [first + vowel for first in "bcdfghklmnprstvyz" for vowel in "aeiouöü"]
    return ["".join(source.choices(syllables, k=source.randint(2, 5))) for _ in range(count)]


def sentences(source: random.Random, words: Sequence[str], count: int) -> str:
    # Squaring bends the draw towards the front: some words are frequent, most are rare.
    return " ".join(words[int(len(words) * source.random() ** 3)] for _ in range(count))


def measure_reading() -> list[Reading]:
    source = random.Random(7)
    words = vocabulary(source, 20_000)
    pages = []
    for _ in range(PAGES):
        page = sentences(source, words, WORDS_OF_A_PAGE).split()
        pages.append("\n".join(" ".join(page[at : at + 10]) for at in range(0, len(page), 10)))
    rows = []
    for kind, data in (("pdf", makers.pdf(pages)), ("txt", "\n\n".join(pages).encode())):
        began = time.perf_counter()
        document = ingest(f"large.{kind}", data)
        took = time.perf_counter() - began
        rows.append(Reading(kind, PAGES, document.passage_count, round(took, 2), round(PAGES / took, 1)))
    return rows


def fill(count: int, words: Sequence[str], source: random.Random) -> None:
    """Passages as an ingest would store them, without files."""
    from django.db import transaction

    from rag import access, model_choice
    from rag.models import Document, Passage, Status, new_version
    from rag.ngrams import ngram_vector
    from rag.store import PassageRow, store
    from rag.words import terms

    collection, model, into = access.collection(OWNER), model_choice.choose_for_passages().model, store()
    for number in range(count // BATCH):
        texts = [sentences(source, words, WORDS_OF_A_PASSAGE) for _ in range(BATCH)]
        with transaction.atomic():
            document = Document.objects.create(
                collection=collection, name=f"{number}.txt", sha256=f"{number:064}", status=Status.READY
            )
            rows = Passage.objects.bulk_create(
                [Passage(document=document, position=at, text=text) for at, text in enumerate(texts)]
            )
            into.words.add([PassageRow(row.pk, terms(document.name), [], terms(row.text)) for row in rows])
            into.vectors.add(model.pk, [(row.pk, ngram_vector(row.text)) for row in rows])
        print(".", end="", file=sys.stderr, flush=True)
    collection.version = new_version()
    collection.save()


def measure_cost(count: int) -> list[Cost]:
    source = random.Random(11)
    words = vocabulary(source, 60_000)
    fill(count, words, source)
    before = memory_of(os.getpid()).resident
    forget_peak(os.getpid())
    built = build_vectors()
    search = ways()["hybrid"]
    times, busy = [], []
    for _ in range(QUESTIONS + 1):
        question = sentences(source, words, 6)
        began, worked = time.perf_counter(), time.process_time()
        search(question)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    first, rest, cpu = times[0], sorted(times[1:]), sorted(busy[1:])
    return [
        Cost(
            passages=count,
            built_ms=round(built, 1),
            first_ms=round(first, 1),
            p50_ms=round(statistics.median(rest), 1),
            p95_ms=round(rest[int(len(rest) * 0.95)], 1),
            max_ms=round(rest[-1], 1),
            cpu_p95_ms=round(cpu[int(len(cpu) * 0.95)], 1),
            grown_mb=round(memory_of(os.getpid()).resident - before, 1),
            peak_mb=round(peak_memory(os.getpid()) - before, 1),
        )
    ]


def build_vectors() -> float:
    """Milliseconds. Nothing stays in memory, as after a start."""
    from rag import access, model_choice
    from rag.store import members, numpy_vectors, store

    chosen = model_choice.choose_for_passages()
    began = time.perf_counter()
    store().vectors.preload(access.scope(OWNER), chosen.model.pk, sparse=chosen.embedder.sparse)
    took = (time.perf_counter() - began) * 1000
    members.forget_members()
    numpy_vectors.forget_vectors()
    return took


def measure_all(*, quick: bool) -> dict[str, Sequence[Any]]:
    """On tables of its own, in this process; prints as it goes."""
    with tempfile.TemporaryDirectory(prefix="divan-bench-") as name:
        os.environ.update(own_environment(Path(name)), DJANGO_SETTINGS_MODULE="chatbot_project.settings")
        sections = measure(quick=quick)
    print(file=sys.stderr)
    for title, rows in sections.items():
        print_table(title, rows)
    return sections


def measure(*, quick: bool) -> dict[str, Sequence[Any]]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    quality, silence = measure_quality()
    sections: dict[str, Sequence[Any]] = {"found": quality, "unanswered": silence}
    sections["reading"] = measure_reading()
    call_command("flush", interactive=False, verbosity=0)
    sections["search"] = measure_cost(10_000 if quick else 100_000)
    return sections
