"""What is one person's is not there for another: on every path of the API, and in every command."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from chat.protocol import commands
from tests.rest.conftest import Client
from tests.rest.test_document import document
from tests.rest.test_paths import LANES, PNG
from tests.services.server import Divan

SECRET = "zebrafish"
TWO = [{"name": name, "model": "echo/echo"} for name in ("Ada", "Bea")]
BODIES: dict[tuple[str, str], Any] = {
    ("patch", "/api/conversations/{conversation}"): {"title": "taken"},
    ("post", "/api/conversations/{conversation}/messages"): {"text": "x"},
    ("post", "/api/conversations/{conversation}/branches"): {"message": "{message}", "name": "taken"},
    ("post", "/api/conversations/{conversation}/replay"): {"dry_run": True},
    ("post", "/api/conversations/{conversation}/shares"): {},
    ("patch", "/api/prompts/{number}"): {"name": "taken", "text": "taken", "shared": True},
    ("patch", "/api/lane-sets/{lane_set}"): {"name": "taken"},
    ("patch", "/api/folders/{folder}"): {"name": "taken"},
    ("patch", "/api/memory/remembered/{line}"): {"on": False},
    ("put", "/api/testsets/{testset}"): {"name": "taken", "cases": []},
    ("post", "/api/testsets/{testset}/runs"): {"lanes": ["echo/echo"]},
    ("put", "/api/testsets/{testset}/schedule"): {"lanes": ["echo/echo"], "cron": "@daily"},
    ("patch", "/api/models/personas/{persona}"): {"name": "taken", "shared": True},
}
QUERIES = {"/api/conversations/{conversation}/messages": {"ids": "{message}"}}
COMMANDS: dict[str, dict[str, Any]] = {
    "send": {"text": "x"},
    "dialogue": {"opening": "x", "participants": TWO},
    "direct": {"action": "go_on"},
    "synthesize": {"model": "echo/echo"},
    "branch": {"name": "taken"},
    "settings": {"title": "taken"},
    "vote": {"value": 1},
    "approve": {"calls": ["c1"], "decision": "allow"},
}


@pytest.fixture
async def bob(divan: Divan) -> AsyncIterator[Client]:
    """Who has nothing of his own."""
    async with someone(divan, "bob") as client:
        yield client


@asynccontextmanager
async def someone(divan: Divan, name: str) -> AsyncIterator[Client]:
    make = f"from django.contrib.auth.models import User; User.objects.get_or_create(username={name!r})"
    divan.manage("shell", "-c", make)
    token = divan.manage("create_token", name).strip().splitlines()[-1]
    async with aiohttp.ClientSession(divan.url, headers={"Authorization": f"Bearer {token}"}) as http:
        yield Client(http)


async def given(ann: Client, path: str, field: str, name: str, data: bytes) -> Any:
    form = aiohttp.FormData()
    form.add_field(field, data, filename=name)
    async with ann.http.post(path, data=form) as answer:
        return await answer.json()


@pytest.fixture
async def hers(call: Client) -> AsyncIterator[dict[str, str]]:
    """What she has. The long answers that stream meanwhile do not stream on beside later tests."""
    things = await one_of_each(call)
    yield things
    await call("POST", "/api/chat/commands", {"type": "stop", "conversation": things["conversation"]})


async def one_of_each(call: Client, secret: str = SECRET) -> dict[str, str]:
    """Of everything that a person may have, each with the `secret` in it; the ids by the paths' words."""
    file = await given(call, "/api/attachments", "file", f"{secret}.png", PNG)
    sent = {"type": "send", "conversation": None, "text": f"/echo length=90000 speed=5\n{secret}"}
    ack = await call("POST", "/api/chat/commands", {**sent, "lanes": LANES, "attachments": [file["sha256"]]})
    where = f"/api/conversations/{ack.body['conversation']}"
    await call("PATCH", where, {"title": secret, "folder": secret, "tags": [secret]})
    share = await call("POST", f"{where}/shares", {})
    prompt = await call("POST", "/api/prompts", {"name": secret, "text": secret})
    name = f"{secret} {ack.body['conversation']}"
    kept = await call("POST", "/api/lane-sets", {"name": name, "lanes": LANES})
    case = {"text": secret, "attachments": [file["sha256"]]}
    testset = await call("POST", "/api/testsets", {"name": secret, "cases": [case]})
    run = await whole_run(call, testset.body["id"])
    line = await call("POST", "/api/memory/remembered", {"text": secret})
    persona = await call("POST", "/api/models/personas", {"name": secret, "system_prompt": secret})
    read = await given(call, "/api/documents", "files", f"{secret}.txt", secret.encode())
    chats = json.dumps([{"title": secret, "mapping": {}}]).encode()
    upload = await given(call, "/api/import?dry_run=true", "file", "conversations.json", chats)
    return {
        "conversation": ack.body["conversation"],
        "message": ack.body["answers"][0],
        "share": share.body["id"],
        "link": share.body["path"],
        "number": prompt.body["id"],
        "line": line.body["id"],
        "testset": testset.body["id"],
        "run": run,
        "lane_set": kept.body["id"],
        "persona": persona.body["id"],
        "document": read["documents"][0]["id"],
        "upload": upload["upload"],
        "sha256": file["sha256"],
    }


