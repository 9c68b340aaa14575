import asyncio
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import AsyncClient
from pytest_django.fixtures import Settings

from rag import access
from rag.models import Document, Status
from rag.store.vector_rows import VectorRows
from tests.rag import makers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def mounted(settings: Settings) -> None:
    """The router alone: who may ask, and from where, is the project's."""
    settings.ROOT_URLCONF = "tests.rag.urls"
    settings.MIDDLEWARE = []


class Client:
    def __init__(self, user: str) -> None:
        self._client = AsyncClient()
        self._who = {"X-User": user}

    async def raw(self, path: str) -> Any:
        return await self._client.get(f"/api/documents{path}", headers=self._who)

    async def get(self, path: str = "") -> Any:
        answer = await self._client.get(f"/api/documents{path}", headers=self._who)
        return answer.json() if answer.status_code == 200 else answer

    async def post(self, path: str, body: Any = None) -> Any:
        return await self._client.post(
            f"/api/documents{path}", body, content_type="application/json", headers=self._who
        )

    async def delete(self, path: str) -> Any:
        return await self._client.delete(f"/api/documents{path}", headers=self._who)

    async def upload(self, *files: tuple[str, bytes], **form: str) -> Any:
        given = [SimpleUploadedFile(name, data) for name, data in files]
        return await self._client.post("/api/documents", {"files": given, **form}, headers=self._who)

    async def ready(self, conversation: str = "") -> list[dict[str, Any]]:
        """The list, once nothing waits."""
        deadline = time.monotonic() + 30
        while True:
            listed = await self.get(f"?conversation={conversation}")
            if not listed["waiting"]:
                return list(listed["documents"])
            assert time.monotonic() < deadline, listed
            await asyncio.sleep(0.05)


@pytest.fixture
def ada() -> Client:
    return Client("ada")


@pytest.fixture
def grace() -> Client:
    return Client("grace")


async def test_several_files_are_given_read_and_searched(ada: Client) -> None:
    answer = await ada.upload(
        ("Kira.txt", "Kira sözleşmesi mart ayında biter.".encode()),
        ("plan.pdf", makers.pdf(["Первый этап: фундамент.", "Второй этап: крыша."])),
        ("broken.docx", b"PK\x03\x04 no archive"),
    )
    assert answer.status_code == 201
    assert [row["name"] for row in answer.json()["documents"]] == ["Kira.txt", "plan.pdf", "broken.docx"]
    listed = {row["name"]: row for row in await ada.ready()}
    assert listed["plan.pdf"] | {"id": 0, "made": "", "size": 0} == {
        "id": 0, "name": "plan.pdf", "kind": "pdf", "size": 0, "pages": 2, "passages": 2, "status": "ready",
        "progress": 100, "error": None, "conversation": "", "url": "", "made": "",
    }  # fmt: skip
    assert listed["broken.docx"]["status"] == "failed"
    assert listed["broken.docx"]["error"] == {
        "code": "broken",
        "message": "The file is damaged and cannot be read.",
    }
    found = (await ada.post("/search", {"question": "Kira ne zaman bitiyor?"})).json()
    first = found["passages"][0]
    assert (first["n"], first["name"], first["document"]) == (1, "Kira.txt", listed["Kira.txt"]["id"])
    start, end = first["matches"][0]
    assert first["passage"][start:end] == "Kira"
    assert 0 < first["score"] <= 1
    assert 0 < first["words"] <= 1
    assert 0 < first["cosine"] <= 1


