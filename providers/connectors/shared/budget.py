"""How much a model is asked to say, and whether it was given all that it was sent."""

from providers.tokens import estimate_request, estimate_tokens, texts_of
from providers.types import ChatRequest, ModelInfo, Notice, Usage

DEFAULT_MAX_TOKENS = 8192
LEAST_MAX_TOKENS = 256

_FULL = 0.75
"""Of a window: whole messages are dropped, so that some of it stays free."""
_FEWER = 0.8
"""Of the estimate, which is seldom further off."""


def max_tokens_for(request: ChatRequest, info: ModelInfo | None, *, default: int = DEFAULT_MAX_TOKENS) -> int:
    """What the person set, and else `default`, but no more than the model gives and its window leaves. What
    a list says does not bind a person; what the model has refused does."""
    learned, limit = request.learned, request.params.max_tokens
    windows = [learned.window] if learned.window else []
    if limit is None:
        limit = min(default, int(learned.most.get("max_tokens", default)))
        if info and info.max_tokens:
            limit = min(limit, info.max_tokens)
        if info and info.context_length:
            windows.append(info.context_length)
    if windows:
        left = min(windows) - int(estimate_request(request) * learned.density * 1.1)
        limit = min(limit, max(left, min(LEAST_MAX_TOKENS, min(windows) // 8)))
    return limit


def history_notice(request: ChatRequest, usage: Usage, *, window: int | None) -> Notice | None:
    """A `history_cut` note where a server that shortens by itself has done so: what was sent is longer than
    the `window`, and what was read fills it. Fewer tokens than the estimate alone say nothing: each service
    counts in its own way. Images are left out of the account.
    """
    if usage.input is None or window is None:
        return None
    sent = sum(estimate_tokens(text) for text in texts_of(request))
    filled = _FULL * window <= usage.input <= window
    if sent <= window or not filled or usage.input >= sent * _FEWER:
        return None
    return Notice("history_cut", {"sent": sent, "read": usage.input, "window": window})
