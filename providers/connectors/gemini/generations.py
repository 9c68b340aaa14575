"""What generations of Gemini take. Apart from the requests, which import the SDK."""

import re

from providers.types import ServerConfig

_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
_NOT_A_THINKER = re.compile(r"image|tts|audio|live|embedding|robotics|computer-use")


def generation_of(model: str) -> tuple[int, int] | None:
    """(3, 8) of `gemini-3.8-flash`; the `-latest` names stand for the newest; None for other families."""
    found = _VERSION.match(model)
    if found:
        return int(found.group(1)), int(found.group(2) or 0)
    return (3, 99) if re.match(r"gemini-[a-z-]+-latest", model) else None


def takes_sampling(model: str) -> bool:
    """Whether temperature, top_p and top_k may be set."""
    family = generation_of(model)
    return family is None or family < (4, 0)


def takes_thinking(model: str) -> bool:
    """Whether there is anything to set about thinking, which began with 2.5."""
    family = generation_of(model)
    return family is not None and family >= (2, 5) and not _NOT_A_THINKER.search(model)


def unsupported_by(server: ServerConfig, model: str) -> frozenset[str]:
    sampling = frozenset() if takes_sampling(model) else frozenset({"temperature", "top_p", "top_k"})
    return sampling if takes_thinking(model) else sampling | {"thinking"}
