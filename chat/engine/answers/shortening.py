"""Texts made to fit a number of tokens. Pure."""

from collections.abc import Sequence

from providers.tokens import estimate_tokens

LEFT_OUT = "\n[…]\n"


def shorten_evenly(texts: Sequence[str], tokens: int) -> list[str]:
    """The texts within as many tokens together. What a short one does not need of its equal share goes to
    the others; one that is longer than its share loses its middle."""
    fitted = list(texts)
    costs = [estimate_tokens(text) for text in texts]
    shortest_first = sorted(range(len(texts)), key=costs.__getitem__)
    for taken, place in enumerate(shortest_first):
        share = tokens // (len(texts) - taken)
        fitted[place] = shorten_middle(texts[place], share)
        tokens -= min(costs[place], share)
    return fitted


def shorten_middle(text: str, tokens: int) -> str:
    """A text that costs more than `tokens` without its middle."""
    cost = estimate_tokens(text)
    if cost <= tokens:
        return text
    half = int(len(text) * max(tokens, 0) / cost * 0.45)
    return text[:half] + LEFT_OUT + text[len(text) - half :]
