"""Somebody with an account of their own, a list of the API's addresses and commands, and bad intentions:
nothing of another person's is told, and nothing that is sent is a fault of the server's.

The addresses are those of the OpenAPI document and the commands those of the protocol, so that whatever is
added is attacked too.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from chat.protocol import commands
from tests.rest.conftest import Client
from tests.rest.test_document import ENDLESS, document
from tests.rest.test_owners import BODIES, COMMANDS, SECRET, bob, filled, hers, one_of_each, someone
from tests.rest.test_paths import LANES
from tests.services.server import Divan
from tests.services.wire import Wire, wire

__all__ = ["bob", "hers"]

DEEP: Any = "x"
for _ in range(60):
    DEEP = [DEEP]

IDS = (
    "..",
    "../../../../etc/passwd",
    "local",
    "-1",
    "0",
    "9" * 40,
    "9" * 5_000,
    "20200101-000000-aaaaaaaa",
    "0" * 64,
    "' OR 1=1 --",
    "\x00",
    "\u202e\U0001f600",
    "%2e%2e%2f",
    "null",
)
HALF = "\ud800"
LONG = "/echo speed=0\n" + "9" * 20_000
"""Where it is a message, its answer comes at once."""
PARTS = 3
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**30,
    "",
    "\x00",
    HALF,
    "../../etc/passwd",
    LONG,
    [],
    [None],
    ["x"] * 3_000,
    {},
    {"__proto__": {"a": 1}},
    DEEP,
)
BODY_VALUES: tuple[Any, ...] = (
    None,
    [],
    "x",
    7,
    True,
    DEEP,
    {"x": DEEP},
    {"": None},
    dict.fromkeys("abc", DEEP),
)


@pytest.fixture
async def dan(divan: Divan) -> AsyncIterator[Client]:
    """Who has something of everything."""
    async with someone(divan, "dan") as client:
        yield client


async def operations(divan: Divan) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description."""
    paths = (await document(divan, "api"))["paths"]
    return [
        (method.upper(), path, described)
        for path, methods in paths.items()
        for method, described in methods.items()
        if not path.endswith(ENDLESS.rstrip("$"))
    ]


def harmless(method: str, path: str, status: int, body: Any) -> None:
    told = f"{method} {path}: {status} {str(body)[:300]}"
    # A model server that is not there is no fault of Divan's.
    assert status < 500 or status in (502, 503, 504), told
    assert SECRET not in str(body), told
    assert "'internal'" not in str(body), told


def in_path(path: str, given: str) -> str:
    """With every id of the path replaced."""
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + quote(given, safe="") + rest.partition("}")[2]
    return path


async def test_no_id_in_a_path_gets_anything_of_anothers(
    divan: Divan, bob: Client, hers: dict[str, Any]
) -> None:
    theirs = [str(value) for value in hers.values()]
    asked = [
        (method, in_path(path, one), filled(BODIES.get((method.lower(), path), {}), hers))
        for method, path, _ in await operations(divan)
        if "{" in path
        for one in (*IDS, *theirs)
    ]
    assert len(asked) > 500
    for method, path, body in asked:
        answer = await bob(method, path, body if method in ("POST", "PUT", "PATCH") else None)
        harmless(method, path[:200], answer.status, answer.body)


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_body_is_a_fault_of_the_server(divan: Divan, dan: Client, part: int) -> None:
    """In parts, so that none takes long: every `PARTS`-th body of each operation."""
    # With a word of their own: what is made shared meanwhile, others may see.
    own = await one_of_each(dan, "okapi")
    # What is sent while an answer streams waits for its end.
    await dan("POST", f"/api/chat/cancel/{own['message']}")
    count = 0
    for method, path, described in await operations(divan):
        if "requestBody" not in described or "application/json" not in described["requestBody"]["content"]:
            continue
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        bodies = [*BODY_VALUES, *hostile_bodies(await properties(divan, schema))]
        for body in bodies[part::PARTS]:
            text = json.dumps(body)
            async with dan.http.request(
                method, filled(path, own), data=text, headers={"Content-Type": "application/json"}
            ) as answer:
                said = (await answer.read()).decode(errors="replace")
                harmless(method, f"{path} {text[:200]}", answer.status, said)
            count += 1
    assert count > 200 / PARTS


async def properties(divan: Divan, schema: dict[str, Any]) -> list[str]:
    components = (await document(divan, "api"))["components"]["schemas"]
    while "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", {}))


def hostile_bodies(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        for value in VALUES:
            yield {name: value}


@pytest.fixture
async def page(divan: Divan, dan: Client) -> AsyncIterator[Wire]:
    async with wire(divan.socket_url, Authorization=dan.http.headers["Authorization"]) as made:
        yield made


async def test_no_command_gets_anything_of_anothers_or_fails_the_server(
    page: Wire, hers: dict[str, Any]
) -> None:
    """Each field of each command of the socket in turn, among fields that are right. A frame with half a
    character is refused as a whole, without the `ref` that nobody could read."""
    sent = await page.ask("send", conversation=None, text="/echo speed=0\nx", lanes=LANES)
    await page.answer(sent["answers"][0])
    own = {"conversation": sent["conversation"], "message": sent["answers"][0]}
    theirs = [value for value in hers.values() if isinstance(value, str)]
    count = 0
    for kind in commands.KINDS:
        name = kind.model_fields["type"].default
        fields = {key: own[key] for key in own if key in kind.model_fields} | COMMANDS.get(name, {})
        for field in kind.model_fields:
            if field in ("type", "ref") or (name, field) == ("hello", "deltas"):
                continue
            for value in (*VALUES, *theirs):
                if value == HALF:
                    continue
                event = await page.ask(name, seconds=60, **{**fields, field: value})
                count += 1
                told = f"{name} {field}={str(value)[:100]}: {str(event)[:300]}"
                assert event.get("code") != "internal", told
                assert SECRET not in json.dumps(event), told
    assert count > 1_000
    assert all(SECRET not in json.dumps(event) for event in page.events)


async def test_no_frame_is_a_fault_of_the_server(divan: Divan, page: Wire) -> None:
    frames = [
        "",
        "null",
        "[]",
        "7",
        '"x"',
        "{",
        "{}",
        '{"type":7}',
        '{"type":"internal"}',
        "\x00",
        "[" * 5_000,
    ]
    frames += [json.dumps({"type": value, "ref": "x"}) for value in VALUES]
    frames += [json.dumps({"type": "watch", "ref": value}) for value in VALUES]
    for frame in frames:
        await page.connection.send(frame)
    assert (await page.ask("watch", seconds=60))["type"] == "ack"
    await asyncio.sleep(0)
    assert "internal" not in {event.get("code") for event in page.events}
    assert "Traceback" not in divan.output()
