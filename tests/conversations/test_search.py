from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, router
from django.test.utils import CaptureQueriesContext

from conversations.files.store import FileStore
from conversations.index.folder_watch import FolderWatch, take_in
from conversations.index.indexing import index_conversation, reindex_all
from conversations.models import MessageEntry
from conversations.records import Record
from conversations.search import Filters, MessageHit, find_matches, search_messages
from conversations.search.find import SOME
from conversations.search.terms import Phrase, fold_text, parse_query
from core.text.folding import fold_word
from tests.core.spellings import FOUND
from tests.databases import migrate_back_and_forth

from .samples import ID, answer, conversation, record, user


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İSTANBUL", "istanbul"),
        ("IŞIK", "ışık"),
        ("ISTANBUL", "ıstanbul"),
        ("DİYARBAKIR", "diyarbakır"),
        ("INSIDE", "inside"),
        ("ЁЛКА", "елка"),
        ("ёж", "ЕЖ"),
        ("ÖĞRENME", "öğrenme"),
        ("öğrenme", "ogrenme"),
        ("GÜNEŞ", "gunes"),
        ("Straße", "STRASSE"),
        ("i\u0307stanbul", "İstanbul"),
        ("ﬁne", "fine"),
        ("École", "ecole"),
    ],
)
def test_these_are_one_word(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)
    assert len(fold_text(one)) == 1


@pytest.mark.parametrize(("one", "other"), [("мой", "мои"), ("kar", "kâğıt"), ("год", "гот")])
def test_these_are_two_words(one: str, other: str) -> None:
    assert fold_word(one) != fold_word(other)


def test_a_query_is_words_that_may_go_on_and_quotes_that_may_not() -> None:
    assert parse_query('kitap "Kırmızı Kalem" İstanbul\'da') == [
        Phrase(("kitap",), prefix=True),
        Phrase(("kirmizi", "kalem"), prefix=False),
        Phrase(("istanbul", "da"), prefix=True),
    ]
    assert parse_query("東京") == [Phrase(("東", "京"), prefix=False)]
    assert parse_query('!? " -- *') == []


TEXTS = {
    "a1": "İstanbul'da güneşli bir gün. Kitaplar masanın üstünde.",
    "a2": "Ёлка стоит в углу, а под ней подарки.",
    "a3": "The quick brown fox AND the lazy dog; it's NEAR(here).",
    "a4": "東京は日本の首都です。",
    "a5": "see foo_bar-baz at https://example.org/path?q=1 v2.5",
    "a6": "NUL \0 and ' quote and \\ backslash : colon",
}


@pytest.fixture
def searched(store: FileStore, database: str) -> FileStore:
    store.create(conversation(title="Seyahat planı"), user("u1", text="Neden?"))
    for message, text in TEXTS.items():
        store.append(ID, [answer(message, "u1", text)])
    hidden = "kirpi"
    store.append(ID, [user("u2", text=hidden), answer("below", "u2", hidden), record("delete", message="u2")])
    other = "20260101-000000-aaaaaaaa"
    store.create(conversation(other, owner="grace", title="İstanbul"), user("u1", text="kitap"))
    reindex_all(store)
    return store


def found(store: FileStore, query: str, **filters: object) -> list[str | None]:
    hits = search_messages(store, "ada", query, filters=Filters(**filters))  # type: ignore[arg-type]
    return sorted((hit.message or "title") for hit in hits)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("istanbul", ["a1"]),
        ("ISTANBUL", ["a1"]),
        ("kitap", ["a1"]),
        ("kitaplar gunes", ["a1"]),
        ('"güneşli bir gün"', ["a1"]),
        ('"bir güneşli gün"', []),
        ('"kitap"', []),
        ("елка", ["a2"]),
        ("ЁЛКА ПОДАР", ["a2"]),
        ("quick AND fox", ["a3"]),
        ("near(here", ["a3"]),
        ("NOT", []),
        ("首都", ["a4"]),
        ("foo_bar", ["a5"]),
        ("example.org", ["a5"]),
        ("v2.5", ["a5"]),
        ("' quote", ["a6"]),
        ("quote' OR 1=1 --", []),
        ("\\ backslash", ["a6"]),
        ("scope:colon", []),
        ("seyahat", ["title"]),
        ("plani", ["title"]),
        ("kirpi", []),
        ("", []),
        ("***", []),
        ("a" * 5000, []),
        ('"', []),
    ],
)
def test_what_is_found(searched: FileStore, query: str, expected: list[str]) -> None:
    assert found(searched, query) == expected


def test_calls_of_tools_are_found_and_of_their_results_how_they_begin(
    store: FileStore, database: str
) -> None:
    asked = {
        "type": "tool_call",
        "id": "c",
        "name": "jira__find_issue",
        "arguments": '{"query": "armadillo"}',
    }
    page = "pangolin " + "filler " * 40_000 + "wombat"
    gave = {"type": "tool_result", "id": "c", "content": page, "is_error": False}
    parts = [asked, gave, {"type": "text", "text": "Both are mammals."}]
    store.create(conversation(), user("u1"), answer("a1", "u1", parts=parts))
    reindex_all(store)
    for query, expected in {
        "armadillo": ["a1"],
        "jira__find": ["a1"],
        "pangolin": ["a1"],
        "mammals": ["a1"],
        "wombat": [],
    }.items():
        assert (query, found(store, query)) == (query, expected)
    (hit,) = search_messages(store, "ada", "armadillo")
    assert "armadillo" in hit.snippet


