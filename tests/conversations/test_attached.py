"""Whoever names a hash gets the file: so a hash is one, everywhere, and an import names what is its own."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.models import Upload
from chat.prompting import attachments
from conversations.attachments import AttachmentStore
from conversations.export import export_document
from conversations.files.store import FileStore
from conversations.importers import import_file
from conversations.shapes import parts_of
from core.hashes import is_sha256
from rag import files
from tests.conversations.samples import ID, conversation, user

SECRET = b"the secret file of ada"
NO_HASHES = (
    "../../../logout/",
    "",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "g" * 64,
    "a" * 64 + "\n",
    "\n" + "a" * 64,
    "a" * 60 + "/../",
    "٠" * 64,
    "ａ" * 64,
    "a" * 63 + "\0",
    None,
    7,
    ["a" * 64],
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("wrong", NO_HASHES)
def test_what_is_no_hash_is_one_at_no_edge(wrong: Any, data_dir: Path) -> None:
    assert not is_sha256(wrong)
    part = {"type": "file", "sha256": wrong, "name": "a.txt", "mime": "text/plain", "bytes": 1}
    assert parts_of({"parts": [part, {**part, "sha256": "a" * 64}]}) == [{**part, "sha256": "a" * 64}]
    if isinstance(wrong, str):
        assert AttachmentStore(data_dir).path(wrong) is None
        assert files.path_of(wrong) is None


def file_part(sha256: Any, kind: str = "file", **more: Any) -> dict[str, Any]:
    return {"type": kind, "sha256": sha256, "name": "stolen.txt", "mime": "text/plain", "bytes": 1, **more}


def said(*parts: Any) -> dict[str, Any]:
    return {**user("u1"), "parts": [{"type": "text", "text": "hello"}, *parts]}


def as_lines(records: list[Any], brought: dict[str, str]) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def as_export(records: list[Any], brought: dict[str, str]) -> str:
    return json.dumps({"divan": 1, "records": records, "attachments": brought})


@pytest.fixture
def secret(data_dir: Path) -> str:
    """Ada's, who uploaded it."""
    sha256 = AttachmentStore(data_dir).add(SECRET).sha256
    Upload.objects.create(owner="ada", sha256=sha256, name="secret.txt", mime="text/plain", size=len(SECRET))
    return sha256


def imported(store: FileStore, tmp_path: Path, owner: str, document: str) -> list[str]:
    """The hashes that the conversation names once it is in."""
    path = tmp_path / "given.json"
    path.write_text(document)
    report = import_file(store.folders.data, path, owner)
    [made] = report.ids
    text = store.folders.path(made).read_text()
    assert "stolen.txt" in text or not report.mended
    records = [json.loads(line) for line in text.splitlines()]
    return [part["sha256"] for record in records for part in record.get("parts", []) if "sha256" in part]


@pytest.mark.parametrize("write", [as_lines, as_export])
@pytest.mark.parametrize("kind", ["file", "image", "video", "of a kind to come", None])
def test_an_import_names_no_file_of_anothers(
    store: FileStore, tmp_path: Path, secret: str, write: Callable[..., str], kind: Any
) -> None:
    later = {"type": "later", "at": "x", "parts": [file_part(secret)]}
    records = [conversation(), said(file_part(secret, kind)), later]
    assert imported(store, tmp_path, "mallory", write(records, {})) == []


@pytest.mark.parametrize("write", [as_lines, as_export])
@pytest.mark.parametrize("kind", ["tool_result", "of a kind to come"])
def test_an_import_names_no_file_of_anothers_as_a_long_result(
    store: FileStore, tmp_path: Path, secret: str, write: Callable[..., str], kind: str
) -> None:
    result = {"type": kind, "id": "c", "content": "stolen.txt", "is_error": False, "attachments": [secret, 7]}
    for owner, expected in {"mallory": [], "ada": [secret]}.items():
        imported(store, tmp_path, owner, write([conversation(), said(result)], {}))
        (_, message) = [json.loads(line) for line in store.folders.path(ID).read_text().splitlines()][:2]
        assert message["parts"][-1]["attachments"] == expected
        store.trash(ID)
        store.trashed.purge(ID)


def test_a_long_result_is_found_by_its_conversation_and_travels_with_it(
    store: FileStore, tmp_path: Path, secret: str
) -> None:
    result = {"type": "tool_result", "id": "c", "name": "look", "content": "the", "is_error": False}
    records = [conversation(), said({**result, "truncated": True, "attachments": [secret]})]
    imported(store, tmp_path, "ada", as_lines(records, {}))
    Upload.objects.all().delete()
    found = attachments.find_in_conversations("ada", secret)
    assert found is not None
    assert (found["name"], found["bytes"]) == ("look.txt", len(SECRET))
    assert attachments.find_in_conversations("mallory", secret) is None
    kept = AttachmentStore(store.folders.data)
    document = json.loads(export_document(store.open(ID), kept, "json").data)
    assert base64.b64decode(document["attachments"][secret]) == SECRET
    markdown = export_document(store.open(ID), kept, "markdown")
    assert markdown.attachments == (secret,)
    assert f"(attachments/{secret})" in markdown.data.decode()


@pytest.mark.parametrize("wrong", NO_HASHES)
def test_an_import_names_nothing_that_is_no_hash(store: FileStore, tmp_path: Path, wrong: Any) -> None:
    document = as_export([conversation(), said(file_part(wrong))], {})
    assert imported(store, tmp_path, "mallory", document) == []


def test_what_came_along_and_what_is_ones_own_stays(store: FileStore, tmp_path: Path, secret: str) -> None:
    theirs = AttachmentStore.name(b"mine")
    brought = {theirs: base64.b64encode(b"mine").decode(), secret: base64.b64encode(b"other").decode()}
    records = [conversation(), said(file_part(theirs), file_part(secret))]
    assert imported(store, tmp_path, "mallory", as_export(records, brought)) == [theirs]
    store.trash(ID)
    store.trashed.purge(ID)
    assert imported(store, tmp_path, "ada", as_export(records, brought)) == [theirs, secret]


def test_what_another_conversation_of_ones_own_names_may_be_named_again(
    store: FileStore, tmp_path: Path, secret: str
) -> None:
    first = imported(store, tmp_path, "ada", as_lines([conversation(), said(file_part(secret))], {}))
    Upload.objects.all().delete()
    again = [conversation(ID[:-1] + "a"), said(file_part(secret))]
    assert imported(store, tmp_path, "ada", as_lines(again, {})) == first == [secret]
    other = [conversation(ID[:-1] + "b"), said(file_part(secret))]
    assert imported(store, tmp_path, "mallory", as_lines(other, {})) == []


def test_without_accounts_everything_is_ones_own(
    store: FileStore, tmp_path: Path, secret: str, settings: Any
) -> None:
    settings.AUTH_MODE = "local"
    document = as_lines([conversation(), said(file_part(secret))], {})
    assert imported(store, tmp_path, "local", document) == [secret]
