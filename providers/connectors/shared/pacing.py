"""An answer that came as one piece, shown as if it had been streamed."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable

from providers.types import ReasoningDelta, StreamEvent, TextDelta

STEP = 0.02
LONGEST = 1.5
"""Seconds: a step between pieces, and the whole show, however long the answer is."""


async def pace_events(events: Iterable[StreamEvent]) -> AsyncGenerator[StreamEvent]:
    for event in events:
        if isinstance(event, TextDelta | ReasoningDelta) and event.text:
            for number, piece in enumerate(_pieces(event.text)):
                if number:
                    await asyncio.sleep(STEP)
                yield TextDelta(piece) if isinstance(event, TextDelta) else ReasoningDelta(piece)
            if isinstance(event, ReasoningDelta) and event.signature:
                yield ReasoningDelta("", event.signature)
        else:
            yield event


def _pieces(text: str) -> list[str]:
    words = re.findall(r"\s*\S+\s*?(?=\s|$)|\s+$", text)
    together = max(2, round(len(words) * STEP / LONGEST))
    return ["".join(words[at : at + together]) for at in range(0, len(words), together)]
