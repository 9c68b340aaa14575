"""Tries regular expressions and JSON schemas that somebody wrote, in a process of its own: `python -m
chat.testsets.check_child`, with a JSON object {"text", "checks": [{"kind", "value"}], "seconds", "memory"} on
standard input. Some never end: whoever asks waits no longer than it likes.

Writes one JSON object a line for each check, in order, the moment it is known: {"passed", "detail"?}.
"""

import json
import resource
import sys
from typing import Any

from chat.testsets.patterns import compile_pattern, validator_of

FENCE = "```"


def main() -> None:
    task = json.load(sys.stdin)
    seconds = max(1, round(task["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (task["memory"], task["memory"]))
    for check in task["checks"]:
        try:
            told = run_check(check, task["text"])
        except Exception as error:  # noqa: BLE001 -- whatever a library makes of a schema: this check ends here
            told = {"passed": False, "detail": str(error)[:300] or type(error).__name__}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def run_check(check: dict[str, Any], text: str) -> dict[str, Any]:
    if check["kind"] == "regex":
        return {"passed": compile_pattern(check["value"]).search(text) is not None}
    return check_against_schema(json.loads(strip_fence(text)), check["value"])


def strip_fence(text: str) -> str:
    """The text without a fenced block around it, into which models like to put JSON."""
    said = text.strip()
    if not (said.startswith(FENCE) and said.endswith(FENCE)):
        return said
    _language, _newline, inside = said.removesuffix(FENCE).partition("\n")
    return inside


def check_against_schema(found: Any, schema: Any) -> dict[str, Any]:
    """Whether the JSON fits the schema. A reference to elsewhere is not followed: nothing is fetched."""
    from jsonschema.exceptions import ValidationError
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        validator_of(schema)(schema, registry=Registry()).validate(found)
    except ValidationError as error:
        place = "/".join(map(str, error.absolute_path))
        return {
            "passed": False,
            "detail": f"{place}: {error.message}"[:300] if place else error.message[:300],
        }
    except Unresolvable as error:
        return {"passed": False, "detail": f"{error}"[:300]}
    return {"passed": True}


if __name__ == "__main__":
    main()
