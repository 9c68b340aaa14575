"""What an answer cost, and where that figure comes from. Never 0 for 'not known'.

In order: what the service itself charged; the price an administrator set; free for models on one's own
machines; the price in the server's own list; the offline data of genai-prices; else unknown, with why.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from providers import connectors
from providers.configuration import rows
from providers.connectors.shared import offline_catalogue
from providers.types import ModelInfo, Pricing, ServerConfig, Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

log = logging.getLogger(__name__)
Source = Literal["provider", "priced", "free", "unknown"]
Reason = Literal["", "no_price", "no_usage"]


@dataclass(frozen=True, slots=True)
class Cost:
    """`reason` says why `usd` is None; `usd` is 0.0 only where it is free or was charged as nothing.
    `estimated`: from tokens that nobody counted."""

    usd: float | None
    source: Source
    reason: Reason = ""
    estimated: bool = False


FREE = Cost(0.0, "free")


def cost_of(server: ServerConfig, model: str, usage: Usage, *, info: ModelInfo | None = None) -> Cost:
    """`info`: what the server's list says of the model, where the caller has it. Never raises."""
    if usage.cost_usd is not None:
        return Cost(usage.cost_usd, "provider")
    override = override_of(server.name, model)
    if override is None and is_free(server, model):
        return FREE
    if usage.input is None and usage.output is None:
        return Cost(None, "unknown", "no_usage")
    pricing = override or (info.pricing if info else None)
    if pricing:
        return Cost(price_usage(pricing, usage), "priced")
    usd = priced_by_library(server, model, usage)
    return Cost(None, "unknown", "no_price") if usd is None else Cost(usd, "priced")


def estimate(
    server: ServerConfig, model: str, input_tokens: int, output_tokens: int, *, info: ModelInfo | None = None
) -> Cost:
    """What a request of that size would cost."""
    return cost_of(server, model, Usage(input=input_tokens, output=output_tokens), info=info)


def override_of(server: str, model: str) -> Pricing | None:
    row = rows.current_rows().models.get((server, model))
    return row.pricing if row else None


def is_free(server: ServerConfig, model: str) -> bool:
    """As its provider declares: models on one's own machines, say."""
    return connectors.declaration_of(server.provider).is_free(server, model)


def price_usage(pricing: Pricing, usage: Usage) -> float:
    return ((usage.input or 0) * pricing.input + (usage.output or 0) * pricing.output) / 1_000_000


def priced_by_library(server: ServerConfig, model: str, usage: Usage) -> float | None:
    found = look_up_price(server, model, usage)
    return None if found is None else float(found.total_price)


def look_up_price(server: ServerConfig, model: str, usage: Usage) -> "PriceCalculation | None":
    try:
        return offline_catalogue.calculate_price(server, model, usage)
    except Exception:
        # Prices are decoration: no fault of the library's data may cost an answer its end.
        log.exception("no price for %s on %s", model, server.name)
        return None


def complete_list(server: ServerConfig, infos: Sequence[ModelInfo]) -> list[ModelInfo]:
    """Prices a million tokens, windows and descriptions for the models of a list that come without.
    Slow at first use (imports the library), so never on the event loop."""
    return [complete_info(server, info) for info in infos]


async def complete_list_in_thread(server: ServerConfig, infos: Sequence[ModelInfo]) -> Sequence[ModelInfo]:
    return await asyncio.to_thread(complete_list, server, infos)


def complete_info(server: ServerConfig, info: ModelInfo) -> ModelInfo:
    if is_free(server, info.id):
        return replace(info, pricing=info.pricing or Pricing(0.0, 0.0))
    # A hundred tokens, not a million: some models cost more a token beyond a long context.
    asked = look_up_price(server, info.id, Usage(input=100))
    answered = look_up_price(server, info.id, Usage(output=100))
    if asked is None or answered is None:
        return info
    listed = Pricing(*(float(round(found.total_price * 10_000, 6)) for found in (asked, answered)))
    window = asked.model.context_window
    return replace(
        info,
        pricing=info.pricing or listed,
        context_length=info.context_length or (window if isinstance(window, int) else None),
        description=info.description or (asked.model.description or "")[:500],
    )
