"""Attachments and documents while what keeps their files is away, refuses, is full or breaks off: a folder,
an S3 service, rows of the database."""

import asyncio
import errno
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import AsyncClient
from django.utils import translation
from pytest_django import Settings

from chat.models import Upload
from chatbot_project.api_errors import chat_error_of
from conversations import export_child
from conversations.attachments import AttachmentStore
from conversations.export.archive import FAILED, zip_documents
from conversations.export.child_process import export_in_child
from conversations.export.document import ExportDocument
from conversations.store.lines import encode_record
from core.originals import bucket, choice
from core.originals.base import AWAY
from core.originals.rows import RowHome
from rag import worker
from rag.models import Document
from tests.conversations.samples import ID, conversation, user
from tests.services.network import free_port
from tests.services.object_storage import ObjectStorage

pytestmark = pytest.mark.django_db(transaction=True)
Break = Callable[[pytest.MonkeyPatch, ObjectStorage, Path], None]
KEPT, NEW = b"what was kept before " * 50, b"what comes meanwhile " * 50
ALL = frozenset({"attach", "upload", "download attachment", "download document", "delete document", "export"})
READS = frozenset({"download attachment", "download document", "export"})
WRITES = frozenset({"attach", "upload"})


def refusing(status: int) -> Break:
    return lambda patch, storage, _: patch.setattr(storage, "refusing", status)


def failing(how: str) -> Break:
    return lambda patch, storage, _: patch.setattr(storage, "failing", how)


def hang(patch: pytest.MonkeyPatch, storage: ObjectStorage, _: Path) -> None:
    patch.setattr(bucket, "ANSWERED", timedelta(seconds=0.2))
    choice.bucket_at.cache_clear()
    storage.failing = "hangs"


def with_wrong_keys(patch: pytest.MonkeyPatch, _: ObjectStorage, __: Path) -> None:
    patch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    choice.bucket_at.cache_clear()


def without_bucket(patch: pytest.MonkeyPatch, storage: ObjectStorage, _: Path) -> None:
    patch.setattr("django.conf.settings.FILES_URL", storage.url.replace("s3://divan", "s3://another"))


def switched_off(patch: pytest.MonkeyPatch, storage: ObjectStorage, _: Path) -> None:
    url = storage.url.replace(str(storage.port), str(free_port()))
    patch.setattr("django.conf.settings.FILES_URL", url)


def system_says(name: str, number: int, *, when: Callable[..., bool] = lambda *_: True) -> Break:
    """os.`name` fails for what lies below the folders of originals."""

    def break_it(patch: pytest.MonkeyPatch, _: ObjectStorage, data_dir: Path) -> None:
        real = getattr(os, name)
        folders = [data_dir / place for place in ("attachments", "documents")]

        def call(what: Any, *more: Any, **options: Any) -> Any:
            path = Path(f"/proc/self/fd/{what}").readlink() if isinstance(what, int) else Path(what)
            if any(path.is_relative_to(folder) for folder in folders) and when(*more):
                raise OSError(number, os.strerror(number), str(path))
            return real(what, *more, **options)

        patch.setattr(os, name, call)

    return break_it


def would_make(*said: Any) -> bool:
    return bool(said and said[0] & os.O_CREAT)


