"""What services say, in the words that tell one kind of refusal from another."""

import re
from collections.abc import Mapping, Sequence

from providers.errors import ErrorCode
from providers.wire.failures.hardware import HARDWARE

Phrases = Sequence[tuple[re.Pattern[str], ErrorCode]]

_PICTURE = r"(?:image|vision|visual|multi-?modal|picture)"
_NOT_ABLE = (
    r"(?:not|n't|cannot|unable to) (?:currently |yet )?(?:support|accept|process|handle|take|see|read)"
)
_MORE = r"\w{0,20}(?: \w{1,40}){0,3}"
_NO_VISION = (
    rf"{_PICTURE}{_MORE} (?:is |are )?(?:not|only) (?:supported|enabled|available|allowed)",
    rf"{_NOT_ABLE}(?:s|ed)?(?: \w+){{0,2}} {_PICTURE}",
    r"(?:not|isn't) an? (?:multi-?modal|vision)|(?:does not have|without) vision|image input modality",
    r"provide the mmproj|--mmproj|image_url is only supported|missing data required for image",
    r"at most 0 image|no endpoints found that support image",
    r"unknown (?:variant|part type|content type):? ?[`'\"]?(?:image|input_image)",
    r"(?:image_url|input_image)['\"`]? (?:\w+ )?(?:is |are )?(?:unsupported|not (?:support|enabl|allow)ed)",
    r"(?:unsupported|invalid) content type.{0,20}image(?!.{0,30}(?:format|mime|png|jpe?g|webp))",
)
_PER_MINUTE = (r"(?:tokens|requests) per (?:second|minute|hour|day)|\b[TR]P[MD]\b",)
_QUOTA = (
    r"credit balance is too low|insufficient.{0,12}(?:quota|credit|balance|funds)|out of credits|余额不足",
    r"exceeded your (?:monthly|current)|budget has been exceeded",
)
_CONTEXT_LENGTH = (
    r"context.{0,12}(?:length|size|window|limit)|maximum.{0,20}(?:tokens|context|prompt)|too many tokens",
    r"(?:prompt|input|request|conversation) is too long|input token count|exceed_context|reduce the length",
    r"`?inputs`?(?: tokens)? .{0,30}must (?:be|have) (?:<|less)|longer than the (?:model|maximum)",
    r"too large to process|model token limit",
)
_MODEL = (
    r"\b(?:model|deployment)s?\b(?: id| name| identifier)?[:/ ]{0,5}[`'\"\[(]?[^\s`'\",]{0,150}[`'\"\])]?"
    r" (?:\w+ ){0,3}?"
)
_MODEL_NOT_FOUND = (
    rf"{_MODEL}not (?:found|exist|available|be found|been found|loaded|deployed|supported)",
    rf"{_MODEL}(?:no longer|unavailable|unknown(?! model)|(?:is |was )?invalid\.?$)",
    rf"{_MODEL}(?:been |is |was )(?:deprecated|decommissioned|removed|retired|shut ?down)",
    r"(?:no such|unknown|unsupported|invalid|unable to access) model(?! arch| output| response| param)",
    r"not a (?:valid|supported) model|no models? (?:is |are )?(?:loaded|named|called|available|found)",
    r"(?:could not|cannot|can't|couldn't|failed to) find (?:the )?model|is not a local folder",
    r"does not appear to have a file named|not supported by (?:any )?provider|no endpoints found",
    r"no (?:available|healthy) (?:channel|deployment|provider)s? for|try pulling it first",
    r"(?:not have|without|no|deny|denied|restricted) access to (?:the |this )?model",
    r"access to (?:the |this )?model .{0,100}(?:restricted|denied|not)|模型.{0,40}不存在",
)
_AUTH = (
    r"api[ _-]?key.{0,40}(?:invalid|not valid|expired|missing|required|incorrect)",
    r"(?:invalid|incorrect|missing|no).{0,12}(?:api[ _-]?key|credentials)|unauthori[sz]ed",
    r"authentication (?:failed|error|required)",
)
_CONTENT_BLOCKED = (r"content.{0,12}(?:policy|filter)|safety|moderation|flagged",)
_RATE_LIMITED = (r"rate.?limit|too many requests",)
_OVERLOADED = (
    r"overloaded|server (?:is )?(?:currently )?busy|at capacity|high demand|queue (?:is )?full|bad gateway",
    r"(?<!error )(?<!failed )loading model(?!:)|model is (?:currently |still )?loading",
    r"(?:temporarily|service) unavailable|upstream connect error",
)
_TIMEOUT = (r"timed? ?out|deadline exceeded",)
_INVALID = (r"option \".{0,200}\" must be of type",)


def _compiled(table: Mapping[ErrorCode, Sequence[str]]) -> Phrases:
    return [(re.compile("|".join(phrases), re.IGNORECASE), code) for code, phrases in table.items()]


_TEXT_ALONE = re.compile(
    r"(?:must|should|can) (?:only )?be (?:a )?(?:valid )?(?:string|str|text)|(?:only|nothing but) text"
    r"|expected (?:a |type )?(?:string|str|text)\b|concatenate str|not \"list\"|unhashable type"
    r"|unknown variant|content type",
    re.IGNORECASE,
)

SURE = _compiled(
    {
        "hardware": (HARDWARE,),
        "no_vision": _NO_VISION,
        "rate_limited": _PER_MINUTE,
        "quota": _QUOTA,
        "context_length": _CONTEXT_LENGTH,
        "model_not_found": _MODEL_NOT_FOUND,
    }
)
"""These can mean one thing only. The first that occurs counts."""

LIKELY = _compiled(
    {
        "auth": _AUTH,
        "content_blocked": _CONTENT_BLOCKED,
        "rate_limited": _RATE_LIMITED,
        "overloaded": _OVERLOADED,
        "timeout": _TIMEOUT,
        "invalid": _INVALID,
    }
)
"""These count where status and machine codes leave the meaning open."""


def meaning_in(phrases: Phrases, text: str) -> ErrorCode | None:
    return next((code for pattern, code in phrases if pattern.search(text)), None)


def wants_text_alone(text: str) -> bool:
    """Whether it may say that a message's content was expected to be text."""
    return _TEXT_ALONE.search(text) is not None
