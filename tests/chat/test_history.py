"""What each lane is sent of earlier turns, by the exact requests that two fake model servers received."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import SCENARIOS, End, Say, Scenario, scenario
from tests.upstreams.server import Upstream, running_upstream

LANES = [
    {"model": "left/one"},
    {"model": "right/two", "system": "S1"},
    {"model": "right/two", "system": "S2"},
]
LATE = {"model": "left/late"}
FAILS = SCENARIOS["unauthorized"]

Sent = list[str]
"""The roles and texts of a request, as `user: …`."""


@dataclass
class Servers:
    left: Upstream
    right: Upstream
    divan: Divan

    def requests(self) -> list[Sent]:
        """Those of the last turn, in the order in which the lanes stand; forgets them."""
        found = [
            *self._taken(self.left, "one"),
            *self._taken(self.right, "two"),
            *self._taken(self.left, "late"),
        ]
        self.left.requests.clear()
        self.right.requests.clear()
        return found

    @staticmethod
    def _taken(upstream: Upstream, model: str) -> list[Sent]:
        bodies = [chat.body for chat in upstream.chats() if chat.body["model"] == model]
        requests = [
            [f"{said['role']}: {text_of(said['content'])}" for said in body["messages"]] for body in bodies
        ]
        return [messages for messages in requests if "Give a title" not in messages[-1]]


def text_of(content: Any) -> str:
    return content if isinstance(content, str) else "|".join(part["text"] for part in content)


def says(text: str) -> Scenario:
    return scenario(Say(text), End())


@pytest.fixture
async def servers(start_server: Callable[..., Divan]) -> AsyncIterator[Servers]:
    async with AsyncExitStack() as running:
        left, right = [await running.enter_async_context(running_upstream()) for _ in range(2)]
        urls = f"left={left.base_url('openai')},right={right.base_url('openai')}"
        yield Servers(left, right, start_server(env={"OPENAI_SERVERS": urls}))


async def turn(
    page: Wire, servers: Servers, text: str, said: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    """`said`: what model one and late answer, and what model two answers in each of its lanes."""
    servers.left.scenarios |= {"one": says(said["one"]), "late": says(said.get("late", ""))}
    servers.right.play(*said["two"])
    ack = await page.ask("send", text=text, **{"conversation": None, **fields})
    for answer in ack["answers"]:
        await page.answer(answer)
    return ack


async def tell(servers: Servers, history: str) -> tuple[list[Sent], list[Sent]]:
    """Three turns: in the first the third lane fails, in the second a fourth joins, before the third the
    second lane's answer is chosen. Returns what the lanes were sent in the second and in the third."""
    async with wire(servers.divan.socket_url) as page:
        first = {"one": "a1", "two": [says("b1"), FAILS]}
        ack = await turn(page, servers, "q1", first, lanes=LANES, mode="sequential", history=history)
        where = ack["conversation"]
        servers.requests()
        second = {"one": "a2", "two": [says("b2"), says("c2")], "late": "d2"}
        ack = await turn(page, servers, "q2", second, conversation=where, lanes=[*LANES, LATE])
        then = servers.requests()
        await page.ask("head", conversation=where, message=ack["answers"][1])
        third = {"one": "a3", "two": [says("b3"), says("c3")], "late": "d3"}
        await turn(page, servers, "q3", third, conversation=where)
        return then, servers.requests()


async def test_own_shows_a_lane_its_own_answers_and_where_it_has_none_the_path(servers: Servers) -> None:
    second, third = await tell(servers, "own")
    assert second == [
        ["user: q1", "assistant: a1", "user: q2"],
        ["system: S1", "user: q1", "assistant: b1", "user: q2"],
        ["system: S2", "user: q1", "assistant: a1", "user: q2"],
        ["user: q1", "assistant: a1", "user: q2"],
    ]
    assert third == [
        ["user: q1", "assistant: a1", "user: q2", "assistant: a2", "user: q3"],
        ["system: S1", "user: q1", "assistant: b1", "user: q2", "assistant: b2", "user: q3"],
        ["system: S2", "user: q1", "assistant: a1", "user: q2", "assistant: c2", "user: q3"],
        ["user: q1", "assistant: a1", "user: q2", "assistant: d2", "user: q3"],
    ]


async def test_chosen_shows_all_lanes_the_same_answers(servers: Servers) -> None:
    second, third = await tell(servers, "chosen")
    systems = [[], ["system: S1"], ["system: S2"], []]
    assert second == [[*system, "user: q1", "assistant: a1", "user: q2"] for system in systems]
    path = ["user: q1", "assistant: a1", "user: q2", "assistant: b2", "user: q3"]
    assert third == [[*system, *path] for system in systems]


async def test_all_shows_every_answer_but_the_failed_one(servers: Servers) -> None:
    second, third = await tell(servers, "all")
    systems = [[], ["system: S1"], ["system: S2"], []]
    one = "assistant: [left/one]:\na1\n\n[right/two]:\nb1"
    two = "assistant: [left/one]:\na2\n\n[right/two]:\nb2\n\n[right/two]:\nc2\n\n[left/late]:\nd2"
    assert second == [[*system, "user: q1", one, "user: q2"] for system in systems]
    assert third == [[*system, "user: q1", one, "user: q2", two, "user: q3"] for system in systems]


async def test_an_answer_of_a_relay_that_is_asked_again_sees_what_it_saw(servers: Servers) -> None:
    async with wire(servers.divan.socket_url) as page:
        said = {"one": "a1", "two": [says("b1"), says("c1")]}
        ack = await turn(page, servers, "q1", said, lanes=LANES, mode="sequential", relay=True)
        first = servers.requests()
        servers.right.play(says("b2"))
        fields = {"conversation": ack["conversation"], "message": ack["answers"][1], "model": "left/late"}
        servers.left.scenarios["late"] = says("d1")
        again = await page.ask("regenerate", **fields)
        await page.answer(again["answers"][0])
        (late,) = servers.requests()
        said = {"one": "a2", "two": [says("b2"), says("c2")]}
        await turn(page, servers, "q2", said, conversation=ack["conversation"])
        second = servers.requests()
    assert first == [
        ["user: q1"],
        ["system: S1", "user: q1\n\n[left/one]:\na1"],
        ["system: S2", "user: q1\n\n[left/one]:\na1\n\n[right/two]:\nb1"],
    ]
    assert late == ["system: S1", "user: q1\n\n[left/one]:\na1"], "not what it replaces, nor what came after"
    assert second[1][-1] == "user: q2\n\n[left/one]:\na2", "a relay stays one in the next turn"
