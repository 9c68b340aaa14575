"""A fake OpenAI-compatible service, as cheap as can be, whose tokens carry the time they were sent.

The model's name says what it does: `bench-50-400` streams 400 tokens at 50 a second, `bench-0-20000`
20,000 as fast as they are taken, `bench-0-400-10` calls a tool after them in nine rounds of ten. Runs as a
process: python -m bench.upstream PORT.
"""

import asyncio
import json
import sys
from typing import Any, cast

from bench import stamps

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FULL_SPEED_BATCH = 50
SHORT = 1_000
MODELS = ("bench-50-400", "bench-0-20000")


def event(delta: dict[str, Any], finish: str | None = None, **more: object) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": choices}
    body |= more
    return b"data: " + json.dumps(body).encode() + b"\n\n"


CALL = event(
    {
        "tool_calls": [
            {
                "index": 0,
                "id": "call_0",
                "type": "function",
                "function": {"name": "calculate", "arguments": '{"expression": "6 * 7"}'},
            }
        ]
    }
)
BEFORE, AFTER = event({"content": "@"}).split(b"@")


def asked_for(model: str) -> dict[str, Any]:
    """What a program that is only measured asks."""
    return {"model": model, "stream": True, "messages": [{"role": "user", "content": "go"}]}


def text_of(line: bytes) -> str:
    """The words of one line of an answer; none of a line that has none."""
    if not line.startswith(b"data: {"):
        return ""
    return str(json.loads(line[6:])["choices"][0]["delta"].get("content") or "")


def content(text: str) -> bytes:
    return BEFORE + text.encode() + AFTER


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Upstream(asyncio.Protocol):
    """One connection; its requests come one after the other."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.buffer = b""
        self.timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self.paused = False
        self.left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        if self.left:
            self.timer = self.loop.call_soon(self.send_all)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, blank, body = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        length = content_length(head)
        if len(body) < length:
            return
        self.buffer = body[length:]
        if head.startswith(b"POST"):
            self.complete(json.loads(body[:length]))
        else:
            self.answer({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})

    def answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % len(data) + data)

    def complete(self, request: dict[str, Any]) -> None:
        arrived = stamps.now()
        rate, count, *more = (int(word) for word in request["model"].split("-")[1:])
        self.calls = bool(more) and rounds_before(request) < more[0] - 1
        limit = request.get("max_tokens") or request.get("max_completion_tokens")
        if limit and limit <= SHORT:
            # A title is asked for, not the answer that is measured.
            rate, count = 0, 4
        if not request.get("stream"):
            message = {"role": "assistant", "content": "A benchmark"}
            self.answer({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
            return
        self.total, self.left = count, count - 1
        first = event({"role": "assistant", "content": ""}) + content(stamps.first_token(arrived))
        self.transport.write(HEAD + chunk(first))
        if not self.left:
            self.finish()
        elif rate:
            self.period = 1 / rate
            self.next_at = self.loop.time() + self.period
            self.timer = self.loop.call_at(self.next_at, self.send_one)
        else:
            self.timer = self.loop.call_soon(self.send_all)

    def send_one(self) -> None:
        self.transport.write(chunk(content(stamps.token())))
        self.left -= 1
        if not self.left:
            self.finish()
            return
        self.next_at += self.period
        self.timer = self.loop.call_at(self.next_at, self.send_one)

    def send_all(self) -> None:
        count = min(FULL_SPEED_BATCH, self.left)
        self.transport.write(chunk(content(stamps.token()) * count))
        self.left -= count
        if not self.left:
            self.finish()
        elif not self.paused:
            self.timer = self.loop.call_soon(self.send_all)

    def finish(self) -> None:
        usage = {"prompt_tokens": 5, "completion_tokens": self.total, "total_tokens": self.total + 5}
        said = CALL + event({}, "tool_calls") if self.calls else event({}, "stop")
        last = said + event({}, usage=usage) + b"data: [DONE]\n\n"
        self.transport.write(chunk(last) + b"0\r\n\r\n")


def rounds_before(request: dict[str, Any]) -> int:
    """Those of this answer: results since the person spoke last."""
    roles = [message["role"] for message in request["messages"]]
    return roles[len(roles) - roles[::-1].index("user") :].count("tool")


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1])))
