"""Whether an answer that was to be JSON is."""

import orjson

from providers.types import ChatRequest

FENCES = ("```", "~~~")


def holds_json(text: str) -> bool:
    """Strictly JSON, of any kind of value. A fence around the whole, as models like to add, does no harm."""
    try:
        orjson.loads(_unfenced(text.strip().removeprefix("\ufeff")))
    except orjson.JSONDecodeError:
        return False
    return True


def breaks_json(request: ChatRequest | None, text: str) -> bool:
    """Whether JSON was asked for and something else came. An answer without words is told of as empty."""
    return request is not None and request.params.json is True and bool(text.strip()) and not holds_json(text)


def _unfenced(text: str) -> str:
    for fence in FENCES:
        if text.startswith(fence) and text.endswith(fence):
            return text.partition("\n")[2].rstrip(fence[0])
    return text
