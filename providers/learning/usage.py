"""What the count of an answer's tokens tells of its model."""

from collections.abc import Iterator

from providers.learning.facts import Fact
from providers.tokens import estimate_request
from providers.types import ChatRequest, Image, Learned, Usage

TELLING = 256
"""Tokens of a question from which on its count tells of the text: in shorter ones what a service adds of its
own weighs too much."""
MOST_COUNTED = 32_000
"""Tokens of the longest question that is estimated for this: it is done on the event loop."""
DENSEST = 4.0
_CLEARLY_MORE = 1.1
_CLEARLY_FEWER = 0.8


def facts_in(sent: ChatRequest, usage: Usage, known: Learned) -> Iterator[Fact]:
    """`usage`: of the answer to `sent`. What a service read is no more than it can read."""
    if usage.input is None:
        return
    if known.window is not None and (total := usage.input + (usage.output or 0)) > known.window:
        yield Fact("window", value=total, reason=f"{total} tokens were read and written")
    if known.input is not None and usage.input > known.input:
        yield Fact("input", value=usage.input, reason=f"{usage.input} tokens were read")
    if density := density_of(sent, usage.input, known.density):
        yield density


def density_of(sent: ChatRequest, count: int, known: float) -> Fact | None:
    """Up at once, since a question that is too long is refused; down by half the way, since the next text
    may be a denser one again."""
    if count > MOST_COUNTED or sent.tools or _has_images(sent):
        return None
    estimate = estimate_request(sent)
    if estimate < TELLING or not 0 < count < estimate * DENSEST:
        return None
    found = count / estimate
    if found < known * _CLEARLY_FEWER:
        found = max((found + known) / 2, 1.0)
    elif found <= known * _CLEARLY_MORE:
        return None
    if abs(found - known) < 0.01:
        return None
    reason = f"{count} tokens were counted where {estimate} were estimated"
    return Fact("density", value=round(found, 2), reason=reason)


def _has_images(request: ChatRequest) -> bool:
    return any(isinstance(part, Image) for message in request.messages for part in message.parts)
