"""The fakes as a program, as the bench and the browser tests use them."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.connectors import load_connector
from providers.types import Secret, ServerConfig
from tests.providers.connectors.hearing import KEY, asking, hear


@pytest.fixture
def program() -> Iterator[dict[str, str]]:
    """Addresses by wire; `""` is the root."""
    command = [sys.executable, "-m", "tests.upstreams", "--tokens", "25", "--speed", "0"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        addresses = {"": process.stdout.readline().strip()}
        while len(addresses) < 10:
            name, _, url = process.stdout.readline().strip().partition(": ")
            addresses[name] = url
        try:
            yield addresses
        finally:
            process.terminate()
        assert process.wait(10) == 0


def control(program: dict[str, str], path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(program[""] + path, data=data)
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return json.load(answer)


async def test_the_program_answers_on_every_wire_and_can_be_told_what_to_do(program: dict[str, str]) -> None:
    for name, provider in (("openai", "openai"), ("ollama", "ollama"), ("anthropic", "anthropic")):
        connector = load_connector(provider)(ServerConfig(name, provider, program[name], Secret(KEY)))
        heard = await hear(connector, asking("any-model"))
        assert heard.text == " word" * 25
        assert (await hear(connector, asking("markdown"))).text.startswith("# Title")
        assert (await hear(connector, asking("cut"))).code == "bad_response"
        control(program, "/control/play", {"scenarios": ["failing"]})
        assert (await hear(connector, asking("any-model"))).error is not None
        control(program, "/control/play", {"scenarios": []})
        await connector.aclose()
    seen = control(program, "/control/requests")
    assert {row["wire"] for row in seen} == {"openai", "ollama", "anthropic"}
    assert "plain" in control(program, "/control/scenarios")