def test_other_spellings_are_found(store: FileStore, database: str) -> None:
    store.create(conversation(), user("u1", text="?"))
    for number, text in enumerate(FOUND.values()):
        store.append(ID, [answer(f"m{number}", "u1", text)])
    reindex_all(store)
    missed = [query for number, query in enumerate(FOUND) if f"m{number}" not in found(store, query)]
    assert missed == ["اسلام"], "the article is a part of the word here"


def test_an_index_made_by_older_rules_is_made_anew(store: FileStore, database: str) -> None:
    store.create(conversation(), user("u1", text="Łódź"))
    reindex_all(store)
    using = router.db_for_write(MessageEntry)
    migrate_back_and_forth(using, "conversations", "0005")
    assert found(store, "lodz") == []
    take_in(store, FolderWatch(store).look())
    assert found(store, "lodz") == ["u1"]


def test_a_hit_shows_the_words_around_it(searched: FileStore) -> None:
    (hit,) = search_messages(searched, "ada", "KİTAP masa")
    assert isinstance(hit, MessageHit)
    assert hit.conversation.id == ID
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Kitaplar", "masanın"]
    (title,) = search_messages(searched, "ada", "seyahat")
    assert (title.message, title.snippet, title.marks) == (None, "Seyahat planı", [(0, 7)])


def test_a_snippet_of_a_long_text_begins_at_a_word_near_the_hit(store: FileStore, database: str) -> None:
    text = "önce " * 300 + "aranan kelime " + "sonra " * 300
    store.create(conversation(), user("u1", text=text))
    index_conversation(store, ID)
    (hit,) = search_messages(store, "ada", '"aranan kelime"')
    assert hit.snippet.startswith("önce")
    assert len(hit.snippet) == 200
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["aranan kelime"]


def test_what_is_appended_is_found_and_an_old_title_is_not(searched: FileStore) -> None:
    searched.append(ID, [answer("new", "u1", "Zürafa"), record("settings", title="Hayvanlar")])
    index_conversation(searched, ID)
    assert found(searched, "zürafa") == ["new"]
    assert found(searched, "hayvan") == ["title"]
    assert found(searched, "seyahat") == []
    searched.append(ID, [record("delete", message="new")])
    index_conversation(searched, ID)
    assert found(searched, "zürafa") == []


def test_a_trashed_conversation_is_not_found(searched: FileStore) -> None:
    searched.trash(ID)
    index_conversation(searched, ID)
    assert found(searched, "istanbul") == []


def test_nobody_finds_what_is_anothers(searched: FileStore) -> None:
    assert [hit.conversation.owner for hit in search_messages(searched, "grace", "istanbul kitap")] == []
    assert [hit.message for hit in search_messages(searched, "grace", "istanbul")] == [None]
    assert search_messages(searched, "", "istanbul") == []


def test_filters_narrow_a_search(searched: FileStore) -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    assert found(searched, "istanbul", model="echo/echo") == ["a1"]
    assert found(searched, "istanbul", model="gemini/flash") == []
    assert found(searched, "istanbul", until=now) == ["a1"]
    assert found(searched, "istanbul", since=now) == []
    assert found(searched, "istanbul", archived=True) == []


def test_a_file_changed_behind_the_index_gives_no_wrong_snippet(searched: FileStore) -> None:
    data = searched.folders.path(ID).read_bytes()
    searched.folders.path(ID).write_bytes(data.replace("İstanbul".encode(), b"Ankara"))
    hits = search_messages(searched, "ada", "istanbul")
    assert [hit.snippet for hit in hits if "Ankara" in hit.snippet and hit.marks] == []


def test_of_a_word_that_stands_everywhere_the_newest_are_found_and_older_ones_where_a_filter_asks(
    store: FileStore, database: str
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = [f"{start + timedelta(minutes=number):%Y%m%d-%H%M%S}-aaaaaaaa" for number in range(4)]
    for number, name in enumerate(made):
        records: list[Record] = [user(f"u{message}", None, "her") for message in range(SOME // 2)]
        if number == 0:
            records.append(record("settings", folder="Old"))
        store.create(conversation(name), *records)
    reindex_all(store)
    assert len(find_matches("ada", "her")) > SOME
    hits = search_messages(store, "ada", "her", limit=30)
    assert [hit.conversation.pk for hit in hits] == [made[-1]] * 30
    old = search_messages(store, "ada", "her", filters=Filters(folder="Old"), limit=30)
    assert [hit.conversation.pk for hit in old] == [made[0]] * 30


def test_a_search_asks_the_database_as_often_for_many_messages_as_for_few(
    store: FileStore, database: str
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connections[router.db_for_read(MessageEntry)]) as queries:
            assert search_messages(store, "ada", "her", filters=Filters(has_branches=False))
        return len(queries)

    store.create(conversation(ID), user("u1", None, "her"))
    reindex_all(store)
    few = asked()
    for number in range(20):
        name = f"20260101-0000{number:02d}-aaaaaaaa"
        store.create(conversation(name), *(user(f"u{message}", None, "her") for message in range(40)))
    reindex_all(store)
    assert asked() == few
