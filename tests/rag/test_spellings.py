"""What is typed finds other spellings of it in documents, on both databases."""

import asyncio

from django.db import connections, router

from rag import retrieval
from rag.models import Passage
from rag.store import store
from rag.words import stems, words
from tests.core.spellings import FOUND
from tests.databases import migrate_back_and_forth
from tests.rag.test_retrieval import give


def finds(query: str, text: str) -> bool:
    """Whether a passage holds `text`, line ends that nobody sees apart."""
    unseen = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
    hits = asyncio.run(retrieval.find_passages("ada", "", query))
    return any(text.translate(unseen) in hit.text for hit in hits)


def test_other_spellings_are_found(database: str) -> None:
    for number, text in enumerate(FOUND.values()):
        give(f"{number}.txt", f"{text}.")
    assert [query for query, text in FOUND.items() if not finds(query, text)] == []


def test_by_its_words_alone_each_is_found(database: str) -> None:
    """Without the vectors, which forgive more."""
    for number, text in enumerate(FOUND.values()):
        give(f"{number}.txt", f"{text}.")
    missed = []
    for query in FOUND:
        wanted = sorted({stem for _, _, word in words(query) for stem in stems(word)})
        if not store().words.counts(wanted).of:
            missed.append(query)
    assert missed == []


def test_an_index_made_by_older_rules_is_made_anew(database: str) -> None:
    give("a.txt", "Łódź ve हिन्दी.")
    using = router.db_for_write(Passage)
    with connections[using].cursor() as cursor:
        cursor.execute("DELETE FROM rag_search")
    assert store().words.counts(["lodz"]).of == {}
    migrate_back_and_forth(using, "rag", "0002")
    assert store().words.counts(["lodz", *stems("हिंदी")]).of == {"lodz": 1, "हिंद": 1}
