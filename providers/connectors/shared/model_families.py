"""What well-known models can do, for services whose lists give names and no more."""

import re
from collections.abc import Sequence

from providers.types import Capability

Capabilities = frozenset[Capability]
SEES, USES_TOOLS, THINKS = Capabilities({"vision"}), Capabilities({"tools"}), Capabilities({"thinking"})

FAMILIES: Sequence[tuple[str, Capabilities]] = (
    (r"gpt-oss|o3-mini", USES_TOOLS | THINKS),
    (r"o1-(mini|preview)", THINKS),
    (r"gpt-[5-9]|o[1-9](-|$)", SEES | USES_TOOLS | THINKS),
    (r"gpt-4(o|\.\d|-turbo)|chatgpt-4o", SEES | USES_TOOLS),
    (r"gpt-(4|3\.5-turbo)(?!.{0,80}instruct)", USES_TOOLS),
    (r"claude-(3-7|(opus|sonnet|haiku|fable)-[4-9])", SEES | USES_TOOLS | THINKS),
    (r"claude-[3-9]", SEES | USES_TOOLS),
    (r"gemini-(2\.5|[3-9])", SEES | USES_TOOLS | THINKS),
    (r"gemini-", SEES | USES_TOOLS),
    (r"gemma-?3-1b", Capabilities()),
    (r"gemma-?[3-9]", SEES),
    (r"deepseek-(r\d|reasoner)", THINKS),
    (r"deepseek-(v3\.[1-9]|v[4-9])", USES_TOOLS | THINKS),
    (r"deepseek-(v3|chat)", USES_TOOLS),
    (r"qwen[\d.]{0,8}-?(vl|omni)", SEES | USES_TOOLS),
    (r"qwen3.{0,80}(instruct|coder)", USES_TOOLS),
    (r"qwen[3-9]|qwq", USES_TOOLS | THINKS),
    (r"qwen", USES_TOOLS),
    (r"magistral", USES_TOOLS | THINKS),
    (r"pixtral|mistral-(small-3\.[1-9]|medium-3|large-3)", SEES | USES_TOOLS),
    (r"(mistral|ministral|mixtral|devstral|codestral)-", USES_TOOLS),
    (r"(meta-)?llama-4", SEES | USES_TOOLS),
    (r"(meta-)?llama-3\.2-(11|90)b", SEES),
    (r"(meta-)?llama-3\.[1-9]", USES_TOOLS),
    (r"grok-(3-mini|[4-9])(?!.{0,80}non-reasoning)", USES_TOOLS | THINKS),
    (r"grok-", USES_TOOLS),
    (r"glm-[\d.]{1,8}v", SEES | USES_TOOLS | THINKS),
    (r"glm-(4\.[5-9]|[5-9])", USES_TOOLS | THINKS),
    (r"kimi-k\d.{0,80}thinking", USES_TOOLS | THINKS),
    (r"kimi-", USES_TOOLS),
    (r"minimax-m", USES_TOOLS | THINKS),
    (r"command-(r|a)", USES_TOOLS),
    (r"sonar-(reasoning|deep)", THINKS),
    (r"sonar", Capabilities()),
    (r"llava|moondream|minicpm-v|internvl|smolvlm", SEES),
)
"""The first that a name begins with."""

_FAMILIES = [(re.compile(pattern), found) for pattern, found in FAMILIES]
_NO_TEXT = re.compile(
    r"(whisper|tts|dall-e|sora|omni-moderation|text-moderation|(chat)?gpt-(image|realtime|live|audio|transcribe))"
    r"(-|$)|gpt-.{0,80}-(transcribe|tts|realtime|audio)(-|$)"
)


def capabilities_in(name: str) -> Capabilities:
    """Empty where the name is of no family that is known."""
    if writes_no_text(name):
        return Capabilities()
    for pattern, found in _FAMILIES:
        if pattern.match(_short(name)):
            return found | {"chat"}
    return Capabilities()


def writes_no_text(name: str) -> bool:
    """Models for speech, pictures or moderation, which a list of names does not tell from others."""
    return _NO_TEXT.match(_short(name)) is not None


def _short(name: str) -> str:
    return name.lower().rsplit("/", 1)[-1]
