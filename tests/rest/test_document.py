"""The OpenAPI documents against the server that they describe."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.rest.conftest import Client
from tests.services.processes import ROOT
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

CONVERSATIONS = "^/api/conversations"
MODELS = "^/api/models"
NEW_SERVERS = "^/api/servers$"
DOCUMENTS = "^/api/(documents|settings)"
TEST_SETS = "^/api/testsets"
OWN_WORDS = "^/api/(memory|prompts|lane-sets|preferences|folders)"
PARTS = (CONVERSATIONS, MODELS, DOCUMENTS, TEST_SETS, OWN_WORDS, NEW_SERVERS)
ENDLESS = "/events$"
"""Streams that end when the client goes: tests/chat/test_rest.py reads one."""
_documents: dict[str, Any] = {}


async def document(divan: Divan, name: str) -> Any:
    """Asked for once: to make it takes the server a while, and it stays the same."""
    address = f"{divan.url}/{name}/openapi.json"
    if address not in _documents:
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            assert answer.status == 200
            _documents[address] = await answer.json()
    return _documents[address]


@pytest.fixture
async def servers_as_before(call: Client) -> AsyncIterator[None]:
    """Servers that were made up answer nothing, which is no fault of the paths that would ask them."""
    before = {row["name"] for row in (await call("GET", "/api/servers")).body["servers"]}
    yield
    for row in (await call("GET", "/api/servers")).body["servers"]:
        if row["name"] not in before:
            await call("DELETE", f"/api/servers/{row['name']}")


@pytest.fixture
async def kept_document(divan: Divan, name: str, tmp_path: Path) -> Path:
    """As a file: the server need not make it again for each part."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(await document(divan, name)))
    return path


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "only", "but", "examples"),
    [
        ("api", CONVERSATIONS, ENDLESS, 4),
        ("api", MODELS, ENDLESS, 4),
        ("api", DOCUMENTS, ENDLESS, 4),
        ("api", TEST_SETS, ENDLESS, 4),
        ("api", OWN_WORDS, ENDLESS, 4),
        ("api", "", "|".join((ENDLESS, *PARTS)), 4),
        ("api", NEW_SERVERS, ENDLESS, 20),
        ("v1", "", ENDLESS, 20),
    ],
    ids=[
        "conversations",
        "models",
        "documents",
        "test sets",
        "own words",
        "all others",
        "new servers",
        "openai",
    ],
)
def test_whatever_is_sent_the_server_answers_as_its_document_says(
    divan: Divan,
    token: str,
    servers_as_before: None,
    kept_document: Path,
    name: str,
    only: str,
    but: str,
    examples: int,
) -> None:
    """schemathesis, always with the same requests; in parts, since all of them take minutes."""
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", str(kept_document)),
            *("--url", divan.url, "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS)),
            *("--phases", "coverage,fuzzing", "--max-examples", str(examples), "--seed", "1"),
            *("--generation-deterministic", "--continue-on-failure", "--exclude-path-regex", but),
            *("--no-color", "--no-shrink", "--warnings", "off", "--request-timeout", "20"),
            *(("--include-path-regex", only) if only else ()),
            # Of what it makes up for an address, it throws most away by itself.
            *("--suppress-health-check", "filter_too_much"),
        ],
        cwd=kept_document.parent,
        # Which characters there are is counted once, and not for each part: two seconds of the processor.
        env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
