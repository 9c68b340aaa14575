"""Prompts that people keep, on a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chat.test_access import ANN, BOB, call
from tests.services.server import Divan

LETTER = {"name": "Letter", "text": "Write to {{who}} about {{what}}.\nKindly."}
Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(start_server: Callable[..., Divan], tmp_path: Path) -> Ask:
    """Calls `/api/prompts` as somebody."""
    server = start_server(env={"AUTH_MODE": "accounts"})
    users = (
        "from django.contrib.auth.models import User; [User.objects.create_user(n) for n in ('ann', 'bob')]"
    )
    server.manage("shell", "-c", users)
    tokens = {name: server.manage("create_token", name).strip().splitlines()[-1] for name in (ANN, BOB)}

    def ask_as(name: str, method: str, path: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
        bearer = f"Bearer {tokens[name]}"
        status, answer, _ = call(f"{server.url}/api/prompts{path}", method, body, Authorization=bearer)
        return status, answer

    return ask_as


def names(ask: Ask, user: str) -> list[str]:
    return [prompt["name"] for prompt in ask(user, "GET")[1]["prompts"]]


def test_a_prompt_is_kept_changed_shared_and_removed(ask: Ask) -> None:
    status, made = ask(ANN, "POST", "", LETTER)
    assert (status, made["text"], made["mine"]) == (201, LETTER["text"], True)
    path = f"/{made['id']}"
    assert ask(ANN, "PATCH", path, {"name": "Note"})[1]["text"] == LETTER["text"]
    assert (names(ask, ANN), names(ask, BOB)) == (["Note"], [])
    assert ask(BOB, "PATCH", path, {"name": "Mine now"})[0] == 404

    ask(ANN, "PATCH", path, {"shared": True})
    [seen] = ask(BOB, "GET")[1]["prompts"]
    assert (seen["owner"], seen["mine"], seen["text"]) == (ANN, False, LETTER["text"])
    assert (ask(BOB, "PATCH", path, {"name": "Mine now"})[0], ask(BOB, "DELETE", path)[0]) == (404, 404)

    assert (ask(ANN, "DELETE", path)[0], names(ask, ANN), names(ask, BOB)) == (204, [], [])
    assert ask(ANN, "DELETE", path)[0] == 404


def test_a_mistake_is_refused_and_nothing_is_kept(ask: Ask) -> None:
    for wrong in (
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "two\nlines"},
        {"text": ""},
        {"text": "nul\x00"},
        {"bogus": 1},
    ):
        status, answer = ask(ANN, "POST", "", LETTER | wrong)
        assert (status, answer["error"]["code"]) == (400, "invalid"), wrong
    assert names(ask, ANN) == []
