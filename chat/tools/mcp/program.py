"""A program that speaks MCP over its standard input and output. The SDK has a transport for that too; this
one bounds what a message may hold, logs the program's error output, and ends the program with Divan."""

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from django.utils.translation import gettext_lazy as _
from mcp.shared.message import SessionMessage

from chat.tools.mcp.connection import LARGEST_MESSAGE, Transport, TransportFailures
from chat.tools.mcp.entries import ServerProgram
from chat.tools.mcp.messages import error_for, read_message
from chat.tools.mcp.reasons import Reason, ToolServerError
from chat.tools.mcp.stderr import ErrorOutput

logger = logging.getLogger(__name__)

PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM",
    "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
"""What a program gets of Divan's environment, with `LC_*`: no key of a model server, no SECRET_KEY."""

GUARDIAN = Path(__file__).with_name("guardian.py")
CHUNK = 1 << 16
LONGEST_LINE = 8 * LARGEST_MESSAGE
"""Bytes after which a line that does not end is read no further, nor anything behind it."""
SIGHT = 1024
"""Bytes of the begin and the end of a message that is too long."""
SECONDS_TO_END = 2.0
"""From closing its input to SIGTERM, and from there to SIGKILL."""

Inwards = MemoryObjectSendStream[SessionMessage | Exception]
Outwards = MemoryObjectReceiveStream[SessionMessage]


def environment_of(entry: ServerProgram, around: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in around.items() if name in PASSED_ON or name.startswith("LC_")}
    return {**kept, **dict(entry.env)}


def folder_of(entry: ServerProgram) -> Path | None:
    return Path(entry.folder).expanduser() if entry.folder else None


def find_program(entry: ServerProgram, environment: Mapping[str, str]) -> str:
    """The path of what is to be started. Raises ToolServerError where there is none."""
    folder = folder_of(entry)
    if folder is not None and not folder.is_dir():
        raise ToolServerError(Reason(_("Its folder '%(field)s' does not exist."), {"field": "cwd"}))
    command = str(Path(entry.command).expanduser()) if entry.command.startswith("~") else entry.command
    if folder is not None and os.sep in command:
        command = str(folder / command)
    found = shutil.which(command, path=environment.get("PATH", os.defpath))
    if found is None:
        name = Path(entry.command).name[:100]
        raise ToolServerError(
            Reason(_("Its program '%(name)s' was not found, or may not be run."), {"name": name})
        )
    return found


@asynccontextmanager
async def run_program(entry: ServerProgram) -> AsyncGenerator[Transport]:
    """The program runs until the block ends. Raises ToolServerError where it cannot be started."""
    environment = environment_of(entry, os.environ)
    command = find_program(entry, environment)
    leash, held = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(GUARDIAN), str(leash), command, *entry.args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=folder_of(entry),
            pass_fds=(leash,),
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        os.close(held)
        why = {"why": error.strerror or "?"}
        raise ToolServerError(Reason(_("It could not be started: %(why)s."), why)) from None
    finally:
        os.close(leash)
    running = RunningProgram(entry, process)
    try:
        yield running.begin()
    finally:
        try:
            await running.end()
        finally:
            os.close(held)
            await running.kill()


class RunningProgram:
    def __init__(self, entry: ServerProgram, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("a program is started with pipes")
        self.entry = entry
        self.process = process
        self._input, self._output, self._error_output = process.stdin, process.stdout, process.stderr
        self.errors = ErrorOutput(entry.name, [value for _name, value in entry.env])
        self._inwards, inner = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outer, self._outwards = anyio.create_memory_object_stream[SessionMessage](0)
        self.transport = Transport(inner, outer, asyncio.Event(), self._why_over, TransportFailures())
        self._pumps: list[asyncio.Task[None]] = []
        self._floods = False

    def begin(self) -> Transport:
        work = (self._read(self._inwards), self._write(self._outwards), self._hear())
        self._pumps = [asyncio.create_task(one) for one in work]
        return self.transport

    async def end(self) -> None:
        """Its input is closed; who does not go is told to, then made to, with whatever it started."""
        group = self.process.pid
        with suppress(OSError, RuntimeError):
            self._input.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if await self._is_gone():
                break
            _signal_group(group, number)
        await self._is_gone()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for stream in (self._inwards, self._outwards, self.transport.read, self.transport.write):
            await stream.aclose()

    async def kill(self) -> None:
        """Of the group, whoever is left: what the program started and did not end itself. Also where `end`
        was cut short: returns when the program is gone."""
        _signal_group(self.process.pid, signal.SIGKILL)
        transport = getattr(self.process, "_transport", None)
        if transport is not None:
            # Whoever left the group may hold a pipe open for ever.
            transport.close()
        await self._is_gone()

    async def _is_gone(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_END):
                # `wait()` waits for the ends of its pipes too, which others may hold.
                while self.process.returncode is None:  # noqa: ASYNC110 - as said
                    await asyncio.sleep(0.01)
        return self.process.returncode is not None

    async def _why_over(self) -> Reason:
        if self._floods:
            return Reason(_("It answered with more than %(size)s MB."), {"size": LARGEST_MESSAGE >> 20})
        await self._is_gone()
        status = self.process.returncode
        if status is None:
            return Reason(_("It closed its output."))
        return Reason(_("It ended, with status %(status)s. The log has its last words."), {"status": status})

    async def _read(self, inwards: Inwards) -> None:
        lines = ProgramLines(self._output)
        try:
            while (line := await lines.next()) is not None:
                message = error_for(line, lines.tail) if lines.cut else await read_message(line)
                if message is not None:
                    await inwards.send(message)
                elif lines.cut:
                    logger.warning("tool server %s sent a message that is too long", self.entry.name)
                    return
            self._floods = lines.cut
        except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        finally:
            self.transport.over.set()
            inwards.close()

    async def _write(self, outwards: Outwards) -> None:
        try:
            async for said in outwards:
                line = said.message.model_dump_json(by_alias=True, exclude_unset=True)
                self._input.write(line.encode() + b"\n")
                await self._input.drain()
        except (OSError, RuntimeError, anyio.ClosedResourceError):
            self.transport.over.set()
            self._inwards.close()
        finally:
            outwards.close()

    async def _hear(self) -> None:
        while chunk := await self._error_output.read(CHUNK):
            self.errors.add_output(chunk)
        self.errors.finish()


class ProgramLines:
    """Lines of at most LARGEST_MESSAGE bytes. Of a longer one the begin; `cut` says so and `tail` has its
    last bytes, by which it may be told whose it was."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._rest = b""
        self.cut = False
        self.tail = b""

    async def next(self) -> bytes | None:
        """None at the end, and where a line has none; what was not ended by a newline is no message."""
        pieces: list[bytes] = []
        size, tail, self.cut = 0, b"", False
        while True:
            at = self._rest.find(b"\n")
            piece = self._rest if at < 0 else self._rest[:at]
            self._rest = b"" if at < 0 else self._rest[at + 1 :]
            size += len(piece)
            if size <= LARGEST_MESSAGE:
                pieces.append(piece)
            else:
                if not self.cut:
                    self.cut, pieces = True, [b"".join(pieces)[:SIGHT]]
                tail = (tail + piece)[-SIGHT:]
            if size > LONGEST_LINE:
                return None
            if at >= 0:
                self.tail = tail
                return b"".join(pieces)
            chunk = await self._stream.read(CHUNK)
            if not chunk:
                return None
            self._rest = chunk


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
