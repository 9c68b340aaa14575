"""What a service refuses, and in which word that arrives."""

import email.utils
import time
from typing import Any

import pytest

from providers.connectors import load_connector
from providers.types import Secret, ServerConfig
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import KEY, asking, hear
from tests.services.network import free_port
from tests.upstreams import Upstream
from tests.upstreams.script import refusal
from tests.upstreams.wire import Wire

STATUSES = {
    400: "invalid",
    401: "auth",
    402: "quota",
    403: "auth",
    404: "model_not_found",
    408: "timeout",
    413: "context_length",
    422: "invalid",
    429: "rate_limited",
    500: "server_error",
    502: "overloaded",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}


@pytest.mark.parametrize("status", STATUSES)
async def test_a_status_has_one_meaning(
    status: int, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(status, wire.error_body(status, "no luck today")))
    heard = await hear(connect(wire), asking(wire.model))
    assert heard.code == STATUSES[status]
    assert heard.error is not None
    assert (heard.error.status, heard.error.detail) == (status, "no luck today")
    assert (heard.error.server, heard.error.model) == (wire.name, wire.model)


@pytest.mark.parametrize("body", [b"", b"upstream connect error", b"<html><title>503</title></html>", b"{"])
async def test_a_refusal_that_is_no_json_is_told_by_its_status(
    body: bytes, wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    for kind in ("application/json", "text/html"):
        upstream.play(refusal(503, body).but(content_type=kind))
        heard = await hear(connect(wire), asking(wire.model))
        assert heard.code == "overloaded"
        assert heard.error is not None
        assert "<" not in heard.error.detail


def google(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


BAD_KEY = google(
    "API key not valid. Please pass a valid API key.",
    code=400,
    status="INVALID_ARGUMENT",
    details=[{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}],
)
PER_DAY = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}
TOO_LONG = "request (5 tokens) exceeds the available context size"
NO_PROVIDER = "The requested model 'x' is not supported by any provider you have enabled."
BODIES: list[tuple[str, int, Any, str]] = [
    ("Google's bad key", 400, BAD_KEY, "auth"),
    ("Google's list of one", 429, [google("x", status="RESOURCE_EXHAUSTED")], "rate_limited"),
    ("Google's daily quota", 429, google("x", details=[PER_DAY]), "quota"),
    ("OpenAI's empty purse", 429, google("You exceeded", code="insufficient_quota"), "quota"),
    ("OpenAI's long prompt", 400, google("too long", code="context_length_exceeded"), "context_length"),
    ("vLLM's long prompt", 400, {"object": "error", "message": "maximum context length is 4096", "code": 400},
     "context_length"),
    ("llama.cpp's long prompt", 400, google(TOO_LONG, type="exceed_context_size_error"), "context_length"),
    ("the router's unknown model", 400, google(NO_PROVIDER, code="model_not_supported"), "model_not_found"),
    ("Ollama's unknown model", 404, {"error": "model 'nope' not found"}, "model_not_found"),
    ("transformers' unknown model", 500, {"error": "x does not appear to have a file named config.json"},
     "model_not_found"),
    ("Ollama's wrong option", 500, {"error": 'option "num_ctx" must be of type integer'}, "invalid"),
    ("Ollama's full queue", 503, {"error": "server busy, please try again."}, "overloaded"),
    ("OpenRouter's moderation", 403, google("Input was flagged by moderation", code=403), "content_blocked"),
    ("OpenRouter's unknown model", 400, google("foo/bar is not a valid model ID"), "model_not_found"),
    ("Azure's filter", 400, google("x", code="content_filter"), "content_blocked"),
    ("FastAPI's form", 422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, "invalid"),
    ("JSON in a text", 400, {"error": '{"error":{"code":400,"message":"no image input"}}'}, "invalid"),
    ("Anthropic's crowd", 529, {"type": "error", "error": {"type": "overloaded_error", "message": "x"}},
     "overloaded"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "code"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES]
)
async def test_a_body_says_more_than_its_status(
    status: int, body: Any, code: str, one_wire: Wire, upstream: Upstream, connect: Connect
) -> None:
    upstream.play(refusal(status, body))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.code == code
    assert heard.error is not None
    assert "{" not in heard.error.detail


WAITS: list[tuple[str, int, Any, dict[str, str], float]] = [
    ("Retry-After in seconds", 429, {}, {"Retry_After": "7"}, 7),
    ("Retry-After as a date", 429, {}, {"Retry_After": "DATE"}, 3600),
    ("X-RateLimit-Reset in ms", 429, {}, {"X_RateLimit_Reset": "MS"}, 3600),
    ("RetryInfo", 429, {"error": {"details": [{"@type": "RetryInfo", "retryDelay": "36.5s"}]}}, {}, 36.5),
    ("loading", 503, {"error": "Model is loading", "estimated_time": 20.0}, {}, 20),
]


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait"), [case[1:] for case in WAITS], ids=[case[0] for case in WAITS]
)
async def test_the_wait_that_a_service_asks_for_is_known(
    status: int,
    body: Any,
    headers: dict[str, str],
    wait: float,
    one_wire: Wire,
    upstream: Upstream,
    connect: Connect,
) -> None:
    in_an_hour = time.time() + 3600
    moments = {"DATE": email.utils.formatdate(in_an_hour), "MS": str(int(in_an_hour * 1000))}
    upstream.play(refusal(status, body, **{k: moments.get(v, v) for k, v in headers.items()}))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.error is not None
    assert heard.error.retry_after == pytest.approx(wait, abs=60 if wait == 3600 else 0)


