"""The index in the admin: figures and no message text, quick however many there are, keys hidden."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.admin import storage
from conversations.admin.columns import DatedRows
from conversations.admin.raw import HIDDEN, PAGE, hide_keys
from conversations.admin.storage import Kept
from conversations.errors import StorageError
from conversations.files.store import FileStore
from conversations.index.indexing import index_conversation
from conversations.models import Conversation, Response
from core.originals.base import OriginalsAwayError

from .samples import ID, answer, conversation, one_of_each, user

SECRET = "the words of a message"
KEY = "sk-ThisIsAKeyOfSomebody1234"
MANY = 5_000
ADMIN = "/admin/conversations/conversation/"
RESPONSES = "/admin/conversations/response/"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client(headers={"host": "127.0.0.1", "accept-language": "en"})
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


@pytest.fixture
def kept(store: FileStore, db: None) -> FileStore:
    store.create(conversation(title="Cats"), user("u1", text=f"{SECRET} {KEY}"), answer("a1", "u1"))
    index_conversation(store, ID)
    return store


def text(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", [ADMIN, f"{ADMIN}{ID}/change/", RESPONSES, f"{ADMIN}storage/"])
def test_figures_are_shown_and_no_message(admin: Client, kept: FileStore, path: str) -> None:
    page = text(admin, path)
    assert ID in page or "ada" in page
    assert SECRET not in page


def test_storage_says_of_the_place_that_all_share_how_much_is_there(
    admin: Client, kept: FileStore, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def places() -> dict[str, Kept]:
        return {one.name: one for one in admin.get(f"{ADMIN}storage/").context["places"]}

    size = kept.open(ID).size
    here = places()
    assert here["conversations"] == Kept("conversations", str(settings.DATA_DIR / "conversations"), 1, size)
    assert (here["trash"].count, here["attachments"].count) == (0, 0)
    assert here["database"].bytes is None or here["database"].bytes > 0

    settings.STORE, settings.FILES_URL = "postgresql", "s3://bucket/prefix?endpoint=http://secret.example"
    monkeypatch.setattr(storage, "current_store", lambda: Elsewhere())
    monkeypatch.setattr(storage, "home_of_all", lambda: Elsewhere())
    shared = places()
    assert shared["conversations"] == Kept("conversations", "PostgreSQL", 7, 800)
    assert shared["trash"] == Kept("trash", "PostgreSQL", None, None)
    assert shared["attachments"] == Kept("attachments", "s3://bucket/prefix", 2, 50)
    assert shared["documents"] == Kept("documents", "s3://bucket/prefix", None, None)
    assert "secret.example" not in text(admin, f"{ADMIN}storage/")


class Elsewhere:
    """What all machines share: half of it does not answer."""

    def measure(self, place: str = "", *, trashed: bool = False) -> tuple[int, int]:
        if trashed:
            raise StorageError("PostgreSQL does not answer")
        if place == "documents":
            raise OriginalsAwayError("the S3 service does not answer")
        return (2, 50) if place else (7, 800)


def test_the_file_is_shown_with_what_looks_like_a_key_hidden(admin: Client, kept: FileStore) -> None:
    page = text(admin, f"{ADMIN}{ID}/raw/")
    assert SECRET in page
    assert HIDDEN in page
    assert KEY not in page
    assert admin.get(f"{ADMIN}20260101-000000-aaaaaaaa/raw/").status_code == 404
    assert admin.get(f"{ADMIN}not-an-id/raw/").status_code == 404


@pytest.mark.parametrize(
    "secret", [KEY, "hf_abcdefghijklmnop", "AIzaSyA1234567890abcdefgh", "Bearer abcdefgh12345"]
)
def test_a_key_is_hidden_wherever_a_page_ends(secret: str) -> None:
    whole = f"before {secret} after".encode()
    for cut in range(len(whole)):
        shown = hide_keys(b"", whole[:cut], whole[cut:]) + hide_keys(whole[:cut], whole[cut:])
        assert secret not in shown
        assert secret.removeprefix("Bearer ")[:6] not in shown


def test_a_long_file_is_shown_page_by_page(admin: Client, kept: FileStore) -> None:
    kept.append(ID, [user("u2", "a1", text="ğ" * PAGE), user("u3", "a1", text="at the end")])
    assert "at the end" not in text(admin, f"{ADMIN}{ID}/raw/")
    assert "at the end" in text(admin, f"{ADMIN}{ID}/raw/", page="3")
    assert "at the end" in text(admin, f"{ADMIN}{ID}/raw/", page="999")


def test_whoever_may_not_look_is_refused(kept: FileStore, settings: Any) -> None:
    settings.AUTH_MODE = "accounts"
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.create_user("clerk", is_staff=True))
    for path in (ADMIN, f"{ADMIN}{ID}/raw/", f"{ADMIN}storage/"):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"damaged": "yes"}, 0),
        ({"damaged": "no"}, 1),
        ({"owner": "ada"}, 1),
        ({"owner": "other"}, 0),
        ({"q": "Cat"}, 1),
    ],
)
def test_conversations_are_filtered(
    admin: Client, kept: FileStore, query: dict[str, str], found: int
) -> None:
    assert admin.get(ADMIN, query).context["cl"].result_count == found


def test_answers_are_filtered(admin: Client, kept: FileStore) -> None:
    for query, found in (
        ({"status": "complete"}, 1),
        ({"status": "failed"}, 0),
        ({"error_code": "timeout"}, 0),
    ):
        assert admin.get(RESPONSES, query).context["cl"].result_count == found


def test_labels_are_in_the_readers_language(admin: Client, kept: FileStore) -> None:
    turkish = admin.get(ADMIN, headers={"host": "127.0.0.1", "accept-language": "tr"}).content.decode()
    russian = admin.get(ADMIN, headers={"host": "127.0.0.1", "accept-language": "ru"}).content.decode()
    assert "son mesaj" in turkish.lower()
    assert "последнее сообщение" in russian.lower()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["year", "month", "day"])
def test_dates_are_those_that_django_finds(kind: Literal["year", "month", "day"]) -> None:
    begin = datetime(2023, 12, 31, 23, 59, tzinfo=UTC)
    for number in range(40):
        moment = begin + timedelta(days=17 * number)
        Conversation.objects.create(id=f"c{number}", owner="local", created=moment, updated=moment)
    expected = list(Conversation.objects.datetimes("updated", kind))
    assert DatedRows(Conversation).datetimes("updated", kind) == expected


def test_a_list_of_many_costs_few_rows(admin: Client) -> None:
    """Nothing but counting goes over all rows: no query asks the database to cut each row's date."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    Conversation.objects.bulk_create(
        Conversation(id=f"c{number}", owner="local", created=begin, updated=begin + timedelta(minutes=number))
        for number in range(MANY)
    )
    for path in (ADMIN, RESPONSES):
        with CaptureQueriesContext(connection) as queries:
            text(admin, path)
        assert [query["sql"] for query in queries if "trunc" in query["sql"].lower()] == []
        assert len(queries) < 30
    assert Response.objects.count() == 0


def test_reading_anew_takes_in_what_changed(admin: Client, store: FileStore) -> None:
    store.create(conversation(), *one_of_each()[1:])
    index_conversation(store, ID)
    Conversation.objects.update(title="wrong")
    admin.post(ADMIN, {"action": "reindex", "_selected_action": [ID]})
    assert Conversation.objects.get().title != "wrong"
