"""A service that speaks S3's protocol over real HTTP, with one bucket, in this process. It checks each
request's signature (AWS Signature Version 4) and the hash of its body, and keeps its objects in memory."""

import asyncio
import hashlib
import hmac
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

BUCKET = "divan"
KEY, SECRET, REGION = "AKIDFORTESTS", "a secret for tests", "us-east-1"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class Stored:
    data: bytes
    modified: datetime

    @property
    def tag(self) -> str:
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'


@dataclass
class ObjectStorage:
    """`refusing`: an HTTP status with which it answers whatever is asked; 0: none. `failing`: "hangs" where
    it never answers, "cut" where it closes after half of an object, "short" where it gives half as if that
    were all. `asked`: method, key and range of what was asked."""

    objects: dict[str, Stored] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    refusing: int = 0
    failing: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        """As FILES_URL."""
        return f"s3://{BUCKET}/some/prefix?endpoint=http://127.0.0.1:{self.port}&region={REGION}"

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        bucket, _, key = urllib.parse.unquote(request.raw_path.partition("?")[0])[1:].partition("/")
        self.asked.append((request.method, key, request.headers.get("Range", "")))
        if self.failing == "hangs":
            return await silence(request)
        if self.refusing:
            return refusal(self.refusing, "SlowDown")
        if not is_signed(request, body):
            return refusal(403, "SignatureDoesNotMatch")
        if bucket != BUCKET:
            return refusal(404, "NoSuchBucket")
        if request.method == "GET" and not key:
            return self._list(request.query)
        if "uploads" in request.query or "uploadId" in request.query:
            return self._multipart(request, key, body)
        if request.method == "PUT":
            self.objects[key] = Stored(body, datetime.now(UTC))
            return web.Response(headers={"ETag": self.objects[key].tag})
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        found = self._read(request, key)
        if request.method == "GET" and found.status < 300 and self.failing in ("cut", "short"):
            return await half_of(found, request, says_all=self.failing == "cut")
        return found

    def _read(self, request: web.Request, key: str) -> web.Response:
        found = self.objects.get(key)
        if found is None:
            return refusal(404, "NoSuchKey")
        headers = {"ETag": found.tag, "Last-Modified": format_datetime(found.modified, usegmt=True)}
        if request.method == "HEAD":
            return web.Response(headers={**headers, "Content-Length": str(len(found.data))})
        asked = request.http_range
        if asked.start is None:
            return web.Response(body=found.data, headers=headers)
        data = found.data[asked.start : asked.stop]
        if not data:
            return refusal(416, "InvalidRange")
        end = asked.start + len(data) - 1
        headers["Content-Range"] = f"bytes {asked.start}-{end}/{len(found.data)}"
        return web.Response(status=206, body=data, headers=headers)

    def _multipart(self, request: web.Request, key: str, body: bytes) -> web.Response:
        if "uploads" in request.query:
            name = str(len(self.uploads) + 1)
            self.uploads[name] = {}
            return xml("InitiateMultipartUploadResult", f"<UploadId>{name}</UploadId>")
        name = request.query["uploadId"]
        if request.method == "PUT":
            part = Stored(body, datetime.now(UTC))
            self.uploads[name][int(request.query["partNumber"])] = body
            return web.Response(headers={"ETag": part.tag})
        parts = self.uploads.pop(name)
        if request.method == "DELETE":
            return web.Response(status=204)
        stored = Stored(b"".join(parts[number] for number in sorted(parts)), datetime.now(UTC))
        self.objects[key] = stored
        return xml("CompleteMultipartUploadResult", f"<Key>{escape(key)}</Key><ETag>{stored.tag}</ETag>")

    def _list(self, query: Mapping[str, str]) -> web.Response:
        """Two at a time, so that whoever asks must ask again."""
        names = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")))
        rest = [name for name in names if name > query.get("continuation-token", "")]
        told = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(self.objects[name].data)}</Size>"
            f"<LastModified>{self.objects[name].modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for name in rest[:2]
        )
        more = f"<NextContinuationToken>{escape(rest[1])}</NextContinuationToken>" if len(rest) > 2 else ""
        return xml("ListBucketResult", f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{told}")


def xml(name: str, inner: str) -> web.Response:
    return web.Response(text=f'<{name} xmlns="{NAMESPACE}">{inner}</{name}>', content_type="application/xml")


async def silence(request: web.Request) -> web.Response:
    """Until the client has gone."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 -- nothing tells when it has
        await asyncio.sleep(0.02)
    return web.Response(status=500)


async def half_of(whole: web.Response, request: web.Request, *, says_all: bool) -> web.StreamResponse:
    data = bytes(whole.body) if isinstance(whole.body, bytes) else b""
    half = data[: len(data) // 2]
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(data) if says_all else len(half)
    await response.prepare(request)
    await response.write(half)
    if says_all and request.transport is not None:
        request.transport.close()
    return response


def refusal(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><AWSAccessKeyId>{KEY}</AWSAccessKeyId></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


def is_signed(request: web.Request, body: bytes) -> bool:
    """Whether the request was signed with our keys, and its body is what was signed."""
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    fields = dict(one.strip().split("=", 1) for one in said.split(",") if "=" in one)
    if scheme != "AWS4-HMAC-SHA256" or not {"Credential", "SignedHeaders", "Signature"} <= fields.keys():
        return False
    content = request.headers.get("x-amz-content-sha256", "")
    if content not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        return False
    key, date, region, service, _ = fields["Credential"].split("/")
    path, _, query = request.raw_path.partition("?")
    pairs = sorted(one if "=" in one else f"{one}=" for one in query.split("&") if one)
    names = fields["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    parts = (request.method, path, "&".join(pairs), headers, fields["SignedHeaders"], content)
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    scope = f"{date}/{region}/{service}/aws4_request"
    signed = "\n".join((scheme, request.headers["x-amz-date"], scope, digest))
    made = f"AWS4{SECRET}".encode()
    for part in (date, region, service, "aws4_request"):
        made = hmac.digest(made, part.encode(), "sha256")
    wanted = hmac.digest(made, signed.encode(), "sha256").hex()
    return (key, region) == (KEY, REGION) and hmac.compare_digest(wanted, fields["Signature"])


@contextmanager
def running_object_storage() -> Iterator[ObjectStorage]:
    storage = ObjectStorage()
    app = web.Application(client_max_size=1 << 28)
    app.router.add_route("*", "/{path:.*}", storage.answer)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app)

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        storage.port = runner.addresses[0][1]

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, name="object storage", daemon=True)
    thread.start()
    try:
        yield storage
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
