"""A conversation asked again: from the command line with and without a server, and over REST."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chat.protocol.errors import InvalidError
from chat.replay.compare import count_changed_words
from chat.replay.plan import turns_in
from conversations.files.store import FileStore
from tests.chat.test_access import call
from tests.services.processes import wait_until
from tests.services.server import Divan, run_command

ECHO = [{"model": "echo/echo", "system": "Be brief."}]
FAST = "/echo speed=0\n"


def converse(server: Divan, *texts: str, lanes: Any = None) -> str:
    _, row, _ = call(f"{server.url}/api/conversations", "POST", {"title": "First", "lanes": lanes or ECHO})
    for text in texts:
        say(server, row["id"], text)
    return str(row["id"])


def say(server: Divan, conversation: str, text: str) -> None:
    call(f"{server.url}/api/conversations/{conversation}/messages", "POST", {"text": FAST + text})


def replay(server: Divan, *words: str) -> tuple[int, str, str]:
    return run_command(("replay_chat", *words), server.env)


def messages(server: Divan, conversation: str) -> list[dict[str, Any]]:
    file = FileStore(server.data_dir).open(conversation)
    return [dict(record) for record in file.messages(file.tree.path())]


def asked(server: Divan, conversation: str) -> list[str]:
    return [
        one["parts"][0]["text"].removeprefix(FAST)
        for one in messages(server, conversation)
        if one["role"] == "user"
    ]


def test_the_command_asks_all_again_beside_a_running_server(server: Divan) -> None:
    conversation = converse(server, "one", "two")
    status, out, _ = replay(server, conversation, "--output", "json")
    told = json.loads(out)
    assert (status, told["of"], told["complete"], len(told["pairs"])) == (0, conversation, True, 2)
    assert all((pair["removed"], pair["added"]) == (0, 0) for pair in told["pairs"])
    assert told["before"]["words"] == told["after"]["words"] > 0
    assert asked(server, told["conversation"]) == ["one", "two"]
    listed = call(f"{server.url}/api/conversations")[1]["conversations"]
    assert [row["title"] for row in listed] == ["First (re-run)", "First"]
    assert len(messages(server, conversation)) == 4


def test_the_command_works_without_a_server_and_of_several_models(server: Divan) -> None:
    conversation = converse(server, "one")
    server.stop()
    status, out, err = replay(server, conversation, "--lane", "echo/echo", "echo/other", "--output", "json")
    told = json.loads(out)
    assert (status, err) == (0, "")
    assert [pair["after"]["model"] for pair in told["pairs"]] == ["echo/echo", "echo/other"]
    assert {pair["before"]["model"] for pair in told["pairs"]} == {"echo/echo"}
    first = FileStore(server.data_dir).open(told["conversation"]).tree.conversation
    assert first is not None
    assert [lane["system"] for lane in first["lanes"]] == ["Be brief.", "Be brief."]
    assert first["replay_of"]["conversation"] == conversation


def test_turns_before_the_first_are_carried_over_as_they_stood(server: Divan) -> None:
    conversation = converse(server, "one", "two", "three")
    status, out, _ = replay(server, conversation, "--turns", "2-2", "--output", "json")
    told = json.loads(out)
    old, new = messages(server, conversation), messages(server, told["conversation"])
    assert (status, len(told["pairs"])) == (0, 1)
    assert new[:2] == old[:2]
    assert [one["id"] for one in new][2] == old[2]["id"]
    assert new[3]["id"] != old[3]["id"]
    assert asked(server, told["conversation"]) == ["one", "two"]


def test_a_branch_is_asked_again_by_its_name(server: Divan) -> None:
    conversation = converse(server, "one", "left")
    left = messages(server, conversation)
    branches = f"{server.url}/api/conversations/{conversation}/branches"
    call(branches, "POST", {"name": "the left", "message": left[-1]["id"]})
    again = {"text": FAST + "right", "parent": left[1]["id"]}
    call(f"{server.url}/api/conversations/{conversation}/messages", "POST", again)
    shown = json.loads(replay(server, conversation, "--output", "json")[1])
    branch = json.loads(replay(server, conversation, "--branch", "the left", "--output", "json")[1])
    assert asked(server, shown["conversation"]) == ["one", "right"]
    assert asked(server, branch["conversation"]) == ["one", "left"]


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(server: Divan) -> None:
    conversation = converse(server, "one", "two")
    before = list(FileStore(server.data_dir).ids())
    status, out, _ = replay(server, conversation, "--dry-run", "--output", "json")
    told = json.loads(out)
    assert (status, told["turns"], told["usd"], told["complete"]) == (0, 2, 0, True)
    assert [row["text"] for row in told["answers"]] == ["/echo speed=0 one", "/echo speed=0 two"]
    assert 0 < told["answers"][0]["input_tokens"] < told["answers"][1]["input_tokens"]
    assert list(FileStore(server.data_dir).ids()) == before
    assert "Nothing was sent." in replay(server, conversation, "--dry-run")[1]


def test_the_command_fails_where_an_answer_does(start_server: Callable[..., Divan]) -> None:
    server = start_server(env={"OPENAI_SERVERS": "gone=http://127.0.0.1:9/v1"})
    conversation = converse(server, "one")
    status, out, err = replay(server, conversation, "--lane", "gone/model", "--output", "json")
    assert (status, json.loads(out)["complete"]) == (1, False)
    assert err.startswith("error: 1 of 1 answers are missing or not whole. gone cannot be reached.")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--turns", "9"), "The conversation has 1 turn."),
        (("--turns", "x"), "Turns are given as"),
        (("--lane", "nowhere/model"), "There is no model nowhere/model here."),
        (("--branch", "none"), "There is no branch of that name"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(server: Divan, words: tuple[str, ...], reason: str) -> None:
    status, out, err = replay(server, converse(server, "one"), *words)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert reason in err


def test_rest_estimates_asks_and_compares(server: Divan) -> None:
    conversation = converse(server, "one", "two")
    address = f"{server.url}/api/conversations/{conversation}"
    body = {"models": ["echo/other"], "turns": "2-"}
    status, told, _ = call(f"{address}/replay", "POST", {**body, "dry_run": True})
    assert (status, told["turns"], [row["model"] for row in told["answers"]]) == (200, 1, ["echo/other"])
    status, begun, _ = call(f"{address}/replay", "POST", body)
    assert status == 201
    made = f"{server.url}/api/conversations/{begun['conversation']}"
    call(f"{made}/messages", "POST", {"text": FAST + "a message that waits for the one before"})
    status, found, _ = call(f"{made}/comparison")
    assert (status, found["conversation"], found["title"]) == (200, conversation, "First")
    assert [pair["text"].removeprefix(FAST) for pair in found["pairs"]][:1] == ["two"]
    assert found["pairs"][0]["before"]["model"] == "echo/echo"
    assert call(f"{address}/comparison")[0] == 404
    assert call(f"{server.url}/api/conversations/20260101-000000-aaaaaaaa/replay", "POST", {})[0] == 404


def test_stopping_an_answer_ends_the_replay(server: Divan) -> None:
    conversation, commands = converse(server), f"{server.url}/api/chat/commands"
    slow = {"type": "send", "conversation": conversation, "text": "/echo speed=20 length=400\nslow"}
    call(commands, "POST", slow)
    call(commands, "POST", {"type": "stop", "conversation": conversation})
    say(server, conversation, "never asked again")
    begun = call(f"{server.url}/api/conversations/{conversation}/replay", "POST", {})[1]["conversation"]
    wait_until(
        lambda: call(f"{server.url}/api/conversations/{begun}")[1]["answering"] == 1,
        seconds=10,
        what="the replay",
    )
    call(commands, "POST", {"type": "stop", "conversation": begun})
    say(server, begun, "mine")
    assert [text.splitlines()[-1] for text in asked(server, begun)] == ["slow", "mine"]


@pytest.mark.parametrize(
    ("turns", "count", "found"),
    [
        ("", 4, (1, 4)),
        ("2-3", 4, (2, 3)),
        ("2-", 4, (2, 4)),
        ("-2", 4, (1, 2)),
        ("3", 4, (3, 3)),
        ("2-9", 4, (2, 4)),
    ],
)
def test_turns_are_read_as_a_person_writes_them(turns: str, count: int, found: tuple[int, int]) -> None:
    assert turns_in(turns, count) == found


@pytest.mark.parametrize("turns", ["-", "0", "3-2", "5", "a", "1-2-3", "²"])
def test_turns_that_are_not_there_are_refused(turns: str) -> None:
    with pytest.raises(InvalidError):
        turns_in(turns, 4)


def test_changed_words_are_counted() -> None:
    assert count_changed_words("the cat sat", "the dog sat down") == (1, 2)
    assert count_changed_words("", "all new") == (0, 2)
    assert count_changed_words("a\nb  c", "a b c") == (0, 0)
