"""Bodies of requests that cannot be read, or that hold what must not be taken."""

import io
import json

import pytest

from tests.rest.conftest import Client


@pytest.mark.parametrize("data", [b"", b"--x--\r\n", b"{not json"])
async def test_a_body_that_cannot_be_read_is_refused_in_words(call: Client, data: bytes) -> None:
    for path, kind in [
        ("/api/chat/commands", "application/json"),
        ("/api/attachments", "multipart/form-data; boundary=x"),
        ("/api/import", "multipart/form-data"),
    ]:
        answer = await call("POST", path, data=data, headers={"Content-Type": kind})
        assert (answer.status, answer.body["error"]["code"]) == (400, "invalid")


@pytest.mark.parametrize("value", [r'"\ud800"', r'"a\udc00b"', "NaN", "Infinity", '"\xed\xa0\x80"'])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/chat/commands", '{"type": "send", "conversation": null, "text": %s}'),
        ("POST", "/api/conversations", '{"title": %s}'),
        ("POST", "/api/conversations", '{"lanes": [{"model": "echo/echo", "params": {"temperature": %s}}]}'),
        ("PUT", "/api/memory", '{"about": %s}'),
        ("POST", "/api/prompts", '{"name": %s, "text": "x"}'),
        (
            "POST",
            "/v1/chat/completions",
            '{"model": "echo/echo", "messages": [{"role": "user", "content": %s}]}',
        ),
        ("POST", "/v1/embeddings", '{"model": "echo/echo", "input": %s}'),
    ],
)
async def test_what_no_file_could_hold_and_no_client_read_is_refused(
    call: Client, method: str, path: str, body: str, value: str
) -> None:
    data = (body % value).encode("latin-1")
    answer = await call(method, path, data=data, headers={"Content-Type": "application/json"})
    assert answer.status == 400, answer.body


async def test_a_body_larger_than_any_request_may_be_is_refused_in_words(call: Client) -> None:
    large = io.BytesIO(json.dumps({"type": "send", "text": "x" * 3_000_000}).encode())
    answer = await call(
        "POST", "/api/chat/commands", data=large, headers={"Content-Type": "application/json"}
    )
    assert (answer.status, answer.body["error"]["code"]) == (413, "too_large")
