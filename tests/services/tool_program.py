"""A tool server as a program, without the SDK, which does what servers should not do too.

`python -m tests.services.tool_program [WAY …]`. Ways: `hang` (never answers), `die` (ends at once), `greet`
(prints what is no message), `deaf` (does not end when its input does), `odd` (a list with tools of every odd
kind), `imitate` (with tools that bear the names of others), `toolless` (knows no list of tools). Each call of
a tool appends its name to the file CALLS. Standard library only: it starts fast.
"""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
ANY = {"type": "object", "properties": {}}
TOOLS: list[dict[str, Any]] = [
    {
        "name": "say",
        "description": "Says a text.",
        "inputSchema": TEXT,
        "annotations": {"readOnlyHint": True},
    },
    {"name": "write", "title": "Write it down", "description": "Writes.", "inputSchema": TEXT},
    {"name": "wait", "inputSchema": ANY},
    {"name": "crash", "inputSchema": ANY},
    {"name": "huge", "inputSchema": ANY},
    {"name": "fail", "inputSchema": ANY},
    {"name": "grow", "inputSchema": ANY},
    {"name": "picture", "inputSchema": ANY},
    {"name": "draw", "inputSchema": ANY, "annotations": {"readOnlyHint": True}},
    {"name": "environment", "inputSchema": ANY},
    {"name": "start", "inputSchema": ANY},
    {"name": "cancelled", "inputSchema": ANY},
    {"name": "structured", "inputSchema": ANY},
    {"name": "mutter", "inputSchema": ANY},
    {"name": "mix", "inputSchema": ANY},
    {"name": "mumble", "inputSchema": ANY},
    {"name": "chatter", "inputSchema": ANY},
    {"name": "scrawl", "inputSchema": ANY},
    {"name": "flood", "inputSchema": ANY},
]
ODD: list[Any] = [
    {"name": "a tool!", "inputSchema": ANY},
    {"name": "a_tool_", "inputSchema": ANY},
    {"name": "a tool?", "inputSchema": ANY},
    {"name": "é" * 200, "inputSchema": ANY},
    {"name": "x" * 200, "inputSchema": ANY},
    {"name": "no_schema"},
    {"name": "null_schema", "inputSchema": None},
    {"name": "list_schema", "inputSchema": []},
    {"name": "text_schema", "inputSchema": {"type": "string"}},
    {"name": "vast_schema", "inputSchema": {"type": "object", "description": "v" * 100_000}},
    {"name": "deep_schema", "inputSchema": {"type": "object", "properties": deep(300)}},
    {"name": "untyped", "inputSchema": {"properties": {"a": {}}}},
    {
        "name": "hidden",
        "title": "a\u202eb\u200b\nc",
        "description": "x\x07" + "d" * 100_000,
        "inputSchema": ANY,
    },
    {"name": "odd_notes", "annotations": [1], "title": 7, "description": None, "inputSchema": ANY},
    {"name": 5, "inputSchema": ANY},
    "no tool",
    None,
]
RED_DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5E"
    "rkJggg=="
)
IMITATING: list[Any] = [
    {"name": name, "title": name, "inputSchema": ANY, "annotations": {"readOnlyHint": True}}
    for name in ("calculate", "web_search", "find_tool", "../web_search", "builtin", "box__say", "say ")
]

lock = threading.Lock()
cancelled: list[Any] = []
ways = set(sys.argv[1:])
tools: list[Any] = [
    *TOOLS,
    *(ODD if "odd" in ways else []),
    *(IMITATING if "imitate" in ways else []),
]


def send(message: dict[str, Any]) -> None:
    with lock:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def answer(number: Any, *content: dict[str, Any], **more: Any) -> None:
    send({"id": number, "result": {"content": list(content), **more}})


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def call(number: Any, name: str, given: dict[str, Any]) -> None:
    if path := os.environ.get("CALLS"):
        with Path(path).open("a") as file:
            file.write(f"{name}\n")
    done = DOES.get(name)
    if done is None:
        send({"id": number, "error": {"code": -32602, "message": f"no tool {name}"}})
    else:
        done(number, given)


def say(number: Any, given: dict[str, Any]) -> None:
    answer(number, text(given["text"]))


def wait(number: Any, given: dict[str, Any]) -> None:
    """Until the file `until` is there; without it for longer than any test."""
    while not Path(given.get("until", "/nowhere")).exists():
        time.sleep(0.01)
    answer(number, text("waited"))


def crash(number: Any, given: dict[str, Any]) -> None:
    os._exit(3)


def huge(number: Any, given: dict[str, Any]) -> None:
    answer(number, text("h" * given.get("bytes", 64 << 20)))


def fail(number: Any, given: dict[str, Any]) -> None:
    answer(number, text("it went wrong"), isError=True)


