"""The router's list: one model, several providers of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from providers.connectors.openai.model_lists import models_in
from providers.connectors.shared.model_facts import (
    first_positive,
    is_embedding_model,
    names_in,
    parameters_in,
    pricing_of,
)
from providers.connectors.shared.model_families import capabilities_in
from providers.connectors.shared.values import mappings_from
from providers.types import Capability, ModelInfo, Pricing, ServerConfig

_CURATED = re.compile(r"(meta-)?llama|(mis|minis|magis|mix|devs|codes|pix)tral|falcon|zephyr|qwen|qwq|qvq")
"""How the names of the families Llama, Mistral, Falcon, Zephyr and Qwen begin."""
_NO_TALK = re.compile(r"guard|rerank|reward|-prm\b|image|audio|-tts\b|-asr\b")
"""What those families have for other work than conversations."""


def router_models(payload: Any, server: ServerConfig) -> list[ModelInfo]:
    """Curated models come first, then others with a live provider. One without any is kept, since it may
    come back."""
    rows = payload.get("data") if isinstance(payload, Mapping) else payload
    if not isinstance(rows, list) or not any(isinstance(r, Mapping) and "providers" in r for r in rows):
        return models_in(payload, server)
    infos = [
        _info(row, server) for row in rows if isinstance(row, Mapping) and isinstance(row.get("id"), str)
    ]
    return sorted(infos, key=lambda info: (not info.metadata["curated"], not info.metadata["providers"]))


def _info(row: Mapping[str, Any], server: ServerConfig) -> ModelInfo:
    name: str = row["id"]
    offers = mappings_from(row.get("providers"))
    live = [p for p in offers if p.get("status", "live") == "live"]
    shape = row.get("architecture")
    inputs = names_in(shape.get("input_modalities")) if isinstance(shape, Mapping) else frozenset()
    capabilities = _capabilities(name, live, inputs)
    return ModelInfo(
        id=name,
        name=name.rsplit("/", 1)[-1],
        provider=server.provider,
        server=server.name,
        context_length=max((first_positive(p.get("context_length")) or 0 for p in live), default=0) or None,
        parameters=parameters_in(name),
        capabilities=capabilities,
        pricing=_cheapest(live),
        metadata={
            "owned_by": row.get("owned_by") or name.split("/", 1)[0],
            "providers": [p.get("provider") for p in live],
            "curated": bool(live) and "chat" in capabilities and is_curated(name),
        },
    )


def is_curated(name: str) -> bool:
    short = name.lower().rsplit("/", 1)[-1]
    return _CURATED.match(short) is not None and _NO_TALK.search(short) is None


def _capabilities(
    name: str, live: Sequence[Mapping[str, Any]], inputs: frozenset[str]
) -> frozenset[Capability]:
    if is_embedding_model(name):
        return frozenset({"embeddings"})
    # The router tells neither thinking nor, of most models, what they see.
    found: set[Capability] = {"chat", *(capabilities_in(name) - {"tools"})}
    if "image" in inputs:
        found.add("vision")
    told = [p["supports_tools"] for p in live if "supports_tools" in p]
    if any(told) or (not told and "tools" in capabilities_in(name)):
        found.add("tools")
    return frozenset(found)


def _cheapest(live: Sequence[Mapping[str, Any]]) -> Pricing | None:
    """USD per million already."""
    prices = [p["pricing"] for p in live if isinstance(p.get("pricing"), Mapping)]
    known = [q for q in (pricing_of(p.get("input"), p.get("output")) for p in prices) if q]
    return min(known, key=lambda price: price.input + price.output, default=None)
