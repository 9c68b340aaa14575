"""`/api/folders`: what a person's folder carries, whatever it is called."""

import urllib.parse
from collections.abc import AsyncIterator
from typing import Any

import pytest
from yarl import URL

from tests.rest.conftest import Answer, Client
from tests.rest.test_owners import given, someone
from tests.services.server import Divan

NAMES = [
    "Plain",
    "two words",
    "a/b/c",
    "/ends with it/",
    "50% of #1? & more=+",
    "İstanbul ığdır ŞÇÖÜ",
    "🦊 🏳️‍🌈",
    "привет",
    "new\nline",
    "'; DROP TABLE chat_project; --",
    "..%2f..",
    "labels",
    "ǅ" * 200,
]
ECHO = [{"model": "echo/echo", "system": "Be brief."}]
NOTHING = {
    "project": False,
    "instructions": "",
    "documents": [],
    "lanes": None,
    "tools": None,
    "web": None,
    "budget": None,
    "spent": {"day": 0.0, "month": 0.0, "total": 0.0},
}


class Folders:
    def __init__(self, call: Client) -> None:
        self.call = call

    async def __call__(self, method: str, name: str, body: Any = None) -> Answer:
        address: Any = URL(f"/api/folders/{urllib.parse.quote(name, safe='')}", encoded=True)
        return await self.call(method, address, body)


@pytest.fixture
async def folders(call: Client) -> AsyncIterator[Folders]:
    folders = Folders(call)
    yield folders
    for label in (await call("GET", "/api/conversations/labels")).body["folders"]:
        assert (await folders("DELETE", label["name"])).status == 204


async def begun(call: Client, **fields: Any) -> dict[str, Any]:
    made = await call("POST", "/api/conversations", fields)
    assert made.status == 201, made.body
    return dict(made.body)


async def sent(call: Client, **fields: Any) -> dict[str, Any]:
    ack = await call(
        "POST", "/api/chat/commands", {"type": "send", "conversation": None, "text": "hello", **fields}
    )
    assert ack.status == 200, ack.body
    return dict((await call("GET", f"/api/conversations/{ack.body['conversation']}")).body)


@pytest.mark.parametrize("name", NAMES)
async def test_a_folder_of_any_name_is_a_label_then_a_project_then_none(
    call: Client, folders: Folders, name: str
) -> None:
    assert (await folders("GET", name)).status == 404
    conversation = await begun(call, folder=name)
    stored = conversation["folder"]
    label = await folders("GET", stored)
    assert (label.status, label.body) == (200, {"name": stored, "conversations": 1, **NOTHING})
    changed = await folders("PATCH", stored, {"instructions": "Answer in verse.", "budget": 2})
    assert changed.status == 200, changed.body
    assert changed.body == (await folders("GET", stored)).body
    assert changed.body["instructions"] == "Answer in verse."
    assert changed.body["budget"] == {"usd": 2.0, "period": "month", "spent": 0.0}
    known = (await call("GET", "/api/conversations/labels")).body["folders"]
    assert {"name": stored, "count": 1, "project": True} in known
    again = await begun(call, folder=name)
    assert again["project"] == {"name": stored, "instructions": "Answer in verse."}
    assert (await folders("DELETE", stored)).status == 204
    assert (await folders("GET", stored)).status == 404
    left = (await call("GET", f"/api/conversations/{conversation['id']}")).body
    assert left["folder"] is None


async def test_a_new_conversation_begins_with_what_its_folder_carries(call: Client, folders: Folders) -> None:
    carried = {"instructions": " Say sources. ", "lanes": ECHO, "tools": ["calculate"], "web": True}
    await folders("PATCH", "Work", carried)
    for made in (await begun(call, folder="Work"), await sent(call, folder="Work", web=False)):
        assert made["folder"] == "Work"
        assert made["project"] == {"name": "Work", "instructions": "Say sources."}
        assert [(lane["model"], lane["system"]) for lane in made["lanes"]] == [("echo/echo", "Be brief.")]
        assert made["tools"] == ["calculate"]
    assert made["web"] is False, "what is asked for goes before what is inherited"
    own = await sent(call, folder="Work", lanes=[{"model": "echo/echo"}], tools=False)
    assert (own["lanes"][0]["system"], own["tools"]) == ("", False)
    outside = await sent(call)
    assert (outside["folder"], outside["project"]) == (None, None)


