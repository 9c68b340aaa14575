"""How a person has set the page, kept with their account."""

from typing import Any

import pytest

from tests.rest.conftest import Client
from tests.rest.test_owners import someone
from tests.services.server import Divan

PATH = "/api/preferences"
ALL: dict[str, Any] = {
    "theme": "dark",
    "language": "tr",
    "text_size": "larger",
    "sidebar": False,
    "layout": "grid",
    "send_with": "mod-enter",
    "reasoning_open": True,
    "titles": "words",
    "suggestions": False,
    "export_path": True,
    "shortcuts": {"search": "Mod+KeyJ"},
    "favourites": ["ollama/qwen3:8b", "hf/mistralai/Mistral-7B-Instruct-v0.3"],
    "recent_models": ["echo/echo"],
    "new_chat": {"lanes": [{"model": "echo/echo", "system": "Be brief."}], "mode": "sequential"},
    "tools": ["calculate"],
    "folders": ["Work", "çağrı"],
    "unread": ["20260101-000000-aaaaaaaa"],
    "tabs": [{"key": "k", "conversation": None, "title": ""}],
    "tab": "k",
}


@pytest.fixture
async def clean(call: Client) -> Client:
    await call("PATCH", PATH, dict.fromkeys(ALL))
    return call


async def test_nothing_is_set_at_first_and_each_is_set_for_itself(clean: Client) -> None:
    assert (await clean("GET", PATH)).body == {}
    for name, value in ALL.items():
        assert (await clean("PATCH", PATH, {name: value})).body[name] == value
    assert (await clean("GET", PATH)).body == ALL
    await clean("PATCH", PATH, {"theme": None})
    assert (await clean("GET", PATH)).body == {name: value for name, value in ALL.items() if name != "theme"}
    assert (await clean("PATCH", PATH, {})).status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "pink"},
        {"theme": 1},
        {"sidebar": "yes"},
        {"unknown": 1},
        {"language": "x" * 11},
        {"favourites": "ollama/x"},
        {"favourites": ["x" * 401]},
        {"favourites": ["a\0b"]},
        {"shortcuts": {"a\0b": "Mod+KeyK"}},
        {"unread": ["x"] * 2_001},
        {"tabs": [{"key": "k"}]},
        {"new_chat": {"lanes": [{"model": ""}]}},
        {"new_chat": {"mode": "parallel"}},
    ],
    ids=str,
)
async def test_what_no_setting_can_be_is_refused_and_nothing_is_changed(
    clean: Client, wrong: dict[str, Any]
) -> None:
    await clean("PATCH", PATH, {"theme": "light"})
    refused = await clean("PATCH", PATH, {"theme": "dark", **wrong})
    assert (refused.status, refused.body["error"]["code"]) == (400, "invalid")
    assert (await clean("GET", PATH)).body == {"theme": "light"}


async def test_more_than_may_be_kept_is_refused(clean: Client) -> None:
    lanes = [{"model": "echo/echo", "system": "x" * 10_000} for _ in range(24)]
    refused = await clean("PATCH", PATH, {"new_chat": {"lanes": lanes}})
    assert refused.status == 413
    assert (await clean("GET", PATH)).body == {}


async def test_nobody_sees_or_changes_anothers(divan: Divan, clean: Client) -> None:
    await clean("PATCH", PATH, {"theme": "dark", "unread": ["20260101-000000-aaaaaaaa"]})
    async with someone(divan, "bob") as bob:
        assert (await bob("GET", PATH)).body == {}
        await bob("PATCH", PATH, {"theme": "light"})
    assert (await clean("GET", PATH)).body["theme"] == "dark"
