"""What a server does not use is not in its memory either."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.services.server import environment

LOADING = """
import json, sys
sys.argv = ["manage.py", "serve"]
import django
django.setup()
from chatbot_project import server, startup, urls
from providers import connectors
connectors.load_connector("openai")
print(json.dumps(sorted(sys.modules)))
"""

COUNTING_SHAPES = (
    LOADING.rpartition("print")[0]
    + """
from ninja import Schema
from ninja.params.models import ParamModel
from core.schemas import Lenient, Strict

def below(shape):
    for one in shape.__subclasses__():
        yield one
        yield from below(one)

shapes = {one for base in (Schema, ParamModel, Lenient, Strict) for one in below(base)}
own = {one for one in shapes if not one.__module__.startswith("ninja.")}
built = [f"{one.__module__}.{one.__qualname__}" for one in own if one.__pydantic_complete__]
print(json.dumps([len(own), sorted(built)]))
"""
)


def run_program(program: str, data_dir: Path) -> Any:
    """What it prints last, as JSON."""
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(data_dir, {}) | {"DJANGO_SETTINGS_MODULE": "chatbot_project.settings"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a server that is about to listen."""
    return set(run_program(LOADING, tmp_path_factory.mktemp("data")))


def test_a_server_loads_websockets_without_wamp_and_without_tls(loaded: set[str]) -> None:
    assert {"autobahn.twisted.websocket", "daphne.ws_protocol", "twisted.web.http"} <= loaded
    unused = {"autobahn.wamp.message", "cbor2", "argon2", "click", "OpenSSL", "cryptography.x509"}
    assert loaded.isdisjoint(unused)


def test_a_server_loads_no_tools_for_tests_and_nothing_that_parses_c(loaded: set[str]) -> None:
    unused = {"django.test", "django.test.client", "unittest", "http.server", "xml.dom", "cffi", "pycparser"}
    assert loaded.isdisjoint(unused)


def test_what_is_left_out_can_be_imported_afterwards(tmp_path: Path) -> None:
    program = """
from autobahn.websocket.utf8validator import Utf8Validator
from autobahn.websocket.xormasker import create_xor_masker
import cffi, django.test
seen = [Utf8Validator().validate(text)[0] for text in ("aşk".encode(), bytes([255]))]
masked = create_xor_masker(b"abcd").process(b"abcd").hex()
print(json.dumps([seen, masked, cffi.FFI.__module__, django.test.Client.__module__]))
"""
    found = run_program(LOADING + program, tmp_path)
    assert found == [[True, False], "00000000", "cffi.api", "django.test.client"]


def test_shapes_of_requests_and_answers_are_built_when_they_are_first_used(tmp_path: Path) -> None:
    """Only what has no field of another shape is, where another is made of it while it is imported."""
    count, built = run_program(COUNTING_SHAPES, tmp_path)
    assert count > 500
    assert len(built) < 10, built


def test_a_server_loads_no_sdk_that_nothing_is_asked_of(loaded: set[str]) -> None:
    unused = (
        "anthropic",
        # Where no row holds a key.
        "cryptography",
        "google",
        "ollama",
        "huggingface_hub",
        "mcp",
        "numpy",
        "PIL",
        "lxml",
        "markdown_it",
    )
    assert [name for name in unused if name in loaded] == []


PREPARING = """
import json, sys
import django
django.setup()
from chatbot_project.migrating import prepare_database
prepare_database()
print(json.dumps(sorted(sys.modules)))
"""


def test_no_migration_is_imported_where_all_were_applied(tmp_path: Path) -> None:
    first, second = (
        [name for name in run_program(PREPARING, tmp_path) if ".migrations.0" in name] for _ in range(2)
    )
    assert "chat.migrations.0001_initial" in first
    assert second == []


RECEIVING = (
    LOADING.rpartition("from providers import")[0]
    + """
from autobahn.twisted import websocket

def refuse(*given):
    raise AssertionError("a line of a log was made that nobody reads")

websocket.hltype = websocket.hlval = refuse
received = []
socket = object.__new__(server.SocketProtocol)
socket._dataReceived = received.append
socket.dataReceived(b"data")
print(json.dumps([data.decode() for data in received]))
"""
)


def test_no_line_of_a_log_is_made_of_what_a_socket_receives(tmp_path: Path) -> None:
    assert run_program(RECEIVING, tmp_path) == ["data"]


CONNECTING = """
from autobahn.twisted.websocket import WebSocketServerProtocol
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

factory = server.SocketFactory(None, server="Divan")
factory.setProtocolOptions(maxFramePayloadSize=77)
socket = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
socket.transport = StringTransport()
WebSocketServerProtocol.connectionMade(socket)
names = WebSocketServerProtocol.CONFIG_ATTRS
differing = [name for name in names if getattr(socket, name) != getattr(factory, name)]
own = [name for name in names if name in vars(socket)]
print(json.dumps([socket.maxFramePayloadSize, differing, own]))
"""


def test_a_socket_has_its_factorys_options_without_a_copy_of_them(tmp_path: Path) -> None:
    assert run_program(LOADING + CONNECTING, tmp_path) == [77, [], []]
