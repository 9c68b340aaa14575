"""Whether an answer that was to be JSON is."""

import orjson

FENCES = ("```", "~~~")


def holds_json(text: str) -> bool:
    """Strictly JSON, of any kind of value. A fence around the whole, as models like to add, does no harm."""
    try:
        orjson.loads(_unfenced(text.strip().removeprefix("\ufeff")))
    except orjson.JSONDecodeError:
        return False
    return True


def _unfenced(text: str) -> str:
    for fence in FENCES:
        if text.startswith(fence) and text.endswith(fence):
            return text.partition("\n")[2].rstrip(fence[0])
    return text
