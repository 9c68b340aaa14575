"""Doors beside the API's own addresses, tried with another person's account: OpenAI's form, streams of
events, uploads, links, searches and sums. Every attempt is counted; none gets a word of hers, and none fails
the server.
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from tests.rest.conftest import Client
from tests.rest.test_outside import harmless
from tests.rest.test_owners import SECRET, bob, hers
from tests.rest.test_paths import LANES, PNG
from tests.services.server import Divan

__all__ = ["bob", "hers"]

Attempt = tuple[str, str, Any, dict[str, str]]
"""Method, path, body and headers."""

HEADERS = ("X-Conversation-Id", "X-OpenWebUI-Chat-Id", "Openai-Conversation-Id", "X-Thread-Id", "X-User")
NAMES = (
    "a.txt",
    "../../../secret_key",
    "..\\..\\secret_key",
    "/etc/passwd",
    "a\x00b.txt",
    "\u202egnp.exe",
    "x" * 5_000,
    "<img src=x onerror=alert(1)>.html",
    'a"; filename="b',
    "CON",
    ".",
)
CONTENTS = (
    b"",
    b"x",
    # Not hers: who has the same bytes may have them.
    PNG + b"x",
    PNG[:20],
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"<!doctype html><script>alert(1)</script>",
    b"%PDF-1.7\n1 0 obj\n<<",
    b"PK\x03\x04" + bytes(200),
    b"[" * 20_000,
    b'[{"mapping": {"a": {"message": {"content": {"parts": [null, 7, {}]}}}}}]',
    b'{"type": "conversation", "format": 1, "id": "../../x", "owner": "local"}\n',
    b"\xff\xfe\x00\xd8" * 50,
)
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
UPLOADS = (("/api/attachments", "file"), ("/api/documents", "files"), ("/api/import", "file"))


def asked_of_openai(hers: dict[str, Any]) -> Iterator[Attempt]:
    said = [{"role": "user", "content": "/echo speed=0\nwhat did she say?"}]
    plain = {"model": "echo/echo", "messages": said}
    for name, value in product(HEADERS, (hers["conversation"], hers["message"])):
        yield "POST", "/v1/chat/completions", plain, {name: value}
    for field in ("conversation", "conversation_id", "chat_id", "previous_response_id", "user", "store"):
        yield "POST", "/v1/chat/completions", {**plain, field: hers["conversation"]}, {}
    for content in (
        [{"type": "image_url", "image_url": {"url": f"/api/attachments/{hers['sha256']}"}}],
        [{"type": "image_url", "image_url": {"url": f"sha256:{hers['sha256']}"}}],
        [{"type": "file", "file": {"file_id": hers["sha256"]}}],
        [{"type": "input_file", "file_id": hers["document"]}],
    ):
        yield (
            "POST",
            "/v1/chat/completions",
            {**plain, "messages": [{"role": "user", "content": content}]},
            {},
        )
    for path in ("conversations", "files", "responses", "threads", "assistants", "batches"):
        yield "GET", f"/v1/{path}/{hers['conversation']}", None, {}
    for model in (hers["persona"], f"persona/{hers['persona']}", hers["conversation"], f"echo/{SECRET[:3]}"):
        yield "GET", f"/v1/models/{model}", None, {}


def read_along(hers: dict[str, Any]) -> Iterator[Attempt]:
    """With cursors as her own page would have them."""
    where = f"/api/conversations/{hers['conversation']}/events"
    for cursor in (
        "0",
        "1",
        f"0,{hers['message']}:0",
        f"300,{hers['message']}:9",
        "-1",
        "9" * 30,
        "x",
        ",,,",
    ):
        yield "GET", where, None, {"Last-Event-ID": cursor}
    yield "GET", f"{where}?cursor=0", None, {}


def took_by_hash(hers: dict[str, Any]) -> Iterator[Attempt]:
    send = {"type": "send", "conversation": None, "text": "x", "lanes": LANES}
    for given in (hers["sha256"], hers["sha256"].upper(), f" {hers['sha256']}", hers["sha256"][:40]):
        yield "GET", f"/api/attachments/{given}", None, {}
        yield "POST", "/api/chat/commands", {**send, "attachments": [given]}, {}
    yield "POST", "/api/chat/commands", {**send, "documents": [hers["document"]]}, {}
    yield "GET", f"/api/documents/{hers['document']}/original", None, {}


def followed_links(hers: dict[str, Any]) -> Iterator[Attempt]:
    token = hers["link"].rstrip("/").rpartition("/")[2]
    for given in (token[:-1], token[::-1], token.swapcase(), "x" * len(token), f"{token}%00", hers["share"]):
        yield "GET", hers["link"].replace(token, str(given)), None, {}
    yield "DELETE", f"/api/conversations/{hers['conversation']}/shares/{hers['share']}", None, {}


def searched(hers: dict[str, Any]) -> Iterator[Attempt]:
    for path in ("/api/conversations", "/api/conversations/search", "/api/documents/search", "/api/prompts"):
        for word in (SECRET[:-1], "*", "%", "' OR '1'='1", '"', "zebraf*"):
            yield "GET", f"{path}?q={word}", None, {}
    for path in ("/api/metrics", "/api/leaderboard"):
        for name in ("folder", "tag", "owner", "user", "conversation"):
            yield "GET", f"{path}?{name}={hers['conversation']}", None, {}
        for by in ("folder", "tag", "model", "owner"):
            yield "GET", f"{path}?by={by}", None, {}
    for path in ("folders", "tags", "export", "lane-sets", "memory", "tools", "account/storage"):
        yield "GET", f"/api/{path}", None, {}


def taken_along(hers: dict[str, Any]) -> Iterator[Attempt]:
    for ids in ([hers["conversation"]], [hers["conversation"]] * 50):
        for action in ("trash", "archive", "pin", "move", "delete"):
            yield "POST", "/api/conversations/bulk", {"ids": ids, "action": action, "folder": "x"}, {}
    for form in ("markdown", "html", "json", "jsonl", "text"):
        yield "GET", f"/api/conversations/{hers['conversation']}/export?format={form}", None, {}
    for field in ("conversation", "ids", "conversations"):
        yield "POST", "/api/export", {field: [hers["conversation"]], "format": "json"}, {}
    yield "GET", f"/api/import/{hers['upload']}", None, {}
    yield "POST", f"/api/import/{hers['upload']}", {}, {}


async def test_no_other_door_tells_anything_of_anothers(bob: Client, hers: dict[str, Any]) -> None:
    kinds = (asked_of_openai, read_along, took_by_hash, followed_links, searched, taken_along)
    attempts = [attempt for kind in kinds for attempt in kind(hers)]
    for method, path, body, headers in attempts:
        answer = await bob(method, path, body, headers=headers)
        harmless(method, path, answer.status, answer.body)
        named = any(hers[kind] in path for kind in ("conversation", "sha256"))
        assert not named or "?" in path or answer.status in (400, 404, 405, 422), (method, path, answer)
    assert len(attempts) >= 120


def form_of(field: str, name: str, content: bytes) -> bytes:
    """Written by hand: no client would send such names."""
    head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n"


@pytest.mark.parametrize(("path", "field"), UPLOADS)
async def test_no_upload_is_a_fault_of_the_server_or_gives_what_is_anothers(
    divan: Divan, bob: Client, hers: dict[str, Any], path: str, field: str
) -> None:
    stolen = {
        "type": "conversation",
        "format": 1,
        "id": hers["conversation"],
        "attachments": [hers["sha256"]],
    }
    # Each import is read by a process of its own.
    names = NAMES[:2] if path == "/api/import" else NAMES
    attempts = [*((name, b"x") for name in names), *(("a.txt", content) for content in CONTENTS)]
    for name, content in [*attempts, ("x.jsonl", json.dumps(stolen).encode())]:
        async with bob.http.post(path, data=form_of(field, name, content), headers=FORM) as answer:
            harmless("POST", f"{path} {name[:40]!r}", answer.status, await answer.text(errors="replace"))
    assert (await bob("GET", f"/api/attachments/{hers['sha256']}")).status == 404
    assert not (divan.data_dir.parent / "secret_key").exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"--x", b"--x\r\n\r\n\r\n--x--", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"\xff" * 100],
)
async def test_no_broken_form_is_a_fault_of_the_server(bob: Client, body: bytes) -> None:
    for path, _ in UPLOADS:
        for kind in (
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ):
            async with bob.http.post(path, data=body, headers={"Content-Type": kind}) as answer:
                harmless("POST", path, answer.status, await answer.text(errors="replace"))
                assert answer.status >= 400
