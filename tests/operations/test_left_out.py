"""What a server does not use is not in its memory either."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.server import environment

LOADING = """
import json, sys
sys.argv = ["manage.py", "serve"]
import django
django.setup()
from chatbot_project import server, startup
from providers import connectors
connectors.load_connector("openai")
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a server that is about to listen."""
    env = environment(tmp_path_factory.mktemp("data"), {})
    run = subprocess.run(
        [sys.executable, "-c", LOADING],
        env=env | {"DJANGO_SETTINGS_MODULE": "chatbot_project.settings"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_a_server_loads_websockets_without_wamp_and_without_tls(loaded: set[str]) -> None:
    assert {"autobahn.twisted.websocket", "daphne.ws_protocol", "twisted.web.http"} <= loaded
    unused = {"autobahn.wamp.message", "cbor2", "argon2", "click", "OpenSSL", "cryptography.x509"}
    assert loaded.isdisjoint(unused)


def test_a_server_loads_no_sdk_that_nothing_is_asked_of(loaded: set[str]) -> None:
    unused = (
        "anthropic",
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
