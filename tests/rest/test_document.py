"""The OpenAPI documents against the server that they describe."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.services.server import Divan

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)

ENDLESS = "/events$"
"""Streams that end when the client goes: tests/chat/test_rest.py reads one."""


_documents: dict[tuple[str, str], Any] = {}


async def document(divan: Divan, name: str) -> Any:
    """Asked for once: to make it takes the server a while, and it stays the same."""
    key = (divan.url, name)
    if key not in _documents:
        _documents[key] = await fetch_document(divan, name)
    return _documents[key]


async def fetch_document(divan: Divan, name: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(f"{divan.url}/{name}/openapi.json") as answer:
        assert answer.status == 200
        return await answer.json()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "examples"), [("api", 4), ("v1", 20)])
def test_whatever_is_sent_the_server_answers_as_its_document_says(
    divan: Divan, token: str, tmp_path: Path, name: str, examples: int
) -> None:
    """schemathesis, always with the same requests."""
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{divan.url}/{name}/openapi.json"),
            *("--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS)),
            *("--phases", "coverage,fuzzing", "--max-examples", str(examples), "--seed", "1"),
            *("--generation-deterministic", "--continue-on-failure", "--exclude-path-regex", ENDLESS),
            *("--no-color", "--no-shrink", "--warnings", "off", "--request-timeout", "20"),
            # Of what it makes up for an address, it throws most away by itself.
            *("--suppress-health-check", "filter_too_much"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
