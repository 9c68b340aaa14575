"""What Ollama tells of its models: `/api/tags`, `/api/show` and `/api/ps`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.connectors.shared.model_facts import first_positive, names_in, parameters_text
from providers.connectors.shared.values import mapping_from
from providers.types import Capability, ModelInfo, ServerConfig

HOME_WINDOW = 8192
"""Tokens of window that a home machine can hold, where neither the person nor the model's file says."""

_CAPABILITIES: Mapping[str, Capability] = {
    "completion": "chat",
    "vision": "vision",
    "tools": "tools",
    "thinking": "thinking",
    "embedding": "embeddings",
}
_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """`longest`: the most that the model was made for. `preset`: the window that its own file asks for.
    `capabilities` None: an older server, which does not tell."""

    longest: int | None = None
    preset: int | None = None
    capabilities: frozenset[str] | None = None
    family: str = ""
    shown: Mapping[str, Any] | None = None

    def window(self, wanted: int | None) -> int:
        window = wanted or self.preset or HOME_WINDOW
        return min(window, self.longest) if self.longest else window

    def thinks(self) -> bool | None:
        return None if self.capabilities is None else "thinking" in self.capabilities


def facts_of(shown: Any) -> ModelFacts:
    """What `/api/show` answers of a model, in Divan's words."""
    if not isinstance(shown, Mapping):
        return ModelFacts()
    info = mapping_from(shown.get("model_info"))
    details = mapping_from(shown.get("details"))
    architecture = info.get("general.architecture")
    preset = _NUM_CTX.search(str(shown.get("parameters") or ""))
    return ModelFacts(
        longest=first_positive(info.get(f"{architecture}.context_length"), details.get("context_length")),
        preset=int(preset.group(1)) if preset else None,
        capabilities=names_in(shown["capabilities"]) if shown.get("capabilities") else None,
        family=str(details.get("family") or architecture or ""),
        shown=shown,
    )


def model_of(
    row: Mapping[str, Any], facts: ModelFacts | None, running: Mapping[str, Any] | None, server: ServerConfig
) -> ModelInfo:
    """`row` is a model of `/api/tags`; `running` its entry of `/api/ps`, {} where it is not loaded, None
    where the server did not tell."""
    shown = facts.shown or {} if facts else {}
    details = {**mapping_from(shown.get("details")), **mapping_from(row.get("details"))}
    told = names_in(row.get("capabilities")) or (facts.capabilities if facts else None) or frozenset()
    name = str(row.get("model") or row.get("name"))
    metadata = {
        "family": details.get("family"),
        "format": details.get("format"),
        "digest": row.get("digest"),
        "modified_at": row.get("modified_at"),
        "embedding_length": details.get("embedding_length"),
        "num_ctx": facts.preset if facts else None,
    }
    if running:
        metadata |= {f"loaded_{key}": running.get(key) for key in ("context_length", "size_vram", "size")}
        metadata["expires_at"] = running.get("expires_at")
    return ModelInfo(
        id=name,
        name=name.removesuffix(":latest"),
        provider=server.provider,
        server=server.name,
        context_length=first_positive(details.get("context_length"), facts.longest if facts else None),
        parameters=details.get("parameter_size")
        or parameters_text(mapping_from(shown.get("model_info")).get("general.parameter_count")),
        quantization=details.get("quantization_level"),
        size=first_positive(row.get("size")),
        capabilities=frozenset(_CAPABILITIES[c] for c in told if c in _CAPABILITIES),
        loaded=None if running is None else bool(running),
        metadata={key: value for key, value in metadata.items() if value is not None},
    )
