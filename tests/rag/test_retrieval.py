from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from providers.tokens import estimate_tokens
from rag import access, ingest, model_choice, retrieval
from rag.context import INTRODUCTION, NOTHING, build
from rag.embedding import PassageEmbedder
from rag.errors import DocumentError
from rag.models import Document
from rag.ngrams import ngram_vector
from rag.search import PassageHit, SearchQuestion, is_named, search
from rag.store import store
from rag.words import stems
from tests.rag import makers

BUDGET = 2_000


def give(name: str, data: bytes | str, owner: str = "ada", conversation: str = "") -> Document:
    content = data.encode() if isinstance(data, str) else data
    added = access.add_document(owner, name, [content], 1 << 24, conversation)
    while claimed := ingest.claim_next():
        ingest.ingest_document(claimed)
    added.document.refresh_from_db()
    assert added.document.status == "ready", added.document.error
    return added.document


async def ask(question: str, *history: str, **options: Any) -> retrieval.Retrieved:
    options = {"budget_tokens": BUDGET, **options}
    owner, conversation = options.pop("owner", "ada"), options.pop("conversation", "")
    return await retrieval.retrieve_passages(owner, conversation, question, list(history), **options)


pytestmark = pytest.mark.django_db(transaction=True)


async def in_thread(*documents: tuple[str, bytes | str]) -> list[Document]:
    from asgiref.sync import sync_to_async

    return [await sync_to_async(give)(name, data) for name, data in documents]


async def test_what_the_model_is_sent_is_numbered_like_the_sources() -> None:
    await in_thread(("one.txt", "zebra stripes"), ("two.pdf", makers.pdf(["zebra food"])))
    found = await ask("zebra")
    assert [source["n"] for source in found.sources] == [1, 2]
    assert found.context_text.startswith(INTRODUCTION)
    for source in found.sources:
        page = ", p. 1" if source["name"] == "two.pdf" else ""
        assert f"[{source['n']}] {source['name']}{page}\n{source['passage']}" in found.context_text


@pytest.mark.parametrize(("floor", "first"), [(0.0, "other.txt"), (1.1, "both.txt")])
def test_a_vector_below_the_floor_lifts_no_passage(floor: float, first: str) -> None:
    for name in ("bread", "clocks", "trains"):
        give(f"{name}.txt", f"This one is all about {name}.")
    give("both.txt", "A zebra, a lion and an oak table.")
    give("other.txt", "One zebra and one lion.")
    model = model_choice.choose_for_passages().model.pk
    question = SearchQuestion("zebra, lion, oak table", model, ngram_vector("One zebra and one lion."), floor)
    hits = search(store(), access.scope("ada"), question)
    assert [hit.name for hit in hits[:2]] == sorted(("both.txt", "other.txt"), key=lambda name: name != first)


async def test_nothing_is_said_where_nothing_reaches_the_floor() -> None:
    await in_thread(("one.txt", "The lease ends in March. Water the tomatoes twice a week."))
    for question in ("Which telescope photographed Neptune?", "Где находится вокзал?", "???", ""):
        found = await ask(question)
        assert found == NOTHING


async def test_a_question_that_names_a_file_finds_that_file_first() -> None:
    rows = [
        (f"report-{year}.txt", f"The board met and spoke about money in {year}.")
        for year in range(2015, 2026)
    ]
    await in_thread(*rows)
    found = await ask("What does report-2019 say about the board?")
    assert found.sources[0]["name"] == "report-2019.txt"


async def test_a_follow_up_question_keeps_its_subject() -> None:
    await in_thread(
        ("garden.txt", "Tomatoes in winter: heat the greenhouse."),
        ("roads.txt", "Winter on the roads: use chains."),
    )
    followed = await ask("And in winter?", "How do I grow tomatoes?")
    other = await ask("And in winter?", "Which chains do roads need?")
    assert followed.sources[0]["name"] == "garden.txt"
    assert other.sources[0]["name"] == "roads.txt"


async def test_near_duplicates_come_once() -> None:
    text = (
        "The zebra eats grass in the morning and drinks from the river at noon, every single day of the year."
    )
    await in_thread(("a.txt", text), ("b.txt", text + " Mostly."), ("c.txt", "A zebra has stripes."))
    found = await ask("zebra")
    assert len(found.sources) == 2


async def test_one_budget_holds_over_all_files() -> None:
    words = [
        f"zebra fact {number}: " + " ".join(f"w{number}x{at}" for at in range(100)) for number in range(30)
    ]
    await in_thread(*((f"{number}.txt", text) for number, text in enumerate(words)))
    for budget in (400, 1_000, 3_000):
        found = await ask("zebra", budget_tokens=budget)
        assert found.sources
        assert estimate_tokens(found.context_text) <= budget
    assert (await ask("zebra", budget_tokens=50)).sources == []


