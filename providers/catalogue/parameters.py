"""Which of a lane's parameters mean something to a model: what its connector sends, less what its service
says that it does not take."""

from collections.abc import Mapping
from typing import Any

from providers.types import ModelInfo, Params

ALL = tuple(Params.__dataclass_fields__)
NOT_SENT: Mapping[str, frozenset[str]] = {
    "anthropic": frozenset({"seed", "json", "context_length"}),
    "echo": frozenset({"temperature", "top_p", "top_k", "seed", "context_length"}),
    "gemini": frozenset({"context_length"}),
    "huggingface": frozenset({"context_length"}),
    "openai": frozenset({"context_length"}),
}
LISTED_AS: Mapping[str, frozenset[str]] = {
    "temperature": frozenset({"temperature"}),
    "top_p": frozenset({"top_p"}),
    "top_k": frozenset({"top_k"}),
    "max_tokens": frozenset({"max_tokens", "max_completion_tokens"}),
    "seed": frozenset({"seed"}),
    "thinking": frozenset({"reasoning", "reasoning_effort", "include_reasoning"}),
    "json": frozenset({"response_format", "structured_outputs"}),
}
"""A parameter's names in a service's `supported_parameters`."""


def known_to(info: ModelInfo) -> list[str]:
    """Names of `Params`, in their order. What is not known of a model does not count against it."""
    missing = set(NOT_SENT.get(info.provider, ()))
    if info.capabilities and "thinking" not in info.capabilities:
        missing.add("thinking")
    listed = info.metadata.get("supported_parameters")
    if isinstance(listed, list):
        missing |= {name for name, names in LISTED_AS.items() if names.isdisjoint(map(str, listed))}
    return [name for name in ALL if name not in missing]


def given(params: Params) -> dict[str, Any]:
    """What is set, by name."""
    values = {name: getattr(params, name) for name in ALL}
    return {name: value for name, value in values.items() if value is not None and value is not False}