async def test_what_a_conversation_began_with_stays_in_its_file_whatever_becomes_of_the_folder(
    call: Client, folders: Folders
) -> None:
    await folders("PATCH", "Work", {"instructions": "First."})
    made = await sent(call, folder="Work", lanes=ECHO)
    await folders("PATCH", "Work", {"instructions": "Second."})
    where = f"/api/conversations/{made['id']}"
    assert (await call("GET", where)).body["project"]["instructions"] == "First."
    assert (await sent(call, folder="Work", lanes=ECHO))["project"]["instructions"] == "Second."
    moved = await sent(call, lanes=ECHO)
    await call("PATCH", f"/api/conversations/{moved['id']}", {"folder": "Work"})
    assert (await call("GET", f"/api/conversations/{moved['id']}")).body["project"] is None
    exported = await call("GET", f"{where}/export", params={"format": "json"})
    assert "First." in str(exported.body)
    for command in ("fork", "replay"):
        message = exported.body["records"][-1]["id"]
        if command == "fork":
            copy = (
                await call(
                    "POST",
                    "/api/chat/commands",
                    {"type": "fork", "conversation": made["id"], "message": message},
                )
            ).body["conversation"]
        else:
            copy = (await call("POST", f"{where}/replay", {})).body["conversation"]
        again = (await call("GET", f"/api/conversations/{copy}")).body
        assert (again["project"]["instructions"], again["folder"]) == ("First.", "Work"), command


async def test_null_takes_back_and_a_folder_that_carries_nothing_is_a_label_again(
    call: Client, folders: Folders
) -> None:
    await folders("PATCH", "Work", {"instructions": "x", "lanes": ECHO, "tools": True, "web": True})
    same = (await folders("PATCH", "Work", {"budget": {"usd": 0.5, "period": "total"}})).body
    assert (same["instructions"], same["tools"], same["web"]) == ("x", True, True)
    assert (await folders("PATCH", "Work", {})).body == same
    gone = dict.fromkeys(("instructions", "documents", "lanes", "tools", "web", "budget"))
    assert (await folders("PATCH", "Work", gone)).status == 404
    await begun(call, folder="Work")
    assert (await folders("PATCH", "Work", gone)).body == {"name": "Work", "conversations": 1, **NOTHING}


