"""Whether an answer passes a check, but for those that a model judges (judging.py)."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chat.prompting import context
from conversations.records import AnswerMessage

Check = Mapping[str, Any]
Verdict = dict[str, Any]
"""`passed`: true, false, or null where it cannot be told. `detail`: why, in words."""

SECONDS = 3.0
"""For the regular expressions and schemas of one answer; one that takes longer is not passed."""
TO_START = 10.0
MEMORY = 512 * 1024 * 1024
AT_ONCE = 2
APART = ("regex", "json_schema")
ROOT = Path(__file__).resolve().parent.parent.parent

_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="checks")
"""Of its own: who waits for a pattern that never ends takes no thread from whoever reads files."""


async def run_checks(answer: AnswerMessage, checks: Sequence[Check]) -> list[Verdict | None]:
    """Does what `check_answer` does, and holds up nobody else."""
    pool = _pool if any(check["kind"] in APART for check in checks) else None
    return await asyncio.get_running_loop().run_in_executor(pool, check_answer, answer, checks)


def check_answer(answer: AnswerMessage, checks: Sequence[Check]) -> list[Verdict | None]:
    """The verdicts in the order of `checks`; None stands where a judge is to be asked. An answer that did not
    end well passes none. Blocks."""
    if answer["status"] != "complete":
        return [{"passed": False, "detail": answer["status"]} for _check in checks]
    text = context.text_of(answer)
    apart = iter(try_apart(text, [check for check in checks if check["kind"] in APART]))
    return [next(apart) if check["kind"] in APART else check_here(check, text, answer) for check in checks]


def check_here(check: Check, text: str, answer: AnswerMessage) -> Verdict | None:
    if check["kind"] == "judge":
        return None
    return HERE[check["kind"]](check["value"], text, answer)


def check_limit(limit: float, value: float | None) -> Verdict:
    if value is None:
        return {"passed": None, "detail": "unknown"}
    return {"passed": value <= limit, "detail": f"{value:g}"}


HERE: Mapping[str, Callable[[Any, str, AnswerMessage], Verdict]] = {
    "contains": lambda value, text, answer: {"passed": value in text},
    "not_contains": lambda value, text, answer: {"passed": value not in text},
    "equals": lambda value, text, answer: {"passed": value.strip() == text.strip()},
    "max_ms": lambda value, text, answer: check_limit(value, answer["timing"]["total_ms"]),
    "max_usd": lambda value, text, answer: check_limit(value, answer["cost"]["usd"]),
}


def try_apart(text: str, checks: Sequence[Check]) -> list[Verdict]:
    """One that does not end in time is not passed; those behind it are tried in another process."""
    verdicts: list[Verdict] = []
    while len(verdicts) < len(checks):
        verdicts += _try(text, checks[len(verdicts) :])
        if len(verdicts) < len(checks):
            verdicts.append({"passed": False, "detail": "took too long"})
    return verdicts


def _try(text: str, checks: Sequence[Check]) -> list[Verdict]:
    """Those that were known when the process ended, or had to be."""
    task = {"text": text, "checks": list(checks), "seconds": SECONDS, "memory": MEMORY}
    with subprocess.Popen(
        [sys.executable, "-m", "chat.testsets.check_child"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            said, _errors = process.communicate(json.dumps(task).encode(), timeout=SECONDS + TO_START)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _errors = process.communicate()
    lines = said.split(b"\n")[:-1]
    return [json.loads(line) for line in lines]
