"""Every path of the API as it is promised: method, status, shape; and every error in its one shape."""

import json
from typing import Any

import aiohttp
import pytest

from tests.rest.conftest import Client
from tests.rest.test_document import document
from tests.services.server import Divan

GONE = "20200101-000000-aaaaaaaa"
SHA = "0" * 64
LANES = [{"model": "echo/echo"}]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da636460f85f0f00"
    "0287018086b4d3d00000000049454e44ae426082"
)
MODEL_INFO = {
    *("id", "name", "provider", "server", "description", "context_length", "max_tokens", "parameters"),
    *("quantization", "size", "capabilities", "pricing", "loaded", "metadata"),
}
HEALTH = {
    *("provider", "default_model", "status", "available", "latency_ms", "models_count"),
    *("supports_streaming", "supports_embeddings", "error", "checked_at"),
}


@pytest.fixture
async def conversation(call: Client) -> str:
    made = await call("POST", "/api/conversations", {"title": "One", "lanes": LANES})
    assert made.status == 201
    return str(made.body["id"])


async def test_the_models_of_all_servers(call: Client) -> None:
    answer = await call("GET", "/api/models", params={"refresh": "true"})
    assert answer.status == 200
    assert set(answer.body) == {"models", "total"}
    assert {"openai", "ollama", "echo"} <= set(answer.body["models"])
    infos = [info for infos in answer.body["models"].values() for info in infos]
    assert answer.body["total"] == len(infos)
    assert all(set(info) == MODEL_INFO for info in infos)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/api/models/search?q=qwen", {"models", "total"}),
        ("/api/models/providers", {"providers"}),
        ("/api/models/servers", {"servers", "total"}),
        ("/api/models/ollama", {"models", "total"}),
        ("/api/models/ollama/qwen3:8b", MODEL_INFO),
        ("/api/models/loaded", {"loaded", "unavailable"}),
        ("/api/conversations", {"conversations", "next"}),
        ("/v1/models", {"object", "data"}),
        ("/v1/models/echo/echo", {"id", "object", "created", "owned_by"}),
    ],
)
async def test_what_can_be_read(call: Client, path: str, keys: set[str]) -> None:
    answer = await call("GET", path)
    assert (answer.status, set(answer.body)) == (200, keys)


async def test_the_health_of_each_server(call: Client) -> None:
    answer = await call("GET", "/api/models/providers/health")
    assert answer.status == 200
    assert all(set(health) == HEALTH for health in answer.body.values())
    assert answer.body["openai"]["status"] in ("healthy", "slow")


async def test_the_models_of_one_server_by_its_address(call: Client, upstream_url: str) -> None:
    path = "/api/models/server/models"
    known = await call("GET", path, params={"server_url": f"{upstream_url}/ollama/"})
    other = await call("GET", path, params={"server_url": "http://169.254.169.254/latest"})
    assert (known.status, known.body["name"]) == (200, "ollama")
    assert (other.status, other.body["error"]["code"]) == (404, "not_found")


async def test_the_life_of_a_conversation(call: Client, conversation: str) -> None:
    path = f"/api/conversations/{conversation}"
    assert (await call("GET", path)).body["title"] == "One"
    changed = await call("PATCH", path, {"title": "Two", "pinned": True})
    assert (changed.status, changed.body["title"], changed.body["pinned"]) == (200, "Two", True)
    sent = await call("POST", f"{path}/messages", {"text": "hello", "id": "h1"})
    assert sent.status == 201
    assert [answer["status"] for answer in sent.body["answers"]] == ["complete"]
    again = await call("POST", f"{path}/messages", {"text": "hello", "id": "h1"})
    assert (again.status, again.body) == (200, sent.body)
    answer = sent.body["answers"][0]["id"]
    for ids in [("ids", f"h1,{answer}")], [("ids", "h1"), ("ids", answer)]:
        read = await call("GET", f"{path}/messages", params=ids)
        assert [record["id"] for record in read.body["messages"]] == ["h1", answer]
    branch = await call("POST", f"{path}/branches", {"message": answer, "name": "aside"})
    assert branch.status == 201
    for kind, mime in [("markdown", "text/markdown"), ("json", "application/json"), ("text", "text/plain")]:
        export = await call("GET", f"{path}/export", params={"format": kind})
        assert (export.status, export.headers["Content-Type"].split(";")[0]) == (200, mime)
        assert export.headers["Content-Disposition"].startswith("attachment")
    deleted = await call("DELETE", path)
    assert (deleted.status, deleted.body) == (204, b"")
    assert (await call("GET", path)).status == 404
    assert (await call("POST", f"{path}/restore")).status == 200
    assert (await call("GET", path)).body["title"] == "Two"


