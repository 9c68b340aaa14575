"""How many tokens a text has, without asking anyone. How far off this is stands in docs/tokens.md."""

import re

_PIECES = re.compile(
    r"(?P<ascii>[A-Za-z]+)|(?P<digits>\d+)|(?P<space>\s+)|(?P<cjk>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
    r"|(?P<letters>[^\W\d_A-Za-z]+)|(?P<marks>[^\w\s]|_)"
)


def estimate_tokens(text: str) -> int:
    """Quick and local: about 100 MB/s of English. Never 0 for a text that is not empty."""
    return -(-len(text) * 2 // 7)
