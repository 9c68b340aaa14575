"""Whose word on a tool holds: the tool's own, the administrator's, the person's."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError

from chat.doors.rest.tools import PolicyName
from chat.engine.room import Room
from chat.models import Policy, ToolChoice, ToolRule
from chat.protocol.errors import ForbiddenError
from chat.tools import base, catalogue
from chat.tools import policy as module
from chat.tools.builtin import calculate
from chat.tools.policy import Policies, policies_of, set_policy
from chat.tools.search import configuration
from chat.tools.turn import TurnTools
from conversations.files.store import FileStore
from core.shared_reads import SharedRead, SharedReads
from tests.chat.test_access import ANN, BOB, call
from tests.conversations.samples import conversation, user
from tests.services.server import Divan

SEARCH = replace(calculate.TOOL, name="files__search", source="mcp:files", policy="ask")


@pytest.mark.parametrize(
    ("server", "rule", "own", "holds"),
    [
        (None, None, None, "ask"),
        (None, None, "allow", "allow"),
        (None, None, "deny", "deny"),
        (None, "allow", None, "allow"),
        (None, "allow", "ask", "ask"),
        (None, "ask", "allow", "allow"),
        (None, "deny", "allow", "deny"),
        ("deny", None, "allow", "deny"),
        ("deny", "ask", None, "ask"),
        ("deny", "ask", "allow", "allow"),
        ("allow", None, None, "allow"),
        ("allow", "deny", None, "deny"),
    ],
)
def test_the_nearest_word_holds_and_an_administrators_never_ends_it(
    server: Any, rule: Any, own: Any, holds: str
) -> None:
    said = {"mcp:files": server, "files__search": rule}
    rules = {name: policy for name, policy in said.items() if policy}
    assert Policies(rules, {"files__search": own} if own else {}).of(SEARCH) == holds


def test_the_policies_of_the_rows_are_those_of_the_tools() -> None:
    assert set(Policy.values) == set(get_args(base.Policy)) == set(get_args(PolicyName))


@pytest.mark.django_db(transaction=True)
async def test_a_persons_word_is_theirs_alone_and_may_be_taken_back() -> None:
    await set_policy("ann", SEARCH, "allow")
    await set_policy("ann", SEARCH, "allow")
    assert (await policies_of("ann")).of(SEARCH) == "allow"
    assert (await policies_of("bob")).of(SEARCH) == "ask"
    await set_policy("ann", SEARCH, None)
    assert (await policies_of("ann")).of(SEARCH) == "ask"
    assert not await ToolChoice.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_nobody_lifts_an_administrators_never() -> None:
    await ToolRule.objects.acreate(tool="mcp:files", policy="deny")
    for policy in ("allow", "ask"):
        with pytest.raises(ForbiddenError):
            await set_policy("ann", SEARCH, policy)
    await set_policy("ann", SEARCH, "deny")


@pytest.mark.django_db(transaction=True)
async def test_a_tool_that_is_switched_off_says_so_in_the_catalogue() -> None:
    await ToolRule.objects.acreate(tool="calculate", policy="deny")
    tool = await catalogue.find_tool("ann", "calculate")
    assert tool is not None
    assert (tool.policy, str(tool.reason)) == ("deny", "The administrator has switched this tool off.")


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the begin of an answer knows for some seconds it knows for the whole test."""
    monkeypatch.setattr(module, "_known", SharedReads(module.read_policies, kept=math.inf))
    monkeypatch.setattr(configuration, "_known", SharedRead(configuration.read_row, kept=math.inf))


async def offered(owner: str, name: str = "calculate") -> tuple[str, bool]:
    """The policy of a tool where an answer begins now, and whether the tool can be used."""
    (tool,) = [tool for tool in await catalogue.tools_at_begin(owner) if tool.name == name]
    return tool.policy, not tool.reason


@pytest.mark.django_db(transaction=True)
async def test_what_is_said_of_a_tool_holds_for_the_next_answer_of_the_process(remembered: None) -> None:
    assert [await offered(owner) for owner in ("ann", "bob")] == [("allow", True)] * 2
    await set_policy("ann", calculate.TOOL, "deny")
    assert [await offered(owner) for owner in ("ann", "bob")] == [("deny", True), ("allow", True)]
    await set_policy("ann", calculate.TOOL, None)
    assert await offered("ann") == ("allow", True)
    rule = await ToolRule.objects.acreate(tool="calculate", policy="deny")
    assert [await offered(owner) for owner in ("ann", "bob")] == [("deny", False)] * 2
    rule.policy = "ask"
    await rule.asave()
    assert await offered("bob") == ("ask", True)
    await ToolRule.objects.all().adelete()
    assert await offered("bob") == ("allow", True)


@pytest.mark.django_db(transaction=True)
async def test_who_searches_the_web_holds_for_the_next_answer_of_the_process(remembered: None) -> None:
    assert await offered("ann", "web_search") == ("allow", False)
    await sync_to_async(configuration.change_service)(
        {"service": "searxng", "address": "https://search.example"}
    )
    assert await offered("ann", "web_search") == ("allow", True)
    await sync_to_async(configuration.follow_environment)()
    assert await offered("ann", "web_search") == ("allow", False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("model", "fields"), [(ToolRule, {}), (ToolChoice, {"owner": "local"})])
