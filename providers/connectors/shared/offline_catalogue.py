"""What genai-prices knows offline of services and their models. Slow at first use, which imports it: never
call it on the event loop."""

from typing import TYPE_CHECKING, Any

from providers import connectors
from providers.connectors.shared.model_facts import is_embedding_model, parameters_in
from providers.connectors.shared.model_families import capabilities_in
from providers.types import ModelInfo, ServerConfig, Usage
from providers.wire.addresses import is_private

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation


def calculate_price(server: ServerConfig, model: str, usage: Usage) -> "PriceCalculation | None":
    """The price of a model; None where the catalogue knows none."""
    where = locate_service(server)
    if not where:
        return None
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input or 0,
        output_tokens=usage.output or 0,
        cache_read_tokens=usage.cached or None,
    )
    try:
        return genai_prices.calc_price(counted, model, **where)
    except LookupError:
        return None


def models_of(server: ServerConfig, service: str) -> list[ModelInfo]:
    """For a server of a service that has no list of its own."""
    from genai_prices.data_snapshot import get_snapshot

    return [
        ModelInfo(
            id=model.id,
            name=model.name or model.id,
            provider=server.provider,
            server=server.name,
            description=(model.description or "")[:500],
            context_length=model.context_window if isinstance(model.context_window, int) else None,
            parameters=parameters_in(model.id),
            capabilities=frozenset({"embeddings"})
            if is_embedding_model(model.id)
            else capabilities_in(model.id),
        )
        for model in get_snapshot().find_provider(None, service, None).models
        if not model.deprecated
    ]


def locate_service(server: ServerConfig) -> dict[str, Any]:
    """How genai-prices finds the service. Empty: it is none of those that it knows. What it knows takes
    11 MB, which a server on one's own network does without."""
    declared = connectors.declaration_of(server.provider)
    if declared.priced_by_address:
        is_known = bool(server.base_url) and not is_private(server.base_url)
        return {"provider_api_url": server.base_url} if is_known else {}
    return {"provider_id": declared.price_list} if declared.price_list else {}
