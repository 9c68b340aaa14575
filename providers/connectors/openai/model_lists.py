"""Lists of models: every service's own idea of what `GET /models` answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from providers.connectors.shared.model_facts import (
    first_positive,
    is_embedding_model,
    names_in,
    parameters_in,
    parameters_text,
    pricing_of,
    quantization_in,
)
from providers.connectors.shared.model_families import capabilities_in, writes_no_text
from providers.connectors.shared.values import mapping_from
from providers.types import Capability, ModelInfo, Pricing, ServerConfig


def models_in(payload: Any, server: ServerConfig) -> list[ModelInfo]:
    """A bare list (Together), `data`, `data: null`, or `models` beside `data` (llama-server). Without what
    can only speak, paint or judge."""
    infos = (_info(row, server) for row in _rows(payload))
    return [info for info in infos if info.capabilities or not writes_no_text(info.id)]


def _rows(payload: Any) -> Iterator[Mapping[str, Any]]:
    rows, more = payload, {}
    if isinstance(payload, Mapping):
        rows = payload.get("data") or payload.get("models")
        if payload.get("data") and isinstance(payload.get("models"), list):
            more = {m.get("name"): m for m in payload["models"] if isinstance(m, Mapping)}
    for entry in rows if isinstance(rows, list) else ():
        row = {"id": entry} if isinstance(entry, str) else entry
        if not isinstance(row, Mapping):
            continue
        name = row.get("id") or row.get("name") or row.get("model")
        if isinstance(name, str) and name:
            yield {**more.get(name, {}), **row, "id": name}


def _info(row: Mapping[str, Any], server: ServerConfig) -> ModelInfo:
    name: str = row["id"]
    meta = mapping_from(row.get("meta"))
    top = mapping_from(row.get("top_provider"))
    details = mapping_from(row.get("details"))
    told = mapping_from(row.get("model_info"))
    shown = row.get("display_name") or row.get("name") or name
    named = ("canonical_slug", "owned_by", "organization", "expiration_date")
    facts = {key: row[key] for key in named if row.get(key)}
    if supported := names_in(row.get("supported_parameters")):
        facts["supported_parameters"] = sorted(supported)
    if "image" in names_in(mapping_from(row.get("architecture")).get("output_modalities")):
        facts["draws"] = True
    return ModelInfo(
        id=name,
        name=str(shown).replace("\\", "/").rsplit("/", 1)[-1] if shown == name else str(shown),
        provider=server.provider,
        server=server.name,
        description=str(row.get("description") or ""),
        context_length=first_positive(
            top.get("context_length"),
            row.get("context_length"),
            row.get("max_model_len"),
            row.get("context_window"),
            row.get("max_context_length"),
            row.get("max_input_tokens"),
            told.get("max_input_tokens"),
            meta.get("n_ctx"),
            window_in_arguments(mapping_from(row.get("status")).get("args") or row.get("args")),
            meta.get("n_ctx_train"),
        ),
        max_tokens=first_positive(
            top.get("max_completion_tokens"),
            row.get("max_completion_tokens"),
            row.get("max_output_tokens"),
            told.get("max_output_tokens"),
        ),
        parameters=details.get("parameter_size")
        or parameters_text(meta.get("n_params"))
        or parameters_in(name),
        quantization=details.get("quantization_level")
        or row.get("quantization")
        or quantization_in(name.rsplit("/", 1)[-1]),
        size=first_positive(meta.get("size"), row.get("size")),
        capabilities=_capabilities(row),
        pricing=_pricing(row),
        metadata=facts,
    )


def _capabilities(row: Mapping[str, Any]) -> frozenset[Capability]:
    """Empty where nothing is known, which is not the same as none. That a model chats says nothing of what
    else it does: many lists say that and no more."""
    shape = mapping_from(row.get("architecture"))
    supported = names_in(row.get("supported_parameters")) | names_in(row.get("supported_features"))
    listed = names_in(row.get("capabilities"))
    flags = {k for k, v in mapping_from(row.get("capabilities")).items() if v is True}
    said = listed | flags | supported
    found: set[Capability] = set()
    kind = row.get("type")
    if (
        kind == "embedding"
        or "embeddings" in names_in(shape.get("output_modalities"))
        or is_embedding_model(row["id"])
    ):
        return frozenset({"embeddings"})
    if kind in ("chat", "language") or said & {"completion", "completion_chat"}:
        found.add("chat")
    if "text" in names_in(shape.get("output_modalities")):
        found.add("chat")
    takes = names_in(shape.get("input_modalities"))
    if "image" in takes or said & {"vision", "multimodal", "image_input"}:
        found.add("vision")
    if said & {"tools", "function_calling", "tool_use"}:
        found.add("tools")
    if said & {"reasoning", "include_reasoning", "thinking", "reasoning_effort"}:
        found.add("thinking")
    named = capabilities_in(row["id"])
    if "completion" in listed and not takes:
        # llama-server lists what can be asked of it, pictures too, and little else of what the model can do.
        return named - {"vision"} | found
    if takes or found - {"chat"}:
        return frozenset({"chat", *found})
    # Of a name that writes no text, that it chats after all is worth knowing.
    return named or (frozenset(found) if writes_no_text(row["id"]) else frozenset())


def _pricing(row: Mapping[str, Any]) -> Pricing | None:
    """OpenRouter: text, USD per token. Together and others: numbers, USD per million."""
    prices = mapping_from(row.get("pricing"))
    if "prompt" in prices:
        return pricing_of(prices.get("prompt"), prices.get("completion"), scale=1e6)
    return pricing_of(prices.get("input"), prices.get("output")) if prices else None


def window_in_arguments(arguments: Any) -> int | None:
    """Tokens that one conversation gets, from the command line that llama.cpp's router starts a model with.
    What is shared by several slots is not, unless they share it as a whole."""
    if not isinstance(arguments, list):
        return None
    options = _options_in([word for word in arguments if isinstance(word, str)])
    window = first_positive(options.get("--ctx-size"), options.get("-c"))
    slots = first_positive(options.get("--parallel"), options.get("-np")) or 1
    if window is None or options.keys() & {"--kv-unified", "-kvu"}:
        return window
    return window // slots


def _options_in(words: list[str]) -> dict[str, str]:
    """Each option with what stands behind it, be that a blank or `=`."""
    found: dict[str, str] = {}
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.startswith("-"):
            found[name] = value if equals else "".join(words[place + 1 : place + 2])
    return found