async def test_the_word_of_another_process_holds_from_the_next_call_of_an_answer_that_has_begun(
    remembered: None, data_dir: Path, model: Any, fields: dict[str, str]
) -> None:
    file = FileStore(data_dir).create(conversation(owner="local"), user("u1"))
    turn = TurnTools(Room(file, lambda room, news, own: None), "u1", "en")
    await turn.open()
    tool = turn.tools["calculate"]
    assert await turn.policy_of(tool) == "allow"
    # Such a save tells nobody in this process, as that of another does.
    await model.objects.abulk_create([model(tool="calculate", policy="deny", **fields)])
    assert (await offered("local"))[0] == "allow"
    assert await turn.policy_of(tool) == "deny"
    await model.objects.aupdate(policy="ask")
    assert await turn.policy_of(tool) == "ask"


@pytest.mark.parametrize("name", ["calculate", "mcp:files", "files__search", "mcp:my-server"])
def test_a_rule_names_a_tool_or_a_server(name: str) -> None:
    ToolRule(tool=name, policy="deny").clean_fields()


@pytest.mark.parametrize("name", ["", "a b", "mcp:", "mcp:a b", "calculate\n", "x" * 65, "tool.name"])
def test_a_rule_that_could_fit_no_tool_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ToolRule(tool=name, policy="deny").clean_fields()


Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def divan(start_server: Callable[..., Divan]) -> Divan:
    return start_server(env={"AUTH_MODE": "accounts"})


@pytest.fixture
def ask(divan: Divan) -> Ask:
    """Calls `/api/tools` as somebody."""
    users = (
        "from django.contrib.auth.models import User; [User.objects.create_user(n) for n in ('ann', 'bob')]"
    )
    divan.manage("shell", "-c", users)
    tokens = {name: divan.manage("create_token", name).strip().splitlines()[-1] for name in (ANN, BOB)}

    def ask_as(name: str, method: str, path: str = "", body: Any = None) -> tuple[int, dict[str, Any]]:
        bearer = f"Bearer {tokens[name]}"
        status, answer, _ = call(f"{divan.url}/api/tools{path}", method, body, Authorization=bearer)
        return status, answer

    return ask_as


def policies(ask: Ask, name: str) -> dict[str, str]:
    return {tool["name"]: tool["policy"] for tool in ask(name, "GET")[1]["tools"]}


FIELDS = {"name", "title", "description", "source", "read_only", "policy", "available", "parameters"}


def test_tools_are_listed_and_each_person_chooses_for_themselves(ask: Ask) -> None:
    status, listed = ask(ANN, "GET")
    assert status == 200
    assert set(listed) == {"tools", "servers"}
    for tool in listed["tools"]:
        assert set(tool) - {"reason"} == FIELDS
        assert tool["available"] is ("reason" not in tool)
        assert tool["source"] != "builtin" or (tool["read_only"] and tool["policy"] == "allow")
        assert tool["parameters"]["type"] == "object"
    status, row = ask(ANN, "PATCH", "/calculate", {"policy": "deny"})
    assert (status, row["name"], row["policy"], row["available"]) == (200, "calculate", "deny", True)
    assert policies(ask, ANN)["calculate"] == "deny"
    assert policies(ask, BOB)["calculate"] == "allow"
    assert ask(ANN, "PATCH", "/calculate", {"policy": None})[1]["policy"] == "allow"


def test_a_wrong_choice_is_told_and_changes_nothing(ask: Ask, divan: Divan) -> None:
    wrong: list[Any] = [{"policy": "always"}, {}, {"policy": "ask", "owner": "bob"}, {"policy": 1}, []]
    for body in wrong:
        status, answer = ask(ANN, "PATCH", "/calculate", body)
        assert (status, answer["error"]["code"]) == (400, "invalid"), body
    for name in ("nothing", "Calculate", "mcp:x", "a%2Fb"):
        status, answer = ask(ANN, "PATCH", f"/{name}", {"policy": "deny"})
        assert (status, answer["error"]["code"]) == (404, "not_found"), name
    rule = "from chat.models import ToolRule; ToolRule.objects.create(tool='calculate', policy='deny')"
    divan.manage("shell", "-c", rule)
    status, answer = ask(ANN, "PATCH", "/calculate", {"policy": "allow"})
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    [row] = [tool for tool in ask(BOB, "GET")[1]["tools"] if tool["name"] == "calculate"]
    assert (row["policy"], row["available"]) == ("deny", False)
    assert row["reason"]


def test_choices_lie_in_the_persons_folder_and_go_with_them(ask: Ask, divan: Divan) -> None:
    ask(ANN, "PATCH", "/calculate", {"policy": "ask"})
    ask(BOB, "PATCH", "/calculate", {"policy": "deny"})

    def kept() -> list[tuple[str, str]]:
        files: list[Path] = sorted(divan.data_dir.glob("people/*/tools.json"))
        rows = [row for path in files for row in json.loads(path.read_text())["tools"]]
        return sorted((row["tool"], row["policy"]) for row in rows)

    assert kept() == [("calculate", "ask"), ("calculate", "deny")]
    divan.manage("delete_user", ANN, "--hand-over-to", BOB)
    assert kept() == [("calculate", "deny")]
    assert policies(ask, BOB)["calculate"] == "deny"