def without_table(_: pytest.MonkeyPatch, __: ObjectStorage, ___: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_originalblock RENAME TO core_originalblock_away")


FAILURES: dict[str, tuple[str, Break, frozenset[str]]] = {
    "the service refuses": ("bucket", refusing(403), ALL),
    "the service fails": ("bucket", refusing(500), ALL),
    "the service is busy": ("bucket", refusing(503), ALL),
    "the service never answers": ("bucket", hang, ALL),
    "the service is switched off": ("bucket", switched_off, ALL),
    "the keys are wrong": ("bucket", with_wrong_keys, ALL),
    "the bucket is gone": ("bucket", without_bucket, ALL),
    "the service breaks off": ("bucket", failing("cut"), READS),
    "the service gives half": ("bucket", failing("short"), READS),
    "the folder is full": ("folder", system_says("fsync", errno.ENOSPC), WRITES),
    "the quota is used up": ("folder", system_says("fsync", errno.EDQUOT), WRITES),
    "the folder is read-only": (
        "folder",
        system_says("open", errno.EROFS, when=would_make),
        WRITES | {"delete document"},
    ),
    "the folder is forbidden": ("folder", system_says("stat", errno.EACCES), ALL - {"export"}),
    "the disk is broken": ("folder", system_says("stat", errno.EIO), ALL - {"export"}),
    "the rows cannot be reached": ("rows", without_table, ALL),
}


class Person:
    def __init__(self, client: AsyncClient, data_dir: Path) -> None:
        self.client = client
        self.data_dir = data_dir
        self.language = "en"
        self.document = 0
        self.sha256 = ""

    @property
    def said(self) -> dict[str, str]:
        return {"accept-language": self.language}

    async def attach(self, data: bytes) -> Any:
        return await self.client.post(
            "/api/attachments", {"file": SimpleUploadedFile("a.bin", data)}, headers=self.said
        )

    async def upload(self, *files: bytes) -> Any:
        given = [SimpleUploadedFile(f"{number}.txt", data) for number, data in enumerate(files)]
        return await self.client.post("/api/documents", {"files": given}, headers=self.said)

    async def have_some(self) -> None:
        self.sha256 = (await self.attach(KEPT)).json()["sha256"]
        self.document = (await self.upload(KEPT)).json()["documents"][0]["id"]
        assert await asyncio.to_thread(worker.wait_until_idle, 30)

    async def do(self, what: str) -> tuple[int, Any]:
        """The status, and the error where there is one."""
        match what:
            case "attach":
                answer = await self.attach(NEW)
            case "upload":
                answer = await self.upload(NEW)
            case "download attachment":
                answer = await self.client.get(f"/api/attachments/{self.sha256}")
            case "download document":
                answer = await self.client.get(f"/api/documents/{self.document}/original")
            case "delete document":
                answer = await self.client.delete(f"/api/documents/{self.document}")
            case _:
                return await self.export()
        if answer.status_code < 300 and what.startswith("download"):
            assert b"".join([block async for block in answer]) == KEPT
        return answer.status_code, answer.json()["error"] if answer.status_code >= 400 else None

    async def export(self) -> tuple[int, Any]:
        lines = lines_with(self.sha256)
        try:
            await asyncio.to_thread(export_in_child, self.data_dir, ID, "json", records=lines)
        except Exception as error:  # noqa: BLE001 -- as the handler of all errors takes it
            said = chat_error_of(error)
            return said.status, said.fields()
        return 200, None


def lines_with(sha256: str) -> list[bytes]:
    part = {"type": "image", "sha256": sha256, "name": "a.png", "mime": "image/png", "bytes": 1}
    return [encode_record(conversation()), encode_record(user("u1", parts=[part]))]


@pytest.fixture
async def person(data_dir: Path, settings: Settings) -> AsyncIterator[Person]:
    settings.AUTH_MODE = "accounts"
    client = AsyncClient()
    await client.aforce_login(await User.objects.acreate(username="ann"))
    choice.bucket_at.cache_clear()
    yield Person(client, data_dir)
    assert await asyncio.to_thread(worker.wait_until_idle, 30)
    choice.bucket_at.cache_clear()


def keep_in(kind: str, settings: Settings, storage: ObjectStorage, patch: pytest.MonkeyPatch) -> None:
    if kind == "bucket":
        patch.setattr(bucket, "RETRIES", 0)
        settings.FILES_URL = storage.url
    elif kind == "rows":
        patch.setattr(choice, "home_of_all", RowHome)
        patch.setattr("conversations.export.child_process.home_of_all", RowHome)


def forget_copies(data_dir: Path) -> None:
    for place in ("attachments", "documents"):
        for path in (data_dir / place).iterdir():
            path.unlink()


async def names() -> tuple[int, int]:
    return await Upload.objects.acount(), await Document.objects.acount()


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_storage_that_fails_is_named_and_nothing_is_lost_or_half_there(
    failure: str,
    person: Person,
    storage: ObjectStorage,
    settings: Settings,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind, break_it, fails = FAILURES[failure]
    keep_in(kind, settings, storage, monkeypatch)
    await person.have_some()
    if kind != "folder":
        forget_copies(data_dir)
    before = await names()
    with monkeypatch.context() as patch:
        await database_sync_to_async(break_it)(patch, storage, data_dir)
        try:
            told = {what: await person.do(what) for what in sorted(fails)}
        finally:
            storage.failing = ""
            if break_it is without_table:
                await database_sync_to_async(put_table_back)()
    choice.bucket_at.cache_clear()
    codes = {what: (status, error and error["code"]) for what, (status, error) in told.items()}
    assert codes == dict.fromkeys(fails, (503, "storage_unavailable"))
    assert all(error["retryable"] and error["message"] == str(AWAY) for _, error in told.values())
    assert await names() == before
    assert drafts(data_dir) == []
    again = [(await person.do(what))[0] for what in ("attach", "upload", *sorted(READS), "delete document")]
    assert again == [201, 201, 200, 200, 200, 204]
    assert await names() == (2, 1)


def put_table_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_originalblock_away RENAME TO core_originalblock")


def drafts(data_dir: Path) -> list[Path]:
    return [
        path
        for place in ("attachments", "documents")
        for path in (data_dir / place).glob(".*")
        if path.name != ".lock"
    ]


@pytest.mark.parametrize("language", ["tr", "ru"])
async def test_the_storage_is_named_in_the_persons_language(
    language: str, person: Person, storage: ObjectStorage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in("bucket", settings, storage, monkeypatch)
    storage.refusing = 403
    person.language = language
    _, attached = await person.do("attach")
    _, uploaded = await person.do("upload")
    with translation.override("en"):
        english = str(AWAY)
    with translation.override(language):
        assert attached["message"] == uploaded["message"] == str(AWAY) != english


async def test_of_several_documents_those_that_were_stored_stay_and_the_others_are_named(
    person: Person, storage: ObjectStorage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in("bucket", settings, storage, monkeypatch)
    put = bucket.BucketHome.put

    def put_the_first(home: bucket.BucketHome, name: str, path: Path) -> None:
        storage.refusing = 507 if storage.objects else 0
        put(home, name, path)

    monkeypatch.setattr(bucket.BucketHome, "put", put_the_first)
    answer = await person.upload(KEPT, NEW)
    storage.refusing = 0
    said = answer.json()
    assert answer.status_code == 201, said
    assert [row["name"] for row in said["documents"]] == ["0.txt"]
    assert [(one["name"], one["error"]["code"]) for one in said["refused"]] == [
        ("1.txt", "storage_unavailable")
    ]
    assert await Document.objects.acount() == 1


def test_a_process_that_exports_says_that_the_folder_cannot_be_read(
    storage: ObjectStorage, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = AttachmentStore(data_dir).add(KEPT).sha256
    lines = b"".join(lines_with(sha256))
    task = {"data_dir": data_dir, "conversation": ID, "format": "json", "scope": "all", "language": "en"}
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    written = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", written)
    with monkeypatch.context() as patch:
        system_says("stat", errno.EIO)(patch, storage, data_dir)
        export_child.carry_out({**task, "lines": len(lines)})
    written.seek(0)
    assert json.loads(written.read())["error"] == "AttachmentsAwayError"


def test_an_archive_names_the_attachments_that_cannot_be_reached(
    storage: ObjectStorage, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachments = AttachmentStore(data_dir)
    sha256 = attachments.add(KEPT).sha256
    document = ExportDocument(ID, "A title", "md", "text/markdown", b"words", (sha256,))
    with monkeypatch.context() as patch:
        system_says("stat", errno.EIO)(patch, storage, data_dir)
        made = b"".join(zip_documents([document], attachments, []))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert f"attachments/{sha256} cannot be reached".encode() in archive.read(FAILED)
        assert len(archive.namelist()) == 2
