"""Addresses as tool servers, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import pytest

from chat.tools.mcp import server as server_module
from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.reasons import ToolServerError
from tests.services.network import free_port
from tests.services.tool_endpoint import ToolEndpoint, serving_tools
from tests.tools.mcp.servers import connected, until

SECRET = "Bearer sk-verysecret"


@pytest.fixture
async def served() -> AsyncGenerator[ToolEndpoint]:
    async with serving_tools() as made:
        yield made


@pytest.mark.parametrize("way", ["json", "events"])
async def test_tools_are_listed_and_called_with_the_headers_of_the_entry(
    served: ToolEndpoint, way: str
) -> None:
    served.ways.add(way)
    async with connected(Endpoint("t", served.url, (("Authorization", SECRET),))) as server:
        assert server.status == "ready"
        assert [one.name for one in server.definitions] == ["t__say", "t__write"]
        assert (await server.call("say", {"text": "hé"})).content == "hé"
    assert {headers["Authorization"] for headers in served.headers} == {SECRET}
    assert ("DELETE", "") in served.requests


async def test_what_is_down_is_named_with_its_reason_and_not_with_its_address() -> None:
    async with connected(Endpoint("t", f"http://127.0.0.1:{free_port()}/secret-path")) as server:
        assert server.status == "failed"
        assert "Nothing answers" in str(server.reason)
        assert "secret" not in str(server.reason)
        with pytest.raises(ToolServerError, match="Nothing answers"):
            await server.call("say", {})


@pytest.mark.parametrize(
    ("status", "named"),
    [(401, "sign-in"), (403, "sign-in"), (404, "protocol"), (405, "protocol"), (503, "503")],
)
async def test_a_refusal_is_told_in_words(served: ToolEndpoint, status: int, named: str) -> None:
    served.ways.add(status)
    async with connected(Endpoint("t", served.url)) as server:
        assert server.status == "failed"
        assert named in str(server.reason)


async def test_one_that_hangs_in_the_handshake_is_given_up(
    served: ToolEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "CONNECT_SECONDS", 0.5)
    served.ways.add("hang")
    async with connected(Endpoint("t", served.url)) as server:
        assert "did not answer" in str(server.reason)


async def test_a_call_that_may_have_been_done_is_not_sent_again(served: ToolEndpoint) -> None:
    async with connected(Endpoint("t", served.url)) as server:
        served.ways.add("break")
        with pytest.raises(ToolServerError, match="ended before"):
            await server.call("write", {})
        assert served.calls == ["write"]
        served.ways.clear()
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_a_session_that_ended_is_renewed_and_the_call_sent_once(served: ToolEndpoint) -> None:
    async with connected(Endpoint("t", served.url)) as server:
        served.sessions.clear()
        assert (await server.call("write", {"text": "once"})).content == "once"
        assert served.calls == ["write"]
        assert [method for _verb, method in served.requests].count("initialize") == 2


async def test_a_lost_session_of_many_callers_is_renewed_once(served: ToolEndpoint) -> None:
    async with connected(Endpoint("t", served.url)) as server:
        served.sessions.clear()
        done = await asyncio.gather(*(server.call("say", {"text": str(number)}) for number in range(20)))
        assert [one.content for one in done] == [str(number) for number in range(20)]
        assert [method for _verb, method in served.requests].count("initialize") == 2


async def test_one_that_goes_away_and_comes_back_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "FIRST_PAUSE", 0.01)
    async with serving_tools() as first:
        port = urlsplit(first.url).port
        async with connected(Endpoint("t", f"http://127.0.0.1:{port}/mcp")) as server:
            first.ways.add(503)
            first.sessions.clear()
            with pytest.raises(ToolServerError, match="503"):
                await server.call("say", {})
            first.ways.clear()
            assert (await server.call("say", {"text": "back"})).content == "back"


async def test_too_much_is_refused_while_it_comes(served: ToolEndpoint) -> None:
    async with connected(Endpoint("t", served.url)) as server:
        served.ways.add("huge")
        with pytest.raises(ToolServerError, match="more than 16 MB"):
            await server.call("say", {})
        served.ways.add("events")
        with pytest.raises(ToolServerError):
            await server.call("say", {})
        served.ways.clear()
        assert (await server.call("say", {"text": "on"})).content == "on"


async def test_packed_answers_which_nobody_asked_for_are_refused(served: ToolEndpoint) -> None:
    served.ways.add("pack")
    async with connected(Endpoint("t", served.url)) as server:
        assert "packs" in str(server.reason)


async def test_one_that_drips_costs_its_call_alone(
    served: ToolEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(Endpoint("t", served.url)) as server:
        served.ways.add("drip")
        dripping = asyncio.create_task(server.call("write", {}))
        await until(lambda: served.calls == ["write"])
        served.ways.clear()
        assert (await server.call("say", {"text": "beside"})).content == "beside"
        dripping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dripping
        await until(lambda: ("POST", "notifications/cancelled") in served.requests)


async def test_a_stream_that_ends_at_once_is_not_opened_without_end(served: ToolEndpoint) -> None:
    served.ways.add("short")
    async with connected(Endpoint("t", served.url)) as server:
        await until(lambda: [verb for verb, _method in served.requests].count("GET") == 10)
        for _ in range(20):
            await server.call("say", {"text": "on"})
        assert [verb for verb, _method in served.requests].count("GET") == 10


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_a_guarded_entry_reaches_no_private_address(served: ToolEndpoint, host: str) -> None:
    url = f"http://{host}:{urlsplit(served.url).port}/mcp"
    async with connected(Endpoint("t", url, guarded=True)) as server:
        assert server.status == "failed"
        assert "private" in str(server.reason) or "no such host" in str(server.reason)
    assert served.requests == []


async def test_no_redirect_leads_elsewhere(served: ToolEndpoint) -> None:
    async with serving_tools() as other:
        served.ways.add("redirect")
        served.elsewhere = other.url
        async with connected(Endpoint("t", served.url, (("Authorization", SECRET),))) as server:
            assert server.status == "failed"
            assert "another address" in str(server.reason)
            assert other.url not in str(server.reason)
            assert SECRET not in str(server.reason)
        assert other.requests == []


async def test_odd_lists_over_http_are_mended_too(served: ToolEndpoint) -> None:
    served.tools.append({"name": "odd", "inputSchema": None})
    served.tools.append(json.loads('{"name": 7}'))
    async with connected(Endpoint("t", served.url)) as server:
        assert [one.tool for one in server.definitions if one.reason] == ["odd"]
