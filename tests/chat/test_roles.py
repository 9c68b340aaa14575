"""What the roles of lanes do: whose answer the conversation goes on from, and who is told of which."""

from itertools import permutations
from typing import Any

import pytest

from chat.prompting import context
from chat.protocol import commands, lanes
from conversations.roles import viewpoint_lane
from conversations.settings import Lane
from conversations.tree import Tree
from tests.chat.test_context import answered, asked, sent, tree_of
from tests.conversations.samples import answer, record, user
from tests.services.server import Divan
from tests.services.wire import Wire, wire


def row(*roles: str | None) -> list[Lane]:
    found: list[Any] = [{"id": f"l{place}", "model": f"s/m{place}"} for place in range(len(roles))]
    return [lane | ({"role": role} if role else {}) for lane, role in zip(found, roles, strict=True)]


def settled(given: list[str | None], known: list[Lane] | None = None) -> list[str]:
    lane = commands.Lane.model_validate
    wanted = [lane({"id": f"l{n}", "model": f"s/m{n}", "role": role}) for n, role in enumerate(given)]
    return [str(one.get("role")) for one in lanes.merge_lanes(wanted, known or [])]


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ([None], [], ["primary"]),
        ([None, None, None], [], ["primary", "secondary", "secondary"]),
        ([None, None, "primary"], [], ["secondary", "secondary", "primary"]),
        (["primary", "primary"], [], ["primary", "secondary"]),
        (["comparison", None], [], ["comparison", "primary"]),
        (["secondary", "secondary"], [], ["secondary", "secondary"]),
        (["comparison", "comparison"], [], ["comparison", "comparison"]),
        ([None, "primary"], ["primary", "secondary"], ["secondary", "primary"]),
        ([None, None], ["secondary", "primary"], ["secondary", "primary"]),
        ([None, None], ["comparison", "secondary"], ["comparison", "primary"]),
        (["comparison", None], ["primary", "secondary"], ["comparison", "primary"]),
    ],
)
def test_one_lane_is_primary(given: list[str | None], known: list[str], expected: list[str]) -> None:
    assert settled(given, row(*known)) == expected


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
@pytest.mark.parametrize("primary", [0, 1, 2])
def test_the_primary_lanes_answer_is_shown_whoever_is_faster(order: tuple[int, ...], primary: int) -> None:
    roles = ["primary" if place == primary else ("comparison", "secondary")[place % 2] for place in range(3)]
    tree = Tree()
    for one in (
        record("settings", lanes=row(*roles)),
        user("u1", lanes=["l0", "l1", "l2"]),
        *[answer(f"a{place}", "u1", lane=f"l{place}") for place in order],
    ):
        tree.apply(one)
    assert tree.head == f"a{primary}"


def test_a_secondary_answer_stands_before_one_for_comparison_where_the_primary_one_failed() -> None:
    tree = Tree()
    for one in (
        record("settings", lanes=row("comparison", "secondary", "primary")),
        user("u1", lanes=["l0", "l1", "l2"]),
        answer("a0", "u1", lane="l0"),
        answer("a2", "u1", lane="l2", status="failed"),
        answer("a1", "u1", lane="l1"),
    ):
        tree.apply(one)
    assert tree.head == "a1"


def three_turns(chosen: str, roles: list[str]) -> Tree:
    tree = tree_of(
        asked("u1", None, "one", "l0", "l1", "l2"),
        *[answered(f"a{place}", "u1", f"l{place}", f"A{place}") for place in range(3)],
        asked("u2", chosen, "two", "l0", "l1", "l2"),
    )
    tree.apply(record("settings", lanes=row(*roles)))
    return tree


ROLES = ["secondary", "comparison", "primary"]


@pytest.mark.parametrize(("lane", "own"), [("l0", "A0"), ("l1", "A2"), ("l2", "A2")])
def test_a_lane_for_comparison_is_told_what_the_primary_one_is(lane: str, own: str) -> None:
    tree = three_turns("a2", ROLES)
    assert viewpoint_lane(row(*ROLES), lane) == ("l2" if lane == "l1" else lane)
    assert sent(tree, "u2", lane)[1] == ("assistant", own)
    assert sent(tree, "u2", lane, history="chosen")[1] == ("assistant", "A2")
    assert sent(tree, "u2", lane, history="all")[1] == ("assistant", "[s/l0]:\nA0\n\n[s/l2]:\nA2")


def test_an_answer_for_comparison_that_was_chosen_is_part_of_the_history() -> None:
    tree = three_turns("a1", ROLES)
    assert sent(tree, "u2", "l0", history="chosen")[1] == ("assistant", "A1")
    assert sent(tree, "u2", "late")[1] == ("assistant", "A1")
    assert "A1" in sent(tree, "u2", "l2", history="all")[1][1]


def test_where_all_lanes_are_for_comparison_each_is_told_its_own_view() -> None:
    roles = row("comparison", "comparison")
    assert [viewpoint_lane(roles, lane["id"]) for lane in roles] == ["l0", "l1"]


def test_a_relay_leaves_out_what_is_for_comparison() -> None:
    roles = row("secondary", "comparison", "primary", "comparison", "secondary")
    ids = [lane["id"] for lane in roles]
    told = {lane: list(lanes.lanes_before(ids, roles, lane)) for lane in ids}
    assert told == {"l0": [], "l1": ["l0", "l1"], "l2": ["l0", "l1"], "l3": ["l0", "l1"], "l4": ids[:4]}
    tree = three_turns("a2", ROLES)
    assert [context.belongs_to_history(tree, answer, None) for answer in ("a0", "a1", "a2")] == [
        True,
        False,
        True,
    ]


async def head_of(page: Wire, conversation: str) -> str | None:
    """As the page works it out, by the server's own rule."""
    snapshot = await page.ask("open", conversation=conversation)
    tree = Tree()
    for one in snapshot["records"]:
        tree.apply(one)
    return tree.head


async def test_a_role_that_a_program_gives_decides_where_the_next_message_stands(server: Divan) -> None:
    three = [{"model": "echo/echo"}, {"model": "echo/echo"}, {"model": "echo/echo", "role": "primary"}]
    async with wire(server.socket_url) as page:
        slow = "/echo speed=40 length=20\none"
        first = await page.ask("send", conversation=None, text=slow, lanes=three)
        where = first["conversation"]
        second = await page.ask("send", conversation=where, text="/echo speed=0 length=1\ntwo")
        for sent_answer in [*first["answers"], *second["answers"]]:
            await page.answer(sent_answer)
        snapshot = await page.ask("open", conversation=where)
        messages = {one["id"]: one for one in snapshot["records"] if one["type"] == "message"}
        assert messages[second["message"]]["parent"] == first["answers"][2]
        assert await head_of(page, where) == second["answers"][2]
        known = next(one["lanes"] for one in snapshot["records"] if one["type"] == "conversation")
        assert [lane["role"] for lane in known] == ["secondary", "secondary", "primary"]
        moved = [{"id": lane["id"], "model": lane["model"]} for lane in known]
        moved[0]["role"] = "primary"
        third = await page.ask("send", conversation=where, text="/echo speed=0 length=1\nthree", lanes=moved)
        for sent_answer in third["answers"]:
            await page.answer(sent_answer)
        assert await head_of(page, where) == third["answers"][0]
