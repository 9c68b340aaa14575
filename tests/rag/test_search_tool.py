"""`search_documents`: a model looks for passages by itself."""

from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat.models import Project
from chat.tools.base import ToolError
from chat.tools.builtin import search_documents
from rag import access
from rag.models import Document
from tests.rag import makers
from tests.rag.test_retrieval import give
from tests.tools.callers import caller

pytestmark = pytest.mark.django_db(transaction=True)


async def given(name: str, data: bytes | str, **of: Any) -> None:
    await sync_to_async(give)(name, data, **of)


async def test_passages_come_with_their_places_and_become_sources() -> None:
    await given("one.txt", "The zebra eats grass.")
    await given("two.pdf", makers.pdf(["The zebra has stripes."]), conversation="c1")
    found = await search_documents.run(caller(owner="ada", conversation="c1"), {"query": "zebra"})
    assert "two.pdf · p. 1\nThe zebra has stripes." in found.content
    assert {source["name"] for source in found.sources} == {"one.txt", "two.pdf"}
    assert all("n" not in source and source["document"] for source in found.sources)


async def test_nothing_of_anybody_elses_or_another_conversations_is_found() -> None:
    await given("hers.txt", "The zebra is hers.", owner="bea")
    await given("other.txt", "The zebra is elsewhere.", conversation="c2")
    found = await search_documents.run(caller(owner="ada", conversation="c1"), {"query": "zebra"})
    assert (found.content, list(found.sources)) == (
        "Nothing about that was found in the person's documents.",
        [],
    )


async def test_in_a_project_its_documents_and_the_conversations_own_are_searched_alone() -> None:
    await given("chosen.txt", "The zebra was chosen.")
    await given("beside.txt", "The zebra stands beside.")
    await given("own.txt", "The zebra is in the conversation.", conversation="c1")
    chosen = await Document.objects.aget(name="chosen.txt")
    await Project.objects.acreate(owner="ada", folder="Animals", documents=[chosen.pk])
    inside = replace(caller(owner="ada", conversation="c1"), folder="Animals")
    for asking, names in (
        (inside, {"chosen.txt", "own.txt"}),
        (replace(inside, folder="Others"), {"chosen.txt", "beside.txt", "own.txt"}),
        (replace(inside, owner="bea"), set()),
    ):
        found = await search_documents.run(asking, {"query": "zebra"})
        assert {source["name"] for source in found.sources} == names


async def test_documents_that_are_still_read_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_documents, "PATIENCE", 0.0)
    monkeypatch.setattr("rag.worker.wake_worker", lambda: None)
    await sync_to_async(access.add_document)("ada", "late.txt", [b"The zebra sleeps."], 1 << 24, "")
    found = await search_documents.run(caller(owner="ada"), {"query": "zebra"})
    assert "not searched: 1" in found.content


@pytest.mark.parametrize("arguments", [{}, {"query": ""}, {"query": " "}, {"query": 5}, {"query": None}])
async def test_a_search_for_nothing_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolError):
        await search_documents.run(caller(), arguments)
