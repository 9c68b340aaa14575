"""Bytes of a stream to lines, and lines to server-sent events.

Works on bytes only, so that a character cut between two reads is never decoded in halves and U+2028
inside a text is never taken for the end of a line. Knows nothing of JSON or of any provider.
"""

from typing import NamedTuple

from providers.errors import ProviderError

MAX_LINE = 64 * 1024 * 1024
"""Bytes. Inline images reach 8 MB and more; a server that never ends its line must not fill the memory."""

_BOM = b"\xef\xbb\xbf"
_FIELD_ERROR = b"error"


class Event(NamedTuple):
    """`name` is empty for an event that was not named."""

    name: bytes
    data: bytes


class LineSplitter:
    """Lines end with LF, CRLF or CR, in any mixture, wherever the reads were cut."""

    __slots__ = ("_first", "_held", "_held_bytes", "_skip_lf")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._first = True
        self._skip_lf = False

    def feed(self, chunk: bytes) -> list[bytes]:
        if self._skip_lf and chunk:
            self._skip_lf = False
            if chunk[0] == 10:
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._skip_lf = chunk[-1] == 13
            lines = chunk.splitlines(keepends=True)
            rest = b"" if lines[-1][-1] in b"\r\n" else lines.pop()
            lines = [line.rstrip(b"\r\n") for line in lines]
        else:
            lines = chunk.split(b"\n")
            rest = lines.pop()
        if lines and self._held:
            self._held.append(lines[0])
            lines[0] = b"".join(self._held)
            self._held.clear()
            self._held_bytes = 0
        if rest:
            self._hold(rest)
        if self._first and lines:
            self._first = False
            lines[0] = lines[0].removeprefix(_BOM)
        return lines

    def finish(self) -> bytes:
        """What stood after the last line end."""
        rest = b"".join(self._held)
        self._held.clear()
        return rest.removeprefix(_BOM) if self._first else rest

    def _hold(self, rest: bytes) -> None:
        self._held.append(rest)
        self._held_bytes += len(rest)
        if self._held_bytes > MAX_LINE:
            raise ProviderError("bad_response", f"a line of more than {MAX_LINE} bytes")


class EventSplitter:
    """Server-sent events. A bare `error: …` line (old llama.cpp) becomes an event named `error`."""

    __slots__ = ("_data", "_lines", "_name")

    def __init__(self) -> None:
        self._lines = LineSplitter()
        self._data: bytes | None = None
        self._name = b""

    def feed(self, chunk: bytes) -> list[Event]:
        events: list[Event] = []
        for line in self._lines.feed(chunk):
            self._take(line, events)
        return events

    def finish(self) -> list[Event]:
        """The last event may lack the empty line that ends it."""
        events: list[Event] = []
        rest = self._lines.finish()
        if rest:
            self._take(rest, events)
        self._take(b"", events)
        return events

    def _take(self, line: bytes, events: list[Event]) -> None:
        if line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            self._data = value if self._data is None else self._data + b"\n" + value
        elif not line:
            if self._data is not None:
                events.append(Event(self._name, self._data))
            self._data = None
            self._name = b""
        else:
            self._take_other(line, events)

    def _take_other(self, line: bytes, events: list[Event]) -> None:
        field, _, value = line.partition(b":")
        if field == b"event":
            self._name = value.strip()
        elif field == b"data":
            self._data = b"" if self._data is None else self._data + b"\n"
        elif field == _FIELD_ERROR:
            events.append(Event(_FIELD_ERROR, value.strip()))
