"""Pictures that models make: sent in each service's own way over real HTTP; kept, shown, sent back."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.chat.test_answers import begin
from tests.chat.test_rest import session
from tests.conversations.test_pictures import PNG, png
from tests.services.server import Divan
from tests.services.wire import Wire, wire
from tests.upstreams.script import End, Payload, Say, Scenario, scenario
from tests.upstreams.server import Upstream, running_upstream

DOT = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{DOT}"
ENTRY = {"type": "image_url", "image_url": {"url": URL}}
SVG = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
HUGE = base64.b64encode(png(60_000, 60_000)).decode()


def gemini(data: str, **more: Any) -> Payload:
    part = {"inlineData": {"mimeType": "image/png", "data": data}, **more}
    return Payload(json.dumps({"candidates": [{"content": {"role": "model", "parts": [part]}}]}).encode())


def openai(**said: Any) -> Payload:
    return Payload(json.dumps({"choices": [{"index": 0, **said}]}).encode())


WAYS: dict[str, tuple[str, Payload]] = {
    "gemini": ("gemini/gemini-2.5-flash-image", gemini(DOT)),
    "delta": ("openai/m", openai(delta={"images": [ENTRY]})),
    "delta with words": ("openai/m", openai(delta={"content": "", "images": [ENTRY]})),
    "twice": ("openai/m", openai(delta={"images": [ENTRY]}, message={"content": None, "images": [ENTRY]})),
    "bare address": ("openai/m", openai(delta={"images": [{"url": URL}]})),
    "part of the words": ("openai/m", openai(delta={"content": [{"type": "text", "text": ""}, ENTRY]})),
}
WHOLE = openai(message={"content": "Here it is:", "images": [ENTRY]}, finish_reason="stop")
LOST: dict[str, tuple[str, Payload]] = {
    "svg": ("gemini/gemini-2.5-flash-image", gemini(SVG)),
    "svg that says it is a png": (
        "openai/m",
        openai(delta={"images": [{"url": f"data:image/png;base64,{SVG}"}]}),
    ),
    "too many pixels": ("openai/m", openai(delta={"images": [{"url": f"data:image/png;base64,{HUGE}"}]})),
}
PASSED_OVER: dict[str, tuple[str, Payload]] = {
    "elsewhere": ("openai/m", openai(delta={"images": [{"url": "http://127.0.0.1:1/x.png"}]})),
    "odd": ("openai/m", openai(delta={"images": [None, 7, {}, {"url": 3}, "data:image/png;base64,%%%"]})),
    "no list": ("openai/m", openai(delta={"images": "no"})),
    "no bytes": ("gemini/gemini-2.5-flash-image", gemini("%%%")),
    "a thought": ("gemini/gemini-2.5-flash-image", gemini(DOT, thought=True)),
}


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        made.reply = reply
        yield made


@pytest.fixture
async def divan(start_server: Callable[..., Divan], upstream: Upstream) -> Divan:
    urls = {f"{name.upper()}_BASE_URL": upstream.base_url(name) for name in ("gemini", "openai")}
    keys = {f"{name.upper()}_API_KEY": "sk-test-0123456789abcdef" for name in ("gemini", "openai")}
    return start_server(env={"TITLE_MODEL": "words", **urls, **keys})


ALL = {**WAYS, **LOST, **PASSED_OVER, "whole": ("openai/m", WHOLE)}


def reply(body: Any) -> Scenario:
    """By the name of a way at the end of the last question."""
    said = json.dumps(body)
    way = max(ALL, key=lambda name: said.rfind(f"draw: {name}."))
    if "words" not in said or way == "whole":
        return scenario(ALL[way][1], End())
    return scenario(Say("Here it is:"), ALL[way][1], Say("Well?"), End())


async def ask(page: Wire, way: str, **more: Any) -> dict[str, Any]:
    lanes = [{"id": "a", "model": ALL[way][0]}]
    ack = await begin(page, f"words, and draw: {way}.", lanes=lanes, **more)
    return await page.answer(ack["answers"][0])


def types_in(record: dict[str, Any]) -> list[str]:
    return [part["type"] for part in record["parts"]]


async def test_a_picture_stands_in_the_answer_where_it_came_whichever_way_it_came(
    divan: Divan, upstream: Upstream
) -> None:
    async with wire(divan.socket_url) as page:
        assert types_in(await ask(page, "whole")) == ["text", "image"]
        for way in WAYS:
            record = await ask(page, way)
            assert (record["status"], types_in(record)) == ("complete", ["text", "image", "text"]), way
            if way == "gemini":
                asked = [request.body for request in upstream.requests if request.method == "POST"]
                assert asked[-1]["generationConfig"]["responseModalities"] == ["TEXT", "IMAGE"]
            image = record["parts"][1]
            assert (image["mime"], image["bytes"], image["name"]) == ("image/png", len(PNG), "picture-1.png")
            shown = [
                event["part"]
                for event in page.events
                if event.get("message") == record["id"]
                if "part" in event
            ]
            assert image in shown, way
        async with session(divan) as http:
            async with http.get(f"/api/attachments/{image['sha256']}") as answer:
                assert (await answer.read(), answer.headers["Content-Type"]) == (PNG, "image/png")
            async with http.get(
                f"/api/conversations/{page.events[-1]['conversation']}/export?format=html"
            ) as made:
                assert URL in await made.text()


async def test_what_may_not_be_drawn_is_not_kept_and_a_note_says_so(divan: Divan) -> None:
    async with wire(divan.socket_url) as page:
        for way in LOST:
            record = await ask(page, way)
            assert (record["status"], types_in(record)) == ("complete", ["text"]), way
            notes = [
                event for event in page.events if event["type"] == "note" and event["message"] == record["id"]
            ]
            assert "picture_lost" in [note["code"] for note in notes], way
        record = await ask(page, "gemini", temporary=True)
        assert types_in(record) == ["text"]
        assert "picture_lost" in [event.get("code") for event in page.events[-6:]]


async def test_what_is_no_picture_at_all_is_passed_over_and_nothing_is_fetched(divan: Divan) -> None:
    async with wire(divan.socket_url) as page:
        for way in PASSED_OVER:
            record = await ask(page, way)
            assert (record["status"], types_in(record)) == ("complete", ["text"]), way
        assert "picture_lost" not in [event.get("code") for event in page.events]


async def test_a_model_is_shown_its_newest_picture_with_the_next_question(
    divan: Divan, upstream: Upstream
) -> None:
    async with wire(divan.socket_url) as page:
        lanes = [{"id": "a", "model": "openai/m"}]
        ack = await begin(page, "draw: delta.", lanes=lanes)
        first = await page.answer(ack["answers"][0])
        assert (first["status"], types_in(first)) == ("complete", ["image"])
        for _ in range(2):
            ack = await page.ask("send", conversation=ack["conversation"], text="draw: delta.")
            await page.answer(ack["answers"][0])
    bodies = [json.dumps(request.body) for request in upstream.requests]
    assert [body.count(DOT) for body in bodies if "draw: delta." in body] == [0, 1, 1]


@pytest.mark.parametrize("stream", [True, False])
async def test_the_other_door_passes_pictures_on(divan: Divan, stream: bool) -> None:
    body = {"model": WAYS["gemini"][0], "messages": [{"role": "user", "content": "draw: gemini."}]}
    asked = {**body, "stream": stream}
    async with session(divan) as http, http.post("/v1/chat/completions", json=asked) as answer:
        said = await answer.text()
    assert said.count(URL) == 1
    assert '"images":[' in said.replace(" ", "")
