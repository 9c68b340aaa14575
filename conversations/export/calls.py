"""What a tool was asked, as a person reads it."""

import json


def asked_of(arguments: str) -> tuple[str, str]:
    """A language and what is written in it: of a tool that runs code the code itself, else the JSON."""
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return "", arguments
    if (
        isinstance(given, dict)
        and isinstance(given.get("code"), str)
        and given.keys() <= {"code", "language"}
    ):
        language = given.get("language")
        return language if isinstance(language, str) and language.isalnum() else "", given["code"]
    return "json", arguments
