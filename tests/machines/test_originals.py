"""Attachments and documents of servers that share no folder: in the database, and in an S3 service."""

import asyncio
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.services.cluster import Cluster, running_machines
from tests.services.object_storage import ObjectStorage, running_object_storage
from tests.services.server import Divan
from tests.services.wire import wire

TEXT = "The vault code is 4711. Kasa şifresi.\n" * 16_000
"""More than one row holds."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[ObjectStorage]:
    with running_object_storage() as storage:
        yield storage


@pytest.fixture(scope="module")
def machines_with_bucket(
    bucket: ObjectStorage, tmp_path_factory: pytest.TempPathFactory, postgres: str
) -> Iterator[Cluster]:
    env = {"FILES_URL": bucket.url, **bucket.environment}
    with running_machines(tmp_path_factory.mktemp("bucket"), postgres, env, name="with_bucket") as made:
        yield made


@pytest.fixture(params=["rows", "bucket"])
def sharing(request: pytest.FixtureRequest) -> Cluster:
    cluster: Cluster = request.getfixturevalue(
        "machines" if request.param == "rows" else "machines_with_bucket"
    )
    return cluster


async def uploaded(server: Divan, path: str, field: str, name: str, data: bytes) -> Any:
    form = aiohttp.FormData()
    form.add_field(field, BytesIO(data), filename=name)
    async with session(server) as http, http.post(path, data=form) as answer:
        assert answer.status in (200, 201), await answer.text()
        return await answer.json()


async def downloaded(server: Divan, path: str, **headers: str) -> tuple[int, bytes, str]:
    async with session(server) as http, http.get(path, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers.get("Content-Range", "")


async def test_what_is_attached_on_one_is_sent_and_shown_by_the_other(sharing: Cluster) -> None:
    one, other = sharing.servers
    data = b"The vault code is 4711."
    kept = await uploaded(one, "/api/attachments", "file", "vault.txt", data)
    async with wire(other.socket_url) as far:
        ack = await begin(far, "/echo length=5", attachments=[kept["sha256"]])
        answer = await far.answer(ack["answers"][0], seconds=60)
    assert answer["status"] == "complete"
    assert [file["name"] for file in answer["files"]] == ["vault.txt"]
    path = f"/api/attachments/{kept['sha256']}"
    for server in (other, one):
        assert await downloaded(server, path) == (200, data, "")


async def test_ranges_are_given_by_each(sharing: Cluster) -> None:
    one, other = sharing.servers
    data = bytes(range(256)) * 3000
    kept = await uploaded(one, "/api/attachments", "file", "bytes.bin", data)
    path = f"/api/attachments/{kept['sha256']}"
    for server in (other, one):
        assert await downloaded(server, path, Range="bytes=600000-600009") == (
            206,
            data[600_000:600_010],
            f"bytes 600000-600009/{len(data)}",
        )
        status, said, place = await downloaded(server, path, Range=f"bytes={len(data)}-")
        assert (status, place) == (416, f"bytes */{len(data)}")
        assert json.loads(said)["error"]["code"] == "invalid"
        known = {"If-None-Match": f'"{kept["sha256"]}"'}
        assert await downloaded(server, path, **known) == (304, b"", "")
        assert await downloaded(server, path) == (200, data, "")


async def test_an_original_of_a_document_is_read_and_given_by_whichever_is_asked(sharing: Cluster) -> None:
    one, other = sharing.servers
    data = f"{TEXT}{sharing.database}".encode()
    made = (await uploaded(one, "/api/documents", "files", "vault.txt", data))["documents"][0]
    async with session(other) as http:
        async with asyncio.timeout(60):
            while True:
                async with http.get("/api/documents") as answer:
                    rows = {row["id"]: row for row in (await answer.json())["documents"]}
                if rows[made["id"]]["status"] in ("ready", "failed"):
                    break
                await asyncio.sleep(0.1)
        assert rows[made["id"]]["status"] == "ready"
        path = f"/api/documents/{made['id']}/original"
        assert await downloaded(other, path) == (200, data, "")
        assert (await downloaded(one, path, Range="bytes=-9"))[1] == data[-9:]
        async with http.delete(f"/api/documents/{made['id']}") as gone:
            assert gone.status == 204
    assert (await downloaded(one, path))[0] == 404


async def test_in_the_bucket_lies_what_the_folders_may_lose(
    machines_with_bucket: Cluster, bucket: ObjectStorage
) -> None:
    one, other = machines_with_bucket.servers
    data = b"kept in the bucket"
    kept = await uploaded(one, "/api/attachments", "file", "a.txt", data)
    assert bucket.objects[f"some/prefix/attachments/{kept['sha256']}"].data == data
    for server in (one, other):
        copy = server.data_dir / "attachments" / kept["sha256"]
        copy.unlink(missing_ok=True)
        assert await downloaded(server, f"/api/attachments/{kept['sha256']}") == (200, data, "")


async def test_nobody_gets_a_file_by_its_hash_alone(machines: Cluster, tmp_path: Path) -> None:
    """Ownership is asked on each machine alike: what nobody uploaded or was sent is not there."""
    for server in machines.servers:
        assert (await downloaded(server, f"/api/attachments/{'0' * 64}"))[0] == 404
        assert (await downloaded(server, "/api/documents/999999/original"))[0] == 404