async def test_nobody_gets_passages_of_another_and_a_conversation_keeps_its_own() -> None:
    from asgiref.sync import sync_to_async

    mine = await sync_to_async(give)("mine.txt", "zebra one")
    theirs = await sync_to_async(give)("theirs.txt", "zebra two", "grace")
    here = await sync_to_async(give)("here.txt", "zebra three", "ada", "c-1")
    assert {s["name"] for s in (await ask("zebra")).sources} == {"mine.txt"}
    assert {s["name"] for s in (await ask("zebra", conversation="c-1")).sources} == {"mine.txt", "here.txt"}
    assert {s["name"] for s in (await ask("zebra", documents=[here.pk])).sources} == {"here.txt"}
    assert (await ask("zebra", documents=[theirs.pk])).sources == []
    assert (await ask("zebra", documents=[])).sources == []
    assert {s["document"] for s in (await ask("zebra", owner="grace")).sources} == {theirs.pk}
    assert mine.pk


async def test_documents_that_are_not_read_yet_are_counted() -> None:
    from asgiref.sync import sync_to_async

    row = (await sync_to_async(access.add_document)("ada", "a.txt", [b"zebra"], 100)).document
    await Document.objects.filter(pk=row.pk).aupdate(leased_until="2099-01-01T00:00:00Z")
    assert await retrieval.count_unread("ada", "") == 1
    assert await retrieval.count_unread("grace", "") == 0
    await Document.objects.filter(pk=row.pk).aupdate(status="ready")
    assert await retrieval.count_unread("ada", "") == 0


class DownEmbedder(PassageEmbedder):
    floor = 0.5
    batch = 10
    is_down = False

    def __init__(self) -> None:
        self.ref = "ollama/down"

    async def embed(self, texts: Sequence[str]) -> Any:
        import numpy as np

        if DownEmbedder.is_down:
            raise DocumentError("embedding", "down")
        return np.ones((len(texts), 4), dtype=np.float32)


async def test_an_embedding_server_that_is_down_costs_its_half_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RAG_EMBEDDER = "tests.rag.test_retrieval.DownEmbedder"
    await in_thread(("a.txt", "zebra"))
    both = await ask("zebra")
    monkeypatch.setattr(DownEmbedder, "is_down", True)
    alone = await ask("zebra")
    assert both.sources[0]["cosine"] == pytest.approx(1.0, abs=0.01)
    assert [source["name"] for source in alone.sources] == ["a.txt"]
    assert alone.sources[0]["cosine"] is None


async def test_a_model_is_told_of_documents_that_were_not_read_in_time() -> None:
    await in_thread(("a.txt", "zebra"))
    found = await ask("zebra")
    short = found.with_unread(2)
    assert short.context_text.startswith(found.context_text)
    assert short.context_text.endswith("not searched: 2.")
    assert (short.unread, short.sources) == (2, found.sources)
    assert found.with_unread(0) is found


async def test_stages_of_ones_own_are_used(settings: Settings) -> None:
    await in_thread(("a.txt", "zebra"))
    settings.RAG_CONTEXT = "tests.rag.test_retrieval.shortest"
    assert (await ask("zebra")).context_text == "1 of 2000"
    settings.RAG_SEARCH = "tests.rag.test_retrieval.nothing"
    assert await ask("zebra") == NOTHING


def shortest(hits: Sequence[PassageHit], budget_tokens: int) -> retrieval.Retrieved:
    return retrieval.Retrieved(f"{len(hits)} of {budget_tokens}", [])


def nothing(*_: object) -> list[PassageHit]:
    return []


def hit(passage: int, position: int, text: str, score: float, document: int = 1, **more: Any) -> PassageHit:
    return PassageHit(
        passage=passage, document=document, name="a.md", position=position, page=position, heading="H",
        text=text, score=score, words=0.5, cosine=None, **more,
    )  # fmt: skip


def test_neighbours_become_one_passage_with_its_marks_in_place() -> None:
    hits = [
        hit(12, 2, "gamma delta", 0.9, asked=frozenset(stems("gamma"))),
        hit(40, 7, "far away", 0.8, document=2),
        hit(11, 1, "alpha beta", 0.3, asked=frozenset(stems("beta"))),
    ]
    first, second = build(hits, BUDGET).sources
    assert (first["n"], first["passage"], first["score"]) == (1, "alpha beta\n\ngamma delta", 0.9)
    assert (first["page"], first["last_page"], second["last_page"]) == (1, 2, None)
    assert [first["passage"][start:end] for start, end in first["matches"]] == ["beta", "gamma"]
    assert second["passage"] == "far away"


def test_sources_stand_in_the_order_of_their_scores() -> None:
    hits = [hit(at, at * 3, f"text number {at} of many", 1 / at) for at in range(1, 9)]
    scores = [source["score"] for source in build(hits, BUDGET).sources]
    assert all(one >= other for one, other in pairwise(scores))


def test_a_file_is_named_by_its_whole_name_alone() -> None:
    assert is_named("report-2019.pdf", "what is in Report 2019?")
    assert is_named("Bütçe Planı.xlsx", "butce plani neydi")
    assert not is_named("report-2019.pdf", "what is in report 2020?")
    assert not is_named("a.txt", "a question")
