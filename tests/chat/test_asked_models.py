"""Which models a command may name: every one that a list gives, and none whose server does not exist."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import TypeAdapter, ValidationError

from chat.protocol.commands import ModelRef
from providers.refs import is_ref, split_ref
from tests.browser.model_server import ModelServer
from tests.chat.test_access import call
from tests.conversations.samples import answer, conversation, user
from tests.services.server import Divan, copy_database
from tests.services.wire import wire

IDS = [
    "plain",
    "a b",
    " leading and trailing ",
    "two  spaces",
    "Upper/Case/With-Slashes",
    "/models/on disk/file.gguf",
    "org//double",
    "qwen3:8b-q4_K_M",
    "name@sha256:0123",
    "hash#tag?query=1&more",
    "100% of it %2F %zz",
    "plus+plus",
    "back\\slash",
    "quotes \"and\" 'more'",
    "<b>markup</b>",
    "многоязычная модель",
    "模型·7B",
    "🦙-llama",
    "model\u00a0with no-break space",
    "dot.",
    "-",
    "x" * 300,
]
BAD_REFS = ["", "x", "/x", "fake/", "a b/x", "fake/\x00", "fake/" + "x" * 400]


@pytest.mark.parametrize("model", IDS)
def test_a_ref_is_its_server_and_whatever_the_model_is_called(model: str) -> None:
    ref = f"fake/{model}"
    assert is_ref(ref)
    assert TypeAdapter(ModelRef).validate_python(ref) == ref
    assert split_ref(ref) == ("fake", model)


@pytest.mark.parametrize("ref", BAD_REFS)
def test_what_names_no_server_or_no_model_is_no_ref(ref: str) -> None:
    assert not is_ref(ref)
    with pytest.raises(ValidationError):
        TypeAdapter(ModelRef).validate_python(ref)


@pytest.fixture(scope="module")
def models() -> Iterator[ModelServer]:
    with ModelServer([*IDS, "none\x00such", "y" * 500]) as running:
        yield running


@pytest.fixture(scope="module")
def divan(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path, models: ModelServer) -> Any:
    folder = tmp_path_factory.mktemp("asked-models") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"OPENAI_SERVERS": f"fake={models.url}/v1"}) as running:
        yield running


def say_once(models: ModelServer, model: str, count: int = 1) -> None:
    for _ in range(count):
        asked = models.next_asked()
        assert asked.model == model
        asked.say("Here.")
        asked.finish()


def test_a_list_gives_what_can_be_asked_and_nothing_else(divan: Divan) -> None:
    divan.wait_for_models("fake")
    status, told, _ = call(f"{divan.url}/api/models")
    assert status == 200
    assert [one["id"] for one in told["models"]["fake"]] == IDS


@pytest.mark.parametrize("model", IDS)
async def test_every_listed_model_is_asked_through_every_door(
    divan: Divan, models: ModelServer, model: str
) -> None:
    ref = f"fake/{model}"
    assert call(f"{divan.url}/api/models/{quote(ref)}")[1]["id"] == model
    async with wire(divan.socket_url) as page:
        first = await page.ask("send", conversation=None, text="hi", lanes=[{"model": ref}])
        say_once(models, model)
        assert (await page.answer(first["answers"][0]))["status"] == "complete"
        where = {"conversation": first["conversation"], "message": first["answers"][0]}
        again = await page.ask("regenerate", **where, model=ref)
        say_once(models, model)
        assert (await page.answer(again["message"]))["model"] == ref
        replayed = call(
            f"{divan.url}/api/conversations/{first['conversation']}/replay",
            "POST",
            {"models": [ref], "dry_run": True},
        )
        assert (replayed[0], replayed[1]["answers"][0]["model"]) == (200, ref)
        voices = [{"name": name, "model": ref} for name in ("Ada", "Bob")]
        spoken: dict[str, Any] = {"opening": "go", "participants": voices, "limits": {"turns": 1}}
        talk = await page.ask("dialogue", conversation=None, **spoken)
        assert talk["type"] == "ack"
        say_once(models, model)
    status, row, _ = call(f"{divan.url}/api/conversations", "POST", {"lanes": [{"model": ref}]})
    assert (status, row["lanes"][0]["model"]) == (201, ref)
    posted = {"text": "hi"}
    asking = asyncio.to_thread(call, f"{divan.url}/api/conversations/{row['id']}/messages", "POST", posted)
    assert (await answered(asking, models, model))[0] == 201


@pytest.mark.parametrize("model", IDS)
async def test_every_listed_model_is_asked_through_openais_door(
    divan: Divan, models: ModelServer, model: str
) -> None:
    ref = f"fake/{model}"
    assert call(f"{divan.url}/v1/models/{quote(ref)}")[1]["id"] == ref
    asked = {"model": ref, "messages": [{"role": "user", "content": "hi"}]}
    asking = asyncio.to_thread(call, f"{divan.url}/v1/chat/completions", "POST", asked)
    status, told, _ = await answered(asking, models, model)
    assert (status, told["model"], told["choices"][0]["message"]["content"]) == (200, ref, "Here.")


async def answered(asking: Coroutine[Any, Any, Any], models: ModelServer, model: str) -> Any:
    """What came of a request that waits for its answer."""
    request = asyncio.create_task(asking)
    await asyncio.to_thread(say_once, models, model)
    return await request


LOST = "nowhere/model"
VOICES = [{"name": "Ada", "model": "echo/echo"}, {"name": "Bob", "model": LOST}]
ECHOES = [{"name": "Ada", "model": "echo/echo"}, {"name": "Bob", "model": "echo/echo"}]
ROW = [{"id": "l1", "model": "echo/echo"}, {"id": "l2", "model": "gone/model"}]
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("send", {"conversation": None, "text": "hi", "lanes": [{"model": "echo/echo"}, {"model": LOST}]}),
    ("send", {"conversation": None, "text": "hi", "lanes": [{"model": LOST}], "temporary": True}),
    ("send", {"text": "hi", "lanes": [{"model": LOST}]}),
    ("dialogue", {"conversation": None, "opening": "go", "participants": VOICES}),
    ("dialogue", {"conversation": None, "opening": "go", "participants": ECHOES, "moderator": LOST}),
    ("regenerate", {"message": "a1", "model": LOST}),
    ("synthesize", {"message": "u1", "model": LOST}),
    ("settings", {"lanes": [*ROW, {"model": LOST}]}),
]


@pytest.mark.parametrize(("command", "fields"), COMMANDS)
async def test_a_server_that_does_not_exist_is_not_found_and_nothing_is_done(
    standing: Divan, command: str, fields: dict[str, Any]
) -> None:
    known = standing.put_conversation(
        conversation("20260102-000000-ffffffff", lanes=ROW),
        user("u1"),
        answer("a1", "u1"),
        answer("a2", "u1", lane="l2"),
    )
    before = standing.conversations()
    path = standing.data_dir / "conversations" / f"{known}.jsonl"
    bytes_before = path.read_bytes()
    async with wire(standing.socket_url) as page:
        refused = await page.ask(command, **{"conversation": known, **fields})
    assert (refused["type"], refused["code"]) == ("error", "not_found")
    assert LOST in refused["message"]
    assert path.read_bytes() == bytes_before
    assert standing.conversations() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/conversations", {"lanes": [{"model": LOST}]}),
        ("/api/conversations/{known}/messages", {"text": "hi", "lanes": [{"model": LOST}]}),
        ("/api/conversations/{known}/messages", {"text": "hi", "lanes": [{"model": LOST}], "stream": True}),
        ("/api/conversations/{known}/replay", {"models": [LOST]}),
        ("/api/chat/multi-model", {"opening": "go", "participants": VOICES}),
        (
            "/api/chat/commands",
            {"type": "send", "conversation": None, "text": "hi", "lanes": [{"model": LOST}]},
        ),
    ],
)
def test_over_rest_it_is_404(standing: Divan, path: str, body: dict[str, Any]) -> None:
    first = conversation("20260103-000000-ffffffff", lanes=ROW)
    known = standing.put_conversation(first, user("u1"), answer("a1", "u1"))
    before = standing.conversations()
    status, told, _ = call(standing.url + path.format(known=known), "POST", body)
    assert (status, told["error"]["code"]) == (404, "not_found")
    assert standing.conversations() == before


async def test_a_conversations_own_lane_outlives_its_server(standing: Divan) -> None:
    known = standing.put_conversation(conversation("20260104-000000-ffffffff", lanes=ROW))
    async with wire(standing.socket_url) as page:
        changed = await page.ask("settings", conversation=known, lanes=[*ROW, {"model": "echo/echo"}])
        assert changed["type"] == "ack"
        sent = await page.ask("send", conversation=known, text="/echo speed=0 length=1\nhi", lanes=ROW)
        ended = [(await page.answer(one))["status"] for one in sent["answers"]]
    assert ended == ["complete", "failed"]
