"""Which of a lane's parameters mean something to a model: what its connector sends, less what its service
lists that it does not take."""

from collections.abc import Mapping
from typing import Any

from providers.connectors import declaration_of
from providers.types import ModelInfo, Params, ServerConfig

ALL = tuple(Params.__dataclass_fields__)
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


def supported_by(server: ServerConfig, info: ModelInfo) -> list[str]:
    """Names of `Params`, in their order. What is not known of a model does not count against it."""
    missing = set(declaration_of(server.provider).unsupported_fields(server, model_behind(info)))
    if info.capabilities and "thinking" not in info.capabilities:
        missing.add("thinking")
    listed = info.metadata.get("supported_parameters")
    if isinstance(listed, list):
        missing |= {name for name, names in LISTED_AS.items() if names.isdisjoint(map(str, listed))}
    return [name for name in ALL if name not in missing]


def model_behind(info: ModelInfo) -> str:
    """The model that is asked where `info` is a name of our own for the first of several candidates."""
    candidates = info.metadata.get("candidates") or (info.id,)
    return str(info.metadata.get("model") or candidates[0])


def set_in(params: Params) -> dict[str, Any]:
    """The fields that are set, by name."""
    values = {name: getattr(params, name) for name in ALL}
    return {name: value for name, value in values.items() if value is not None and value is not False}