async def test_a_message_that_is_streamed_again_shows_the_answers_that_it_has(
    call: Client, conversation: str
) -> None:
    asked = {"id": "s1", "text": "/echo speed=0 hello", "lanes": [*LANES, *LANES], "stream": True}
    streams = [await call("POST", f"/api/conversations/{conversation}/messages", asked) for _ in range(2)]
    assert [stream.status for stream in streams] == [200, 200]
    first, again = (
        [json.loads(line[len("data: ") :]) for line in stream.body.decode().split("\n\n") if line]
        for stream in streams
    )
    assert first[0] == again[0]
    answers = {
        event["record"]["id"]: event["record"]
        for event in first
        if event["type"] == "record" and event["record"].get("role") == "assistant"
    }
    assert {event["record"]["id"]: event["record"] for event in again[1:]} == answers
    assert set(answers) == set(first[0]["answers"])


async def test_a_conversation_shows_its_settings(call: Client) -> None:
    place = {"folder": "Work", "tags": ["a"], "pinned": True}
    made = await call("POST", "/api/conversations", {"lanes": LANES, **place})
    assert (made.status, {name: made.body[name] for name in place}) == (201, place)
    path = f"/api/conversations/{made.body['id']}"
    changed = await call("PATCH", path, {"mode": "sequential", "history": "all", "relay": True})
    read = await call("GET", path)
    assert read.body == changed.body
    settings = {"mode": "sequential", "history": "all", "relay": True, "rag": False, "head": None}
    assert {name: read.body[name] for name in settings} == settings
    assert [lane["model"] for lane in read.body["lanes"]] == ["echo/echo"]


async def test_a_conversation_needs_no_body(call: Client) -> None:
    made = await call("POST", "/api/conversations")
    assert (made.status, made.body["title"]) == (201, "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 201),
        ({}, 201),
        ({"title": "Two", "lanes": LANES, "tags": ["a"], "pinned": True}, 201),
        ({"temporary": True, "lanes": LANES}, 201),
        ({"lanes": [{"model": "gemini"}]}, 400),
        ({"title": 5}, 400),
        ([], 400),
    ],
)
async def test_a_session_is_a_conversation_by_another_name(call: Client, body: Any, status: int) -> None:
    as_session = await call("POST", "/api/chat/session", body)
    as_conversation = await call("POST", "/api/conversations", body)
    assert (as_session.status, as_conversation.status) == (status, status)
    if status != 201:
        assert as_session.body == as_conversation.body
        return
    for made in as_session, as_conversation:
        for path in "/api/chat/session", "/api/conversations":
            read = await call("GET", f"{path}/{made.body['id']}")
            assert (read.status, read.body) == (200, made.body)


NOWHERE = [{"model": "nowhere/model"}]
STRANGERS = [{"name": name, **NOWHERE[0]} for name in ("Ada", "Bea")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/conversations", {"lanes": NOWHERE}),
        ("/api/chat/session", {"lanes": NOWHERE}),
        ("/api/chat/commands", {"type": "send", "text": "hi", "lanes": NOWHERE}),
        ("/api/chat/multi-model", {"opening": "Begin.", "participants": STRANGERS}),
    ],
)
async def test_a_model_of_a_server_that_is_not_there_is_refused_as_the_document_says(
    divan: Divan, call: Client, path: str, body: Any
) -> None:
    refused = await call("POST", path, body)
    assert (refused.status, refused.body["error"]["code"]) == (404, "not_found")
    assert "404" in (await document(divan, "api"))["paths"][path]["post"]["responses"]


@pytest.mark.parametrize("conversation", [GONE, "x", "%00", "..%2f..%2fetc"])
async def test_a_session_that_is_not_there_is_not_found_as_a_conversation_is(
    call: Client, conversation: str
) -> None:
    session = await call("GET", f"/api/chat/session/{conversation}")
    assert session.status == 404
    assert session.body == (await call("GET", f"/api/conversations/{conversation}")).body


