"""Plays a scenario on one connection."""

import asyncio
import zlib

import orjson
from aiohttp import web

from tests.upstreams.recorded import Recorded
from tests.upstreams.script import Raw, Reset, Say, Scenario, Stall, Step, Tokens, Wait
from tests.upstreams.wire import Wire


class Player:
    def __init__(self, wire: Wire, scenario: Scenario, request: web.Request, recorded: Recorded) -> None:
        self._wire = wire
        self._scenario = scenario
        self._request = request
        self._response = web.StreamResponse(status=scenario.status, headers=dict(scenario.headers))
        self._packer = zlib.compressobj(wbits=31) if scenario.gzip else None
        self._held = b""
        self._recorded = recorded

    async def play(self) -> web.StreamResponse:
        scenario = self._scenario
        if scenario.delay:
            await asyncio.sleep(scenario.delay)
        self._response.content_type = scenario.content_type or self._content_type()
        if self._packer:
            self._response.headers["Content-Encoding"] = "gzip"
        await self._response.prepare(self._request)
        if scenario.body is not None:
            await self._send(scenario.body)
        elif scenario.whole:
            await self._send(orjson.dumps(self._wire.whole(scenario.steps)))
        else:
            await self._stream()
        await self._send_held()
        if self._packer:
            await self._response.write(self._packer.flush())
        await self._response.write_eof()
        return self._response

    def _content_type(self) -> str:
        return "application/json" if self._scenario.whole else self._wire.content_type

    async def _stream(self) -> None:
        await self._send(self._scenario.begins_with)
        for payload in self._wire.opening():
            await self._send(self._wire.frame(payload, self._scenario))
        for step in self._scenario.steps:
            await self._step(step)
        closing = self._wire.closing()
        if self._scenario.ending and closing:
            await self._send(self._wire.frame(closing, self._scenario.but(lines=False)))

    async def _step(self, step: Step) -> None:
        match step:
            case Raw(data):
                await self._send(data)
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Stall():
                await self._send_held()
                await asyncio.Event().wait()
            case Reset():
                await self._send_held()
                if self._request.transport is not None:
                    self._request.transport.close()
                raise ConnectionResetError
            case Tokens():
                await self._tokens(step)
            case _:
                for frame in self._wire.frames(step, self._scenario):
                    await self._send(frame)

    async def _tokens(self, tokens: Tokens) -> None:
        """Rendered once: the fake must be cheaper than what it measures."""
        frame = b"".join(self._wire.frames(Say(tokens.text), self._scenario))
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number in range(tokens.count):
            await self._send(frame)
            if number % 64 == 63:
                # Else a flood that is never held up would not notice that its reader has gone.
                await asyncio.sleep(0)
            if tokens.rate:
                due += 1 / tokens.rate
                await asyncio.sleep(max(0.0, due - loop.time()))

    async def _send(self, data: bytes) -> None:
        if self._scenario.cut_at is not None or self._scenario.strip_end:
            self._held += data
        elif self._scenario.split:
            for at in range(0, len(data), self._scenario.split):
                await self._write(data[at : at + self._scenario.split])
                await asyncio.sleep(0)
        else:
            await self._write(data)

    async def _send_held(self) -> None:
        """Two writes, and time for the first to be read alone."""
        held, self._held = self._held, b""
        if self._scenario.strip_end:
            held = held.rstrip(b"\r\n")
        if held:
            at = (self._scenario.cut_at or 0) % len(held)
            for piece in (held[:at], held[at:]):
                await self._write(piece)
                await asyncio.sleep(0.002)

    async def _write(self, data: bytes) -> None:
        if self._packer:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        if data:
            self._recorded.sent += len(data)
            await self._response.write(data)