async def test_a_list_and_the_number_that_waits_are_of_one_moment(ada: Client) -> None:
    """Every document becomes ready right after the first statement that reads any."""
    for conversation, status in (("", Status.WAITING), ("c1", Status.READING)):
        into = await sync_to_async(access.collection)("ada", conversation)
        await Document.objects.acreate(
            collection=into, sha256=f"{conversation:0>64}", name="a.txt", status=status
        )

    def finish(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "rag_document" in sql and not finished:
            finished.append(sql)
            Document.objects.update(status=Status.READY)
        return result

    def listed() -> tuple[list[Document], int]:
        with connection.execute_wrapper(finish):
            return access.list_documents("ada", "c1", 100)

    finished: list[str] = []
    rows, unread = await sync_to_async(listed)()
    assert finished
    assert ([row.status for row in rows], unread) == ([Status.READING], 2)
    rows, unread = await sync_to_async(listed)()
    assert ([row.status for row in rows], unread) == ([Status.READY], 0)
    assert await sync_to_async(access.list_documents)("ada", "none", 100) == ([], 0)


async def test_a_question_about_nothing_that_is_there_finds_nothing(ada: Client) -> None:
    await ada.upload(("Kira.txt", "Kira sözleşmesi mart ayında biter.".encode()))
    await ada.ready()
    found = await ada.post("/search", {"question": "Which telescope photographed Neptune?"})
    assert found.json() == {"passages": [], "waiting": 0}


async def test_a_question_reads_no_vectors_that_were_read_for_it_before(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.upload(("Kira.txt", "Kira sözleşmesi mart ayında biter.".encode()))
    await ada.ready()
    read: list[int] = []
    original = VectorRows.read

    def counted(self: VectorRows, passages: Any, dimensions: int = 0) -> Any:
        read.extend(passages)
        return original(self, passages, dimensions)

    monkeypatch.setattr(VectorRows, "read", counted)
    assert (await ada.post("/warm", {})).status_code == 204
    assert len(read) == 1
    found = (await ada.post("/search", {"question": "Kira ne zaman bitiyor?"})).json()
    assert found["passages"][0]["cosine"] > 0
    assert len(read) == 1


async def test_nobody_sees_finds_changes_or_takes_what_is_another_s(ada: Client, grace: Client) -> None:
    await ada.upload(("secret.txt", b"the vault code is under the lamp"))
    (row,) = await ada.ready()
    number = row["id"]
    assert (await grace.get())["documents"] == []
    for body in ({"question": "vault code"}, {"question": "vault code", "documents": [number]}):
        assert (await grace.post("/search", body)).json()["passages"] == []
        assert len((await ada.post("/search", body)).json()["passages"]) == 1
    for answer in (
        await grace.get(f"/{number}"),
        await grace.get(f"/{number}/original"),
        await grace.post(f"/{number}/retry"),
        await grace.post(f"/{number}/cancel"),
        await grace.delete(f"/{number}"),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"
    assert (await ada.get(f"/{number}"))["status"] == "ready"


async def test_a_file_that_is_there_already_is_named(ada: Client) -> None:
    first = (await ada.upload(("a.txt", b"zebra"))).json()
    number = first["documents"][0]["id"]
    assert first["already"] == []
    both = await ada.upload(("b.txt", b"zebra"), ("c.txt", b"lion"))
    assert both.status_code == 201
    assert both.json()["already"] == [{"name": "b.txt", "document": number}]
    assert [row["name"] for row in both.json()["documents"]] == ["a.txt", "c.txt"]
    again = await ada.upload(("b.txt", b"zebra"))
    assert (again.status_code, again.json()["already"]) == (200, both.json()["already"])
    elsewhere = await ada.upload(("b.txt", b"zebra"), conversation="c-1")
    assert (elsewhere.status_code, elsewhere.json()["already"]) == (201, [])
    assert {row["name"] for row in await ada.ready()} == {"a.txt", "c.txt"}


async def test_a_conversation_s_own_documents_are_found_in_it_alone(ada: Client) -> None:
    await ada.upload(("own.txt", b"zebra in the library"))
    await ada.upload(("here.txt", b"zebra in the conversation"), conversation="c-1")
    assert [row["name"] for row in await ada.ready("c-1")] == ["here.txt"]
    assert [row["name"] for row in await ada.ready()] == ["own.txt"]
    everywhere = (await ada.post("/search", {"question": "zebra", "conversation": "c-1"})).json()["passages"]
    outside = (await ada.post("/search", {"question": "zebra"})).json()["passages"]
    assert {source["name"] for source in everywhere} == {"own.txt", "here.txt"}
    assert [source["name"] for source in outside] == ["own.txt"]


async def test_deleting_a_document_removes_its_passages_and_its_original(ada: Client) -> None:
    await ada.upload(("a.txt", b"zebra"))
    (row,) = await ada.ready()
    assert (await ada.delete(f"/{row['id']}")).status_code == 204
    assert (await ada.post("/search", {"question": "zebra"})).json()["passages"] == []
    assert (await ada.delete(f"/{row['id']}")).status_code == 404


async def test_the_original_is_a_download_and_never_a_page(ada: Client) -> None:
    page = b"<html><script>alert(1)</script><p>text</p></html>"
    await ada.upload(("page.html", page))
    (row,) = await ada.ready()
    answer = await ada.raw(f"/{row['id']}/original")
    assert b"".join([block async for block in answer.streaming_content]) == page
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert "sandbox" in answer["Content-Security-Policy"]


async def test_what_is_over_the_limit_is_refused_and_the_rest_is_kept(
    ada: Client, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    answer = await ada.upload(("big.txt", b"x" * 200), ("small.txt", b"zebra"))
    assert answer.status_code == 201
    assert [row["name"] for row in answer.json()["documents"]] == ["small.txt"]
    assert answer.json()["refused"][0]["name"] == "big.txt"
    assert answer.json()["refused"][0]["error"]["code"] == "too_large"
    alone = await ada.upload(("big.txt", b"x" * 200))
    assert alone.status_code == 413
    assert alone.json()["error"]["code"] == "too_large"
    await ada.ready()


async def test_a_document_that_failed_can_be_tried_again_and_a_ready_one_cannot(ada: Client) -> None:
    await ada.upload(("a.txt", b"zebra"))
    (row,) = await ada.ready()
    assert (await ada.post(f"/{row['id']}/retry")).status_code == 409
    assert (await ada.post(f"/{row['id']}/cancel")).json()["error"]["code"] == "conflict"
    await Document.objects.filter(pk=row["id"]).aupdate(status=Status.FAILED, error="timeout")
    again = await ada.post(f"/{row['id']}/retry")
    assert (again.status_code, again.json()["error"]) == (200, None)
    assert [one["status"] for one in await ada.ready()] == ["ready"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "http://user:password@example.org/",
        "http://exa mple.org/",
        "http:\\\\example.org",
        "http://[::1",
        "javascript:alert(1)",
        "//example.org/x",
    ],
)
async def test_an_address_that_is_none_is_refused_at_once(ada: Client, url: str) -> None:
    answer = await ada.post("/url", {"url": url})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"


async def test_an_address_inside_the_server_s_network_is_refused(ada: Client) -> None:
    answer = await ada.post("/url", {"url": "http://127.0.0.1:1/latest/meta-data"})
    assert answer.status_code == 201
    (row,) = await ada.ready()
    assert (row["status"], row["error"]["code"]) == ("failed", "address")


async def test_a_question_of_hostile_text_is_only_a_question(ada: Client) -> None:
    await ada.upload(("a.txt", b"zebra"))
    await ada.ready()
    for question in ("\0", "' OR 1=1 --", '"', "*", "zebra\0zebra"):
        answer = await ada.post("/search", {"question": question})
        assert answer.status_code == 200
    assert (await ada.post("/search", {"question": "x", "documents": [2**70]})).status_code == 422