async def test_a_dialogue_and_its_end(call: Client) -> None:
    two = [{"name": name, "model": "echo/echo"} for name in ("Ada", "Bea")]
    asked = {"opening": "Begin.", "participants": two, "limits": {"turns": 1}}
    begun = await call("POST", "/api/chat/multi-model", asked)
    assert (begun.status, "conversation" in begun.body) == (201, True)
    nobody = await call("POST", "/api/chat/cancel/nobody")
    assert (nobody.status, nobody.body["error"]["code"]) == (404, "not_found")


async def test_an_answer_that_streams_is_stopped(call: Client) -> None:
    send = {"type": "send", "conversation": None, "text": "/echo length=90000 speed=5", "lanes": LANES}
    ack = await call("POST", "/api/chat/commands", send)
    answer = ack.body["answers"][0]
    stopped = await call("POST", f"/api/chat/cancel/{answer}")
    assert (stopped.status, stopped.body["message"]) == (200, answer)


async def test_all_answers_to_a_message_are_cancelled_by_its_id(call: Client) -> None:
    send = {"type": "send", "text": "/echo length=90000 speed=5", "lanes": [*LANES, *LANES]}
    ack = (await call("POST", "/api/chat/commands", send)).body
    stopped = await call("POST", f"/api/chat/cancel/{ack['message']}")
    assert (stopped.status, stopped.body["conversation"]) == (200, ack["conversation"])
    again = {"id": ack["message"], "text": "x"}
    records = await call("POST", f"/api/conversations/{ack['conversation']}/messages", again)
    assert [record["status"] for record in records.body["answers"]] == ["stopped", "stopped"]


async def test_a_file_is_kept_and_given_back(call: Client) -> None:
    form = aiohttp.FormData()
    form.add_field("file", PNG, filename="dot.png", content_type="text/html")
    async with call.http.post("/api/attachments", data=form) as answer:
        kept = await answer.json()
        assert (answer.status, kept["mime"]) == (201, "image/png")
    back = await call("GET", f"/api/attachments/{kept['sha256']}")
    assert (back.status, back.body, back.headers["Content-Type"]) == (200, PNG, "image/png")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/nothing/here", None, 404, "not_found"),
        ("GET", "/api/models/", None, 404, "not_found"),
        ("PUT", "/api/models", None, 405, "invalid"),
        ("GET", "/api/chat/commands", None, 405, "invalid"),
        ("GET", f"/api/conversations/{GONE}", None, 404, "not_found"),
        ("GET", f"/api/conversations/{GONE}/events", None, 404, "not_found"),
        ("GET", f"/api/conversations/{GONE}/export", None, 404, "not_found"),
        ("POST", f"/api/conversations/{GONE}/messages", {"text": "x"}, 404, "not_found"),
        ("POST", "/api/conversations/%00/messages", {"text": "x"}, 404, "not_found"),
        ("PATCH", "/api/conversations/../etc", {"title": "x"}, 404, "not_found"),
        ("GET", f"/api/attachments/{SHA}", None, 404, "not_found"),
        ("GET", "/api/models/nowhere", None, 404, "not_found"),
        ("GET", "/api/models/nowhere/a/b:c", None, 404, "not_found"),
        ("GET", "/api/conversations?limit=many", None, 400, "invalid"),
        ("GET", "/api/conversations?cursor=%00", None, 400, "invalid"),
        ("POST", "/api/conversations", {"lanes": [{"model": "no-slash"}]}, 400, "invalid"),
        ("POST", "/api/conversations", {"title": 1}, 400, "invalid"),
        ("POST", "/api/conversations", [], 400, "invalid"),
        ("POST", "/api/chat/commands", {"type": "sing"}, 400, "invalid"),
        ("POST", "/api/chat/commands", {"type": "send", "text": "x" * 600_000}, 413, "too_large"),
    ],
)
async def test_every_error_has_one_shape(
    call: Client, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = await call(method, path, body)
    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert set(answer.body["error"]) == {"code", "message", "retryable"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/v1/chat/completions", None, 405),
        ("POST", "/v1/chat/completions", {"model": "echo/echo", "messages": []}, 400),
        ("POST", "/v1/chat/completions", {"model": "nowhere/m", "messages": [{"role": "user"}]}, 404),
        ("GET", "/v1/models/nowhere/m", None, 404),
    ],
)
async def test_every_error_of_the_other_door_has_openais_shape(
    call: Client, method: str, path: str, body: Any, status: int
) -> None:
    answer = await call(method, path, body)
    assert (answer.status, set(answer.body)) == (status, {"error"})
    assert set(answer.body["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/api/models", {"code", "message", "retryable"}), ("/v1/models", {"message", "type", "param", "code"})],
)
async def test_another_host_and_another_site_are_refused_in_the_shape_of_the_door(
    call: Client, path: str, shape: set[str]
) -> None:
    for headers, status in ({"Host": "evil.example"}, 400), ({"Origin": "http://evil.example"}, 403):
        answer = await call("GET", path, headers=headers)
        assert (answer.status, set(answer.body["error"])) == (status, shape)


