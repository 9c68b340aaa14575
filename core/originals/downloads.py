"""An original as the answer to a request: the whole of it, or the one range that was asked for."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core.originals.base import Originals

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
BYTES = {"type": "string", "format": "binary"}
ANSWERS: dict[int, dict[str, Any]] = {
    206: {"description": "The range that was asked for", "content": {"*/*": {"schema": BYTES}}},
    304: {"description": "The client has it already"},
}
"""What OpenAPI is told of `download_original`, beside 200 and the refusals."""


def download_original(
    request: HttpRequest, originals: Originals, sha256: str, *, name: str, mime: str, as_attachment: bool
) -> HttpResponseBase | None:
    """Never a page, whatever it holds. None where its bytes are not kept. Blocks. Raises OriginalsAwayError,
    also where the first of its bytes cannot be read."""
    size = originals.size(sha256)
    if size is None:
        return None
    tag = f'"{sha256}"'
    if matches_tag(request.headers.get("If-None-Match", ""), tag):
        return HttpResponseNotModified(headers={"ETag": tag})
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", tag) == tag else ""
    if is_beyond(asked, size):
        return HttpResponse(
            status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        )
    part = parse_range(asked, size)
    start, end = part or (0, size)
    blocks = originals.blocks(sha256, start, end)
    # Read before anything is answered: what fails later can only cut the answer off.
    first = next(blocks, b"")
    if start < end and not first:
        return None
    response = StreamingHttpResponse(
        stream_blocks(first, blocks), status=206 if part else 200, content_type=mime
    )
    if part:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Content-Length"] = str(end - start)
    if disposition := content_disposition_header(as_attachment, name):
        response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def parse_range(asked: str, size: int) -> tuple[int, int] | None:
    """From where to where, of one range. None where the whole is to be given: none was asked for, several, or
    something else."""
    found = RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last) + 1, size) if first and last else size
    return (start, end) if start < end else None


def is_beyond(asked: str, size: int) -> bool:
    """Whether it is one range of which nothing is there."""
    found = RANGE.fullmatch(asked.strip())
    if found is None or found.groups() == ("", ""):
        return False
    first, last = found.groups()
    if not first:
        return int(last) == 0 or size == 0
    return int(first) >= size and (not last or int(last) >= int(first))


def matches_tag(tags: str, tag: str) -> bool:
    """Whether `If-None-Match` names it, as strong or weak."""
    return any(one.strip().removeprefix("W/") in ("*", tag) for one in tags.split(","))


async def stream_blocks(first: bytes, others: Iterator[bytes]) -> AsyncIterator[bytes]:
    block = first
    while block:
        yield block
        block = await asyncio.to_thread(next, others, b"")
