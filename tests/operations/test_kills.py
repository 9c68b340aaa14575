"""`python -m bench.kills`, for short: what was shown outlives `kill -9`, and what would be wrong is found."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bench.kills import Shown, kill_again_and_again, loss_of, report

WORDS = ("one ", "two ", "three ", "four ")
SHOWN = Shown([(second * 1_000_000, word) for second, word in enumerate(WORDS, start=1)])
KILLED = 4_050_000


def record(text: str, status: str = "interrupted", **more: Any) -> dict[str, Any]:
    return {"id": "a", "status": status, "parts": [{"type": "text", "text": text}], **more}


@pytest.mark.serial
def test_what_was_shown_before_a_kill_is_on_the_disk_once_and_interrupted(tmp_path: Path) -> None:
    losses = asyncio.run(kill_again_and_again(tmp_path, rounds=4, lanes=3, seed=7))
    assert len(losses) == 12
    assert [loss.problem for loss in losses if loss.problem] == []
    assert report(losses, 4).startswith("4 kills, 12 answers: 0 wrong")


@pytest.mark.parametrize(
    ("text", "ms", "characters"),
    [
        ("one two three four ", 0, 0),
        ("one two three four five ", 0, 0),
        ("one two three fo", 50, 3),
        ("one two three ", 50, 5),
    ],
)
def test_what_is_lost_of_the_last_moments_is_measured(text: str, ms: float, characters: int) -> None:
    loss = loss_of("a", SHOWN, KILLED, [record(text)])
    assert (loss.ms, loss.characters, loss.problem) == (ms, characters, "")


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record("one two three four "), record("one two three four ")],
        [record("one two three four ", "complete")],
        [record("one two thr")],
        [record("")],
        [record("one two tree four ")],
        [record("two three four ")],
    ],
)
def test_what_must_never_be_is_found(records: list[dict[str, Any]]) -> None:
    assert loss_of("a", SHOWN, KILLED, records).problem
