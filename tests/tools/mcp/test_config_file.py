"""What mcp.json may say, and what is said of it where it is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tools.mcp.config_file import Config, read_config, stamp_of
from chat.tools.mcp.entries import Endpoint, ServerProgram

SECRET = "sk-verysecret"


def written(folder: Path, servers: Any, whole: Any = None) -> Path:
    path = folder / "mcp.json"
    path.write_text(json.dumps(whole if whole is not None else {"mcpServers": servers}))
    return path


def test_programs_and_addresses_are_read_as_other_clients_write_them(tmp_path: Path) -> None:
    servers = {
        "files": {"command": "npx", "args": ["-y", "server", "/home"], "env": {"KEY": SECRET, "PORT": 5}},
        "plain": {"type": "stdio", "command": "uvx", "alwaysAllow": ["x"], "timeout": 60},
        "web": {"type": "http", "url": "https://example.com/mcp", "headers": {"Authorization": "Bearer x"}},
        "login": {"url": "http://ann:pass@10.0.0.5/mcp"},
        "guarded": {"url": "http://10.0.0.5/mcp", "allow_private": False},
    }
    config = read_config(written(tmp_path, servers))
    assert config.problems == {}
    assert config.entries == {
        "files": ServerProgram("files", "npx", ("-y", "server", "/home"), (("KEY", SECRET), ("PORT", "5"))),
        "plain": ServerProgram("plain", "uvx"),
        "web": Endpoint("web", "https://example.com/mcp", (("Authorization", "Bearer x"),)),
        "login": Endpoint("login", "http://10.0.0.5/mcp", (("Authorization", "Basic YW5uOnBhc3M="),)),
        "guarded": Endpoint("guarded", "http://10.0.0.5/mcp", guarded=True),
    }
    assert SECRET not in repr(config)


def test_entries_can_be_switched_off(tmp_path: Path) -> None:
    off = {"a": {"command": "x", "disabled": True}, "b": {"url": "http://h/", "enabled": False}}
    config = read_config(written(tmp_path, off))
    assert config == Config(off=frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ([], "object"),
        ("npx", "object"),
        (None, "object"),
        ({}, "command"),
        ({"command": "x", "url": "http://h/"}, "both"),
        ({"command": ""}, "'command'"),
        ({"command": ["npx"]}, "'command'"),
        ({"command": "x", "args": "-y"}, "'args'"),
        ({"command": "x", "args": [1]}, "'args'"),
        ({"command": "x\0y"}, "zero byte"),
        ({"command": "x", "env": [SECRET]}, "'env'"),
        ({"command": "x", "env": {"KEY": [SECRET]}}, "'env.KEY'"),
        ({"command": "x", "env": {"KEY": None}}, "'env.KEY'"),
        ({"command": "x", "env": {"A=B": SECRET}}, "'env.A=B'"),
        ({"url": "ftp://h/"}, "'url'"),
        ({"url": "h/mcp"}, "'url'"),
        ({"url": "http://"}, "'url'"),
        ({"url": "http://h/ü"}, "'url'"),
        ({"url": "http://h:99999/"}, "'url'"),
        ({"url": "http://h/\nx"}, "'url'"),
        ({"type": "sse", "url": "http://h/"}, "sse"),
        ({"url": "http://h/", "headers": {"X Y": SECRET}}, "header"),
        ({"url": "http://h/", "headers": {"X": f"{SECRET}\r\nY: z"}}, "'X'"),
        ({"url": "http://h/", "headers": {"X": {"a": SECRET}}}, "'headers.X'"),
    ],
)
def test_a_wrong_entry_is_named_without_its_values_and_harms_no_other(
    tmp_path: Path, said: Any, named: str
) -> None:
    config = read_config(written(tmp_path, {"bad": said, "good": {"command": "x"}}))
    assert list(config.entries) == ["good"]
    assert list(config.problems) == ["bad"]
    told = str(config.problems["bad"])
    assert named in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b'{"mcpServers": {\n  "a": {,}\n}}', "line 2, column 9"),
        (b"", "line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "mcpServers"),
        (b'{"mcpServers": []}', "mcpServers"),
        (b"[" * 100_000, "JSON"),
        (b" " * (1024 * 1024 + 1), "megabyte"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_place(tmp_path: Path, data: bytes, named: str) -> None:
    path = tmp_path / "mcp.json"
    path.write_bytes(data)
    config = read_config(path)
    assert config.entries == {}
    assert list(config.problems) == ["mcp.json"]
    assert named in str(config.problems["mcp.json"])


def test_no_file_is_no_server_and_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read_config(tmp_path / "mcp.json").problems == {}
    assert stamp_of(tmp_path / "mcp.json") is None
    path = tmp_path / "mcp.json"
    path.write_bytes(b'\xef\xbb\xbf{"mcpServers": {"a": {"command": "x"}}}')
    assert list(read_config(path).entries) == ["a"]
    assert read_config(written(tmp_path, {}, whole={})).problems == {}


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "mcp.json").mkdir()
    assert "directory" in str(read_config(tmp_path / "mcp.json").problems["mcp.json"])


def test_odd_names_are_told_without_being_shown(tmp_path: Path) -> None:
    servers = {
        "": {"command": "x"},
        "a\nb": {"command": "x"},
        "n" * 101: {"command": "x"},
        "é b": {"command": "x"},
    }
    config = read_config(written(tmp_path, servers))
    assert list(config.entries) == ["é b"]
    assert set(config.problems) == {"#1", "ab", "n" * 100}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["command", "args", "env", "cwd", "url", "headers", "type", "disabled", "allow_private"]
)


@given(st.dictionaries(st.text(max_size=8), st.dictionaries(FIELDS, JSON) | JSON, max_size=4))
def test_whatever_stands_there_each_entry_is_a_server_a_problem_or_off(
    tmp_path_factory: pytest.TempPathFactory, servers: dict[str, Any]
) -> None:
    config = read_config(written(tmp_path_factory.mktemp("config"), servers))
    assert len(config.entries) + len(config.problems) + len(config.off) <= len(servers)
    assert bool(config.entries or config.problems or config.off) == bool(servers)
    assert all(str(reason) for reason in config.problems.values())
