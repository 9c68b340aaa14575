"""Whether the model that answered is the one that was asked for, as far as names tell.

Services write one model's name in many ways: with a date or `-latest`, with its maker or a tag, as the path
of a file. None of these is another model; another size, version or variant is.
"""

import re
from collections.abc import Iterable
from typing import Any

LONGEST = 200
_FILE = re.compile(r"(?:-\d{5}-of-\d{5})?\.(?:gguf|ggml|bin|safetensors)$")
_DATE = re.compile(r"(?<![\d.])(?:20\d{2}[-_.]?\d{2}[-_.]?\d{2}|\d{2}-\d{2}(?:-\d{4})?|\d{4}|00\d)(?![\d.])")
_FORMAT = re.compile(
    r"(?<![a-z0-9])(?:i?q\d(?:_[a-z0-9]+)*|[bf]p?16|fp\d|int[48]|w\da\d+|mxfp4|nvfp4)(?![a-z0-9])"
)
_TOKEN = re.compile(r"\d+(?:\.\d+)*(?:[a-z](?![a-z]))?|[a-z]+")
_ADDED = frozenset(
    {
        "latest", "preview", "exp", "experimental", "stable", "instruct", "chat", "it", "hf", "gguf",
        "ggml", "gptq", "awq", "mlx", "exl", "v", "free", "fastest", "cheapest", "preferred",
        "versatile", "instant", "ud", "unsloth", "bnb", "bit",
    }
)  # fmt: skip
"""What one name may have beyond the other."""


def is_another_model(asked: str, answered: Any) -> bool:
    """`answered` is as the server wrote it. False where it told no name."""
    one, other = _plain(asked), _plain(answered) if isinstance(answered, str) else ""
    if not one or not other or _letters(one) == _letters(other):
        return False
    mine, theirs = set(_TOKEN.findall(one)), set(_TOKEN.findall(other))
    if not mine & theirs:
        return True
    beyond = (mine - theirs, theirs - mine)
    return _differ(*beyond) or any(
        token.isalpha() and token not in _ADDED for side in beyond for token in side
    )


def shown_name(answered: str) -> str:
    """Of the path of a file, the file's name."""
    name = "".join(c for c in answered if c.isprintable()).strip()
    if _FILE.search(name.lower()) or name.startswith("/") or "\\" in name:
        name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return name[:LONGEST]


def _plain(name: str) -> str:
    name = re.split(r"[/\\]", name.strip().lower().rstrip("/\\"))[-1]
    name = re.sub(r"(?<=\d)p(?=\d)", ".", _FILE.sub("", name))
    return _FORMAT.sub("", _DATE.sub("", name))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]|latest", "", name)


def _differ(mine: Iterable[str], theirs: Iterable[str]) -> bool:
    """Where each names a size or a version that the other does not."""
    return all(any(token[0].isdigit() for token in side) for side in (mine, theirs))
