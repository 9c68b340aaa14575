"""Pictures that tools return: kept, shown, given to models that see, and never more than that."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chat.tools.pictures import LARGEST_PICTURE, MOST_PICTURES, read_pictures
from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.chat.test_tool_ends import allow
from tests.chat.test_tool_use import result_in
from tests.services.processes import ROOT
from tests.services.server import Divan
from tests.services.tool_program import RED_DOT
from tests.services.wire import wire
from tests.upstreams.script import Call, End, Say, Scenario, scenario
from tests.upstreams.server import Upstream, running_upstream

PNG = base64.b64decode(RED_DOT)
DRAWS = scenario(Call("box__draw", {}, id="call_1"), End("tool_calls"))
SAYS = scenario(Say("A red dot."), End())
SERVICES = ("anthropic", "gemini", "openai")


def reply(body: Any) -> Scenario:
    return SAYS if "drawn" in json.dumps(body) or "tools" not in body else DRAWS


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.strict = True
        made.reply = reply
        yield made


@pytest.fixture
async def divan(start_server: Callable[..., Divan], upstream: Upstream, tmp_path: Path) -> Divan:
    box = {
        "command": sys.executable,
        "args": ["-m", "tests.services.tool_program"],
        "env": {"PYTHONPATH": str(ROOT)},
    }
    config = tmp_path / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"box": box}}))
    urls = {f"{name.upper()}_BASE_URL": upstream.base_url(name) for name in SERVICES}
    keys = {f"{name.upper()}_API_KEY": "sk-test-0123456789abcdef" for name in SERVICES}
    server = start_server(env={"MCP_CONFIG": str(config), "TITLE_MODEL": "words", **urls, **keys})
    await allow(server, "box__draw")
    return server


async def test_a_picture_is_kept_and_served_as_one_and_stands_in_exports(divan: Divan) -> None:
    async with wire(divan.socket_url) as page, session(divan) as http:
        ack = await begin(page, "/echo speed=0 tool=box__draw args={}", tools=True)
        record = await page.answer(ack["answers"][0])
        (sha256,) = result_in(record)["attachments"]
        assert result_in(record)["content"].startswith("drawn")
        async with http.get(f"/api/attachments/{sha256}") as served:
            assert (served.status, served.content_type, await served.read()) == (200, "image/png", PNG)
        address = f"/api/conversations/{ack['conversation']}/export"
        async with http.get(address, params={"format": "html"}) as answer:
            assert f"data:image/png;base64,{RED_DOT}" in await answer.text()
        async with http.get(address, params={"format": "json"}) as answer:
            assert sha256 in (await answer.json())["attachments"]


async def test_the_bytes_are_told_anew_where_the_database_was_lost(divan: Divan) -> None:
    async with wire(divan.socket_url) as page:
        ack = await begin(page, "/echo speed=0 tool=box__draw args={}", tools=True)
        record = await page.answer(ack["answers"][0])
    (sha256,) = result_in(record)["attachments"]
    divan.manage("shell", "-c", "from chat.models import Upload; Upload.objects.all().delete()")
    async with session(divan) as http, http.get(f"/api/attachments/{sha256}") as served:
        assert (served.status, served.content_type) == (200, "image/png")


async def test_a_temporary_chat_keeps_no_picture(divan: Divan) -> None:
    async with wire(divan.socket_url) as page:
        ack = await begin(page, "/echo speed=0 tool=box__draw args={}", tools=True, temporary=True)
        record = await page.answer(ack["answers"][0])
    assert record["status"] == "complete"
    assert "attachments" not in result_in(record)


@pytest.mark.parametrize(
    ("model", "sees"),
    [("anthropic/claude-test", True), ("gemini/gemini-3.8-flash", True), ("openai/mistral-small", False)],
)
async def test_a_model_that_is_known_to_see_is_given_it(
    divan: Divan, upstream: Upstream, model: str, sees: bool
) -> None:
    await asyncio.to_thread(divan.wait_for_models, model.partition("/")[0])
    async with wire(divan.socket_url) as page:
        ack = await begin(page, "Draw.", lanes=[{"model": model}], tools=["box__draw"])
        record = await page.answer(ack["answers"][0])
    assert record["status"] == "complete", record
    *_, last = upstream.chats()
    # Google's library writes base64 as addresses take it.
    assert (RED_DOT in json.dumps(last.body).translate(str.maketrans("-_", "+/"))) == sees


@pytest.mark.parametrize(
    "claimed",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"",
        b"\x89PNG",
        PNG[:8] + b"\0" * LARGEST_PICTURE,
    ],
    ids=["svg", "page", "pdf", "nothing", "cut off", "too large"],
)
async def test_what_is_no_picture_is_none_whatever_it_claims(claimed: bytes) -> None:
    found = await read_pictures([base64.b64encode(claimed).decode(), RED_DOT])
    assert found == [PNG]


@pytest.mark.parametrize("encoded", ["!", "a", "data:image/png;base64," + RED_DOT, RED_DOT[:-1], "\ud800"])
async def test_what_is_no_base64_is_passed_over(encoded: str) -> None:
    assert await read_pictures([encoded]) == []


async def test_a_picture_counts_once_and_only_so_many_count() -> None:
    others = [base64.b64encode(PNG + bytes([number])).decode() for number in range(20)]
    assert await read_pictures([RED_DOT, RED_DOT]) == [PNG]
    assert len(await read_pictures(others)) == MOST_PICTURES
