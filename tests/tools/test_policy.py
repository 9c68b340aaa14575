"""Whose word on a tool holds: the tool's own, the administrator's, the person's."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from django.core.exceptions import ValidationError

from chat.doors.rest.tools import PolicyName
from chat.models import Policy, ToolChoice, ToolRule
from chat.protocol.errors import ForbiddenError
from chat.tools import base, catalogue
from chat.tools.builtin import calculate
from chat.tools.policy import Policies, policies_of, set_policy
from tests.chat.test_access import ANN, BOB, call
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