async def test_a_redirect_is_not_followed(one_wire: Wire, upstream: Upstream, connect: Connect) -> None:
    """The key would go along."""
    upstream.play(refusal(302, b"", Location=f"{upstream.url}/elsewhere"))
    heard = await hear(connect(one_wire), asking(one_wire.model))
    assert heard.code == "bad_response"
    assert [r.path for r in upstream.requests if "elsewhere" in r.path] == []


async def test_a_refused_connection_is_told_each_time(
    one_wire: Wire, connect: Connect, upstream: Upstream
) -> None:
    connector = connect(one_wire, base_url=f"http://127.0.0.1:{free_port()}{one_wire.base}")
    for _ in range(2):
        heard = await hear(connector, asking(one_wire.model))
        assert heard.code == "unreachable"


@pytest.mark.parametrize(
    "address", ["http://nowhere.invalid/v1", "http://[::bad", "ftp://a.invalid", "no where"]
)
async def test_an_address_that_leads_nowhere_is_unreachable(address: str, one_wire: Wire) -> None:
    connector = load_connector(one_wire.provider)(ServerConfig("s", one_wire.provider, address, Secret(KEY)))
    try:
        heard = await hear(connector, asking(one_wire.model))
    finally:
        await connector.aclose()
    assert heard.code == "unreachable"


async def test_no_key_is_in_an_address_or_an_error(wire: Wire, upstream: Upstream, connect: Connect) -> None:
    words = (
        f"Incorrect API key provided: {KEY}. See https://x.test/?key={KEY} and AIzaSyA0123456789abcdefghij"
    )
    upstream.play(refusal(401, wire.error_body(401, words)))
    heard = await hear(connect(wire), asking(wire.model))
    asked = upstream.chats()[0]
    assert asked.headers[wire.key_header] == wire.key_value.format(key=KEY)
    assert KEY not in asked.path + asked.query
    assert heard.error is not None
    shown = f"{heard.error} {heard.error!r} {heard.error.detail} {heard.error.__cause__}"
    assert KEY not in shown
    assert "AIza" not in shown
    assert "Incorrect API key provided" in shown


async def test_without_a_key_none_is_sent(one_wire: Wire, upstream: Upstream, connect: Connect) -> None:
    heard = await hear(connect(one_wire, key=""), asking(one_wire.model))
    assert heard.error is None
    sent = {name.lower() for name in upstream.chats()[0].headers}
    assert not sent & {"authorization", "x-api-key", "x-goog-api-key"}
