"""How much a model is asked to say, and whether it was given all that it was sent."""

from providers.tokens import estimate_request, estimate_tokens, texts_of
from providers.types import ChatRequest, ModelInfo, Notice, Usage

DEFAULT_MAX_TOKENS = 8192
LEAST_MAX_TOKENS = 256

_CLEARLY_FEWER = 0.5
_FEWER = 0.8


def max_tokens_for(request: ChatRequest, info: ModelInfo | None, *, default: int = DEFAULT_MAX_TOKENS) -> int:
    """What the person set, and else `default`, but no more than the model gives and its window leaves."""
    if request.params.max_tokens is not None:
        return request.params.max_tokens
    limit = default
    if info and info.max_tokens:
        limit = min(limit, info.max_tokens)
    if info and info.context_length:
        left = info.context_length - int(estimate_request(request) * 1.1)
        limit = min(limit, max(left, LEAST_MAX_TOKENS))
    return limit


def history_notice(request: ChatRequest, usage: Usage, *, window: int | None = None) -> Notice | None:
    """A `history_cut` note where the server read clearly less than it was sent.

    Clearly: half of the estimate, which no error of the estimate explains; or a fifth less, where the
    estimate also says that the request could not fit the `window`. Images are left out of the account.
    """
    if usage.input is None:
        return None
    sent = sum(estimate_tokens(text) for text in texts_of(request))
    overfull = window is not None and sent > 0.9 * window
    if sent < 64 or usage.input >= sent * (_FEWER if overfull else _CLEARLY_FEWER):
        return None
    values: dict[str, str | int | float] = {"sent": sent, "read": usage.input}
    return Notice("history_cut", values | ({"window": window} if window else {}))