@pytest.mark.parametrize(
    "wrong",
    [
        {"instruction": "x"},
        {"instructions": 1},
        {"instructions": "x" * 100_001},
        {"instructions": "a\x00b"},
        {"documents": "all"},
        {"documents": [0]},
        {"documents": [True]},
        {"lanes": [{}]},
        {"lanes": [{"model": "no-slash"}]},
        {"lanes": ECHO * 25},
        {"tools": "yes"},
        {"tools": ["not a name"]},
        {"web": "true"},
        {"web": 1},
        {"budget": -1},
        {"budget": True},
        {"budget": "5"},
        {"budget": {}},
        {"budget": {"usd": 1, "period": "year"}},
        {"budget": {"usd": 1, "more": 1}},
        {"name": ""},
        {"name": "  "},
        {"name": None},
        {"name": "x" * 201},
        {"spent": {}},
        [],
        "x",
        None,
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    folders: Folders, call: Client, wrong: Any
) -> None:
    await begun(call, folder="Work")
    before = (await folders("PATCH", "Work", {"instructions": "stays"})).body
    refused = await folders("PATCH", "Work", wrong)
    assert (refused.status, refused.body["error"]["code"]) == (400, "invalid"), refused.body
    assert refused.body["error"]["message"]
    assert (await folders("GET", "Work")).body == before


@pytest.mark.parametrize("name", ["x" * 201, " blank", "nul\x00"])
async def test_a_name_that_no_folder_has_is_refused(folders: Folders, name: str) -> None:
    assert (await folders("GET", name)).status == 404
    assert (await folders("PATCH", name, {"instructions": "x"})).status == 400
    assert (await folders("DELETE", name)).status == 404


async def test_renaming_takes_conversations_project_and_spending_along(
    call: Client, folders: Folders
) -> None:
    one, two = await begun(call, folder="Old/İ"), await begun(call, folder="Old/İ")
    await call("PATCH", f"/api/conversations/{two['id']}", {"archived": True})
    before = (await folders("PATCH", "Old/İ", {"instructions": "x", "budget": 3, "lanes": ECHO})).body
    renamed = await folders("PATCH", "Old/İ", {"name": "New 🦊"})
    assert (renamed.status, renamed.body) == (200, {**before, "name": "New 🦊"})
    for conversation in (one, two):
        assert (await call("GET", f"/api/conversations/{conversation['id']}")).body["folder"] == "New 🦊"
    assert (await folders("GET", "Old/İ")).status == 404
    await folders("PATCH", "Other", {"web": True})
    taken = await folders("PATCH", "New 🦊", {"name": "Other"})
    assert (taken.status, taken.body["error"]["code"]) == (409, "conflict")
    assert (await folders("GET", "New 🦊")).body == {**before, "name": "New 🦊"}
    assert (await folders("PATCH", "nowhere", {"name": "somewhere"})).status == 404


async def test_documents_are_ones_own_and_switch_searching_on(
    divan: Divan, call: Client, folders: Folders
) -> None:
    read = await given(call, "/api/documents", "files", "facts.txt", b"The fox is called Rufus.")
    number = read["documents"][0]["id"]
    changed = await folders("PATCH", "Work", {"documents": [number, number]})
    assert changed.body["documents"] == [{"id": number, "name": "facts.txt"}]
    assert (await begun(call, folder="Work"))["rag"] is True
    assert (await begun(call, folder="Work", rag=False))["rag"] is False
    async with someone(divan, "bob") as bob:
        refused = await Folders(bob)("PATCH", "Work", {"documents": [number]})
        assert (refused.status, refused.body["error"]["code"]) == (404, "not_found")
    assert (await folders("PATCH", "Work", {"documents": [2**62]})).status == 404
    assert (await call("DELETE", f"/api/documents/{number}")).status == 204
    assert (await folders("GET", "Work")).body["documents"] == []
    assert (await begun(call, folder="Work"))["rag"] is False


async def test_a_folder_of_another_person_is_not_there(divan: Divan, call: Client, folders: Folders) -> None:
    await folders("PATCH", "Secret", {"instructions": "zebrafish", "budget": 1})
    await begun(call, folder="Secret")
    before = (await folders("GET", "Secret")).body
    async with someone(divan, "bob") as bob:
        his = Folders(bob)
        assert (await his("GET", "Secret")).status == 404
        assert (await his("DELETE", "Secret")).status == 404
        assert (await his("PATCH", "Secret", {"name": "taken"})).status == 404
        assert (await begun(bob, folder="Secret"))["project"] is None
        own = await his("PATCH", "Secret", {"instructions": "mine"})
        assert (own.body["conversations"], own.body["budget"]) == (1, None)
        assert (await his("DELETE", "Secret")).status == 204
    assert (await folders("GET", "Secret")).body == before


async def test_only_a_new_conversation_begins_in_a_folder(call: Client, folders: Folders) -> None:
    made = await sent(call, folder="Work", lanes=ECHO)
    again = {"type": "send", "conversation": made["id"], "text": "more"}
    assert (await call("POST", "/api/chat/commands", {**again, "folder": "Work"})).status == 200
    refused = await call("POST", "/api/chat/commands", {**again, "folder": "Elsewhere"})
    assert (refused.status, refused.body["error"]["code"]) == (400, "invalid")
    two = [{"name": name, "model": "echo/echo"} for name in ("Ada", "Bea")]
    await folders("PATCH", "Work", {"instructions": "Be kind."})
    talk = {"opening": "x", "participants": two, "limits": {"turns": 1}, "folder": "Work"}
    begun = await call("POST", "/api/chat/multi-model", talk)
    spoken = (await call("GET", f"/api/conversations/{begun.body['conversation']}")).body
    assert spoken["project"] == {"name": spoken["folder"], "instructions": "Be kind."}