@pytest.mark.parametrize("path", ["/api/models", "/api/conversations", "/v1/models"])
async def test_nobody_comes_in_without_a_token(divan: Divan, path: str) -> None:
    async with aiohttp.ClientSession(divan.url) as http:
        for headers in ({}, {"Authorization": "Bearer divan_nothing"}):
            answer = await Client(http)("GET", path, headers=headers)
            assert (answer.status, answer.body["error"]["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "english", "turkish"),
    [
        (
            {"lanes": [{"model": "gemini"}]},
            "Field lanes.0.model: Write a model as server/model.",
            "lanes.0.model alanı: Modeli sunucu/model biçiminde yazın.",
        ),
        ({"mode": "odd"}, "Field mode: It must be one of: parallel, sequential.", None),
        ({"title": ""}, "Field title: It must not be empty.", "title alanı: Boş olamaz."),
        ({"pinned": 1}, "Field pinned: It must be true or false.", None),
    ],
)
async def test_what_is_wrong_with_a_field_is_said_in_the_readers_language(
    call: Client, body: Any, english: str, turkish: str | None
) -> None:
    said = await call("POST", "/api/conversations", body)
    assert said.body["error"]["message"] == english
    if turkish:
        said = await call("POST", "/api/conversations", body, headers={"Accept-Language": "tr"})
        assert said.body["error"]["message"] == turkish


@pytest.mark.parametrize("name", ["api", "v1"])
async def test_the_document_knows_one_shape_of_errors_and_who_is_asked_for_a_token(
    divan: Divan, name: str
) -> None:
    described = await document(divan, name)
    operations = [one for path in described["paths"].values() for one in path.values()]
    shapes = {
        json.dumps(response["content"])
        for operation in operations
        for status, response in operation["responses"].items()
        if status >= "400"
    }
    assert len(shapes) == 1
    assert all(operation["security"] for operation in operations)
    assert all({"401", "429"} <= set(operation["responses"]) for operation in operations)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("/api/", ()),
        ("/api/nothing", ()),
        ("/api/models/", ()),
        ("/api/conversations/x/y/z", ()),
        ("/api//models", ()),
        ("/api/docs", ("GET",)),
        ("/api/openapi.json", ("GET",)),
        ("/api/memory", ("GET", "PUT", "DELETE")),
        ("/api/chat/multi-model", ("POST",)),
        ("/api/chat/session", ("POST",)),
        ("/v1/nothing", ()),
        ("/v1/models", ("GET",)),
    ],
)
async def test_an_address_that_is_not_there_or_takes_no_such_method_says_so_in_the_readers_language(
    call: Client, method: str, path: str, takes: tuple[str, ...]
) -> None:
    if method in takes or (method == "OPTIONS" and path.startswith(("/api/docs", "/api/openapi"))):
        return
    answer = await call(method, path, headers={"Accept-Language": "tr"})
    error = answer.body["error"]
    assert answer.status in ((405,) if takes else (404, 405))
    assert error["message"] in ("Bu adreste bir şey yok.", "Bu adres o yöntemi kabul etmiyor.")
    assert error["code"] == ("not_found" if answer.status == 404 else "invalid")