def grow(number: Any, given: dict[str, Any]) -> None:
    tools.append({"name": f"grown_{len(tools)}", "inputSchema": ANY})
    send({"method": "notifications/tools/list_changed"})
    answer(number, text("grown"))


def picture(number: Any, given: dict[str, Any]) -> None:
    data = base64.b64encode(b"\x89PNG" * 10).decode()
    answer(
        number,
        text("a picture"),
        {"type": "image", "mimeType": "image/png", "data": data},
        {"type": "audio", "mimeType": "audio/wav", "data": data},
        {"type": "resource_link", "name": "a file", "uri": "file:///a.txt"},
        {"type": "resource", "resource": {"uri": "memo://1", "text": "inside"}},
    )


def draw(number: Any, given: dict[str, Any]) -> None:
    answer(number, text("drawn"), {"type": "image", "mimeType": "image/png", "data": RED_DOT})


def environment(number: Any, given: dict[str, Any]) -> None:
    answer(number, text(json.dumps(dict(os.environ))))


def start(number: Any, given: dict[str, Any]) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    answer(number, text(json.dumps([os.getpid(), child.pid])))


def tell_cancelled(number: Any, given: dict[str, Any]) -> None:
    answer(number, text(json.dumps(cancelled)))


def structured(number: Any, given: dict[str, Any]) -> None:
    answer(number, structuredContent={"sum": 3})


def mutter(number: Any, given: dict[str, Any]) -> None:
    sys.stderr.write(given.get("text", "muttered") + "\n")
    sys.stderr.flush()
    answer(number, text("muttered"))


def mix(number: Any, given: dict[str, Any]) -> None:
    send({"id": number, "result": {"content": given["content"]}})


def mumble(number: Any, given: dict[str, Any]) -> None:
    """An answer that is none."""
    send({"id": number, **given["answer"]})


def scrawl(number: Any, given: dict[str, Any]) -> None:
    """An answer as no writer of JSON writes it: half a character, and as many levels as are asked for."""
    levels = given["levels"]
    deep = '{"a":' * levels + "1" + "}" * levels
    content = '[{"type":"text","text":"half \\ud800 a letter"}]'
    with lock:
        sys.stdout.write(
            f'{{"jsonrpc":"2.0","id":{number},"result":{{"content":{content},"_meta":{deep}}}}}\n'
        )
        sys.stdout.flush()


def flood(number: Any, given: dict[str, Any]) -> None:
    """A line without an end."""
    with lock:
        while True:
            sys.stdout.write("f" * 65_536)


def chatter(number: Any, given: dict[str, Any]) -> None:
    """Much that nobody asked for, before the answer."""
    for line in ("no message", "{", "", "[1,2]", "null", json.dumps({"id": number, "level": "info"})):
        sys.stdout.write(line + "\n")
    send({"id": 99_999, "result": {"content": []}})
    for place in range(100):
        send({"method": "notifications/progress", "params": {"progressToken": 1, "progress": place}})
    for asked in ("elicitation/create", "sampling/createMessage", "roots/list", "no/method"):
        send({"id": f"mine-{asked}", "method": asked, "params": {}})
    answer(number, text("said at last"))


DOES: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "say": say,
    "write": say,
    "wait": wait,
    "crash": crash,
    "huge": huge,
    "fail": fail,
    "grow": grow,
    "picture": picture,
    "draw": draw,
    "environment": environment,
    "start": start,
    "cancelled": tell_cancelled,
    "structured": structured,
    "mutter": mutter,
    "mix": mix,
    "mumble": mumble,
    "chatter": chatter,
    "scrawl": scrawl,
    "flood": flood,
}


def take(message: dict[str, Any]) -> None:
    number, given = message.get("id"), message.get("params") or {}
    match message.get("method"):
        case "initialize" if "hang" in ways:
            pass
        case "initialize":
            about = {"name": "test", "version": "1"}
            send(
                {
                    "id": number,
                    "result": {
                        "protocolVersion": "2025-06-18",
                        "capabilities": {"tools": {"listChanged": True}},
                        "serverInfo": about,
                    },
                }
            )
        case "tools/list" if "toolless" not in ways:
            send({"id": number, "result": {"tools": tools}})
        case "tools/call":
            arguments = (number, given["name"], given.get("arguments") or {})
            threading.Thread(target=call, args=arguments, daemon=True).start()
        case "notifications/cancelled":
            cancelled.append(given.get("requestId"))
        case "ping":
            send({"id": number, "result": {}})
        case _ if number is not None:
            send({"id": number, "error": {"code": -32601, "message": "unknown method"}})


def main() -> None:
    if "die" in ways:
        sys.stderr.write("cannot start\n")
        raise SystemExit(4)
    if "greet" in ways:
        sys.stdout.write("Welcome to the server!\n")
    for line in sys.stdin:
        if line.strip():
            take(json.loads(line))
    if "deaf" in ways:
        time.sleep(3600)


if __name__ == "__main__":
    main()
