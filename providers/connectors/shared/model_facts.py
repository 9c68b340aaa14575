"""What can be told of a model from its name and from numbers that services give."""

import re
from typing import Any

from providers.connectors.shared.values import count_from, number_from
from providers.types import Pricing

_PARAMETERS = re.compile(r"(?<![\w.])(?:[aAeE](?=\d))?((?:\d+x)?\d+(?:\.\d+)?)\s?([bBmM])(?![a-zA-Z0-9])")
_QUANTIZATION = re.compile(
    r"(?<![a-zA-Z0-9])(I?Q\d(?:_[A-Z0-9]+)*|FP?\d{1,2}|BF16|MXFP4|NVFP4|INT[48]|AWQ|GPTQ)(?![a-zA-Z0-9])",
    re.IGNORECASE,
)
_EMBEDS = re.compile(r"embed|(^|[/-])(bge|e5|gte|minilm)[-_]|arctic-embed", re.IGNORECASE)


def parameters_in(name: str) -> str | None:
    """The size in a model's name: `8B` of `meta-llama/Llama-3.1-8B-Instruct`."""
    found = _PARAMETERS.search(name.replace("_", "-"))
    return f"{found.group(1)}{found.group(2).upper()}" if found else None


def quantization_in(name: str) -> str | None:
    found = _QUANTIZATION.search(name)
    return found.group(1).upper() if found else None


def is_embedding_model(name: str) -> bool:
    return _EMBEDS.search(name) is not None


def parameters_text(value: Any) -> str | None:
    """`8B` from 8030261248; services write 330048 as `330K`."""
    if not (number := first_positive(value)):
        return None
    for unit, size in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + unit
    return str(number)


def first_positive(*values: Any) -> int | None:
    """The first that is a positive whole number; services write 0 and null for unknown."""
    return next((number for value in values if (number := count_from(value))), None)


def pricing_of(prompt: Any, completion: Any, *, scale: float = 1.0) -> Pricing | None:
    """`scale`: to USD per million tokens. A price below 0 says "it depends"."""
    read, written = number_from(prompt), number_from(completion)
    if read is None or written is None:
        return None
    return Pricing(round(read * scale, 6), round(written * scale, 6))


def names_in(value: Any) -> frozenset[str]:
    return frozenset(v for v in value if isinstance(v, str)) if isinstance(value, list) else frozenset()
