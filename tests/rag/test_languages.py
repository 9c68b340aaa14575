"""Questions from end to end, on both databases."""

import asyncio

import pytest

from rag.models import Document
from tests.rag import makers
from tests.rag.test_retrieval import ask, give


@pytest.fixture
def library(database: str) -> dict[str, Document]:
    """Of several kinds, in three languages."""
    return {
        "lease": give("Kira-2025.md", "# Süre\nSözleşme 2027'de biter.\n# Bedel\nAylık 900 avro."),
        "plan": give("план.pdf", makers.pdf(["Крышу красят в июне.", "Фундамент заливают в марте."])),
        "tomatoes": give("garden.txt", "Tomatoes need water twice a week.\n\nIn winter it is heated."),
        "budget": give("butce.xlsx", makers.xlsx({"Gider": [["Kalem", "Tutar"], ["Kırtasiye", 9]]})),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "name", "place"),
    [
        ("Sözleşme ne zaman sona eriyor?", "Kira-2025.md", "Süre"),
        ("Когда красят крыши?", "план.pdf", ""),
        ("How often should I water a tomato?", "garden.txt", ""),
        ("kırtasiyeye ne kadar harcandı", "butce.xlsx", "Gider"),
    ],
)
def test_a_question_in_each_language_finds_its_passage(
    library: dict[str, Document], question: str, name: str, place: str
) -> None:
    source = asyncio.run(ask(question)).sources[0]
    assert (source["n"], source["name"], source["heading"]) == (1, name, place)
    assert source["document"] in {document.pk for document in library.values()}