async def whole_run(call: Client, testset: str) -> str:
    begun = await call("POST", f"/api/testsets/{testset}/runs", {"lanes": LANES})
    where = f"/api/testsets/{testset}/runs/{begun.body['id']}"
    for _look in range(600):
        if (await call("GET", where)).body["state"] == "done":
            break
        await asyncio.sleep(0.1)
    return str(begun.body["id"])


def filled(wanted: Any, ids: dict[str, Any]) -> Any:
    text = json.dumps(wanted)
    for name, value in ids.items():
        quoted = f'"{{{name}}}"'
        text = text.replace(quoted, json.dumps(value)).replace(f"{{{name}}}", str(value))
    return json.loads(text)


async def test_no_path_gives_one_person_what_is_anothers(
    divan: Divan, call: Client, bob: Client, hers: dict[str, Any]
) -> None:
    paths = (await document(divan, "api"))["paths"]
    before = await call("GET", f"/api/conversations/{hers['conversation']}")
    for path, operations in paths.items():
        for method in operations:
            names = {name for name in hers if f"{{{name}}}" in path}
            body = filled(BODIES.get((method, path)), hers)
            query = filled(QUERIES.get(path, {}), hers)
            if not names and method != "get":
                continue
            answer = await bob(method.upper(), filled(path, hers), body, params=query)
            assert not names or answer.status == 404, (method, path, answer)
            assert SECRET not in str(answer.body), (method, path)
    after = await call("GET", f"/api/conversations/{hers['conversation']}")
    assert (after.status, after.body["title"]) == (200, before.body["title"])
    assert (await call("GET", f"/api/models/personas/{hers['persona']}")).body["name"] == SECRET
    remembered = (await call("GET", "/api/memory")).body["remembered"]
    assert [line["on"] for line in remembered if line["id"] == hers["line"]] == [True]
    kept = await call("GET", f"/api/testsets/{hers['testset']}")
    assert (kept.body["name"], [case["text"] for case in kept.body["cases"]]) == (SECRET, [SECRET])
    assert (await call("GET", f"/api/testsets/{hers['testset']}/runs/{hers['run']}")).status == 200
    prompts = (await call("GET", "/api/prompts")).body["prompts"]
    assert hers["number"] in [prompt["id"] for prompt in prompts if prompt["name"] == SECRET]


async def test_no_command_reaches_what_is_anothers(bob: Client, hers: dict[str, Any]) -> None:
    for kind in (kind for kind in commands.KINDS if "conversation" in kind.model_fields):
        name = kind.model_fields["type"].default
        if name in ("open", "close"):
            continue
        needed = {"message": hers["message"]} if "message" in kind.model_fields else {}
        command = {"type": name, "conversation": hers["conversation"], **needed, **COMMANDS.get(name, {})}
        answer = await bob("POST", "/api/chat/commands", command)
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found"), (name, answer.body)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/chat/commands", {"type": "send", "text": "x", "attachments": ["{sha256}"]}, 400),
        ("/api/chat/commands", {"type": "send", "text": "x", "documents": ["{document}"]}, 404),
        ("/api/conversations/bulk", {"ids": ["{conversation}"], "action": "trash"}, 200),
        ("/api/export", {"ids": ["{conversation}"]}, 404),
        ("/api/documents/search", {"question": "fish", "conversation": "{conversation}"}, 200),
        ("/api/documents/search", {"question": "fish", "documents": ["{document}"]}, 200),
    ],
)
async def test_no_body_names_what_is_anothers(
    call: Client, bob: Client, hers: dict[str, Any], path: str, body: Any, status: int
) -> None:
    answer = await bob("POST", path, filled(body, hers))
    assert answer.status == status
    assert SECRET not in str(answer.body)
    assert (await call("GET", f"/api/conversations/{hers['conversation']}")).status == 200
