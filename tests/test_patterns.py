"""No text makes a regular expression of the project slow, however it was made."""

import json
import subprocess
import sys
from functools import cache

import pytest

from tests.patterns.finding import Use, uses
from tests.patterns.hostile import hostile_texts
from tests.services.processes import ROOT

MOST_SECONDS = 3.0
"""Of processor time, for a text of 100 kB: a linear pattern takes milliseconds, a quadratic one minutes."""
SOON = 0.5
"""What takes minutes is known after this."""


@cache
def found() -> list[Use]:
    return uses()


def run(some: list[Use], limit: float) -> list[tuple[str, str, float, str, str]]:
    """Place, method, seconds of processor time (at most `limit`), the text's beginning and the pattern's, for
    each use."""
    given = [
        {
            "place": use.place,
            "pattern": use.pattern.decode("latin-1") if isinstance(use.pattern, bytes) else use.pattern,
            "bytes": isinstance(use.pattern, bytes),
            "flags": use.flags,
            "method": use.method,
        }
        for use in some
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.patterns.child", str(limit)],
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_every_pattern_takes_hostile_text_in_the_time_of_its_length() -> None:
    told = run(found(), MOST_SECONDS)
    assert len(told) == len(found())
    assert [row for row in told if row[2] >= MOST_SECONDS] == []


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(a+)+b", "search"),
        (r"token\s*[:= ]\s*\w", "sub"),
        (r"<title>.*?</title>", "finditer"),
        (r"^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)$", "match"),
        (r"\{.*\}", "search"),
        (r"#+\s+(.*?)\s*#*\s*$", "match"),
        (r"max\w*_tokens", "search"),
        (r"([\w-]+)\s*=\s*\"", "findall"),
    ],
)
def test_a_pattern_that_can_be_made_slow_is_found(pattern: str, method: str) -> None:
    [(_, _, seconds, _, _)] = run([Use("here", pattern, 16, method)], SOON)
    assert seconds >= SOON


def test_patterns_are_found_wherever_they_stand() -> None:
    places = {use.place.partition(":")[0] for use in found()}
    assert {
        "chatbot_project.static_files",
        "chatbot_project.logs",
        "conversations.importers.openwebui_blocks",
        "providers.connectors.shared.model_families",
        "providers.wire.failures.meanings",
        "rag.load.html",
    } <= places
    assert {"search", "match", "fullmatch", "sub", "finditer", "findall", "split"} <= {
        use.method for use in found()
    }
    assert len(found()) > 200


def test_hostile_texts_are_made_of_the_patterns_own_pieces() -> None:
    texts = hostile_texts(r"<title>\s*(.*?)</title>", 0, 1000)
    assert all(len(text) == 1000 for text in texts)
    assert any(text.startswith("<title><title>") for text in texts)
    assert any(text.startswith("<title>    ") for text in texts)
