"""llama-server: what its `/props` tells of the model that it holds, beside its list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from providers.connectors.shared.model_facts import first_positive
from providers.connectors.shared.values import mapping_from, text_from
from providers.types import Capability, ModelInfo

OWNER = "llamacpp"


def is_llama_server(info: ModelInfo | None) -> bool:
    return info is not None and info.metadata.get("owned_by") == OWNER


def with_props(infos: Sequence[ModelInfo], props: Any) -> list[ModelInfo]:
    """`props` is the answer of `/props`; of a router, which holds several models, it tells of none."""
    if len(infos) != 1 or not isinstance(props, Mapping):
        return list(infos)
    info, told = infos[0], _capabilities(props)
    if "embeddings" in info.capabilities:
        return [info]
    settings = mapping_from(props.get("default_generation_settings"))
    window = first_positive(settings.get("n_ctx")) or info.context_length
    return [replace(info, capabilities=info.capabilities | told, context_length=window)]


def _capabilities(props: Mapping[str, Any]) -> frozenset[Capability]:
    caps = mapping_from(props.get("chat_template_caps"))
    template = text_from(props.get("chat_template"))
    found: set[Capability] = set()
    if mapping_from(props.get("modalities")).get("vision") is True:
        found.add("vision")
    if caps.get("supports_tools") is True or caps.get("supports_tool_calls") is True:
        found.add("tools")
    if caps.get("supports_thinking") is True or "enable_thinking" in template:
        found.add("thinking")
    return frozenset(found | {"chat"}) if found else frozenset()
