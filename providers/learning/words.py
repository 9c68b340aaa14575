"""The words in which services refuse."""

import re
from collections.abc import Iterator

_ABLE = r"(?:supported|enabled|available|allowed|permitted|accepted|implemented|valid|configured)"
_NOT_ABLE = (
    rf"(?:(?:not|n['’]t|no longer|never)\s+(?:\w+ly\s+|yet\s+)?(?:be\s+|a\s+)?{_ABLE}"
    r"|unsupported|unavailable|disabled|disallowed|invalid|unknown|unexpected)"
)
_DOES_NOT = (
    r"(?:(?:not|n['’]t|no longer)\s+(?:\w+ly\s+)?|cannot\s+|can['’]t\s+)"
    r"(?:support|allow|accept|take|handle|use)"
)


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


NOT_TAKEN = _any_of(
    _NOT_ABLE,
    _DOES_NOT,
    r"unrecogni[sz]ed|not recogni[sz]ed|cannot find field|no such (?:parameter|field|option|argument)",
    r"extra (?:inputs?|fields?)|extra_forbidden|got an unexpected keyword|unsupported_(?:parameter|value)",
    r"only the default|may only be|must be (?:set to |left )?(?:1|default|unset|omitted|null)\b",
    r"must not be (?:set|sent)|cannot (?:both )?be (?:set|specified|used|provided)|remove the|deprecated",
    r"incompatible|not (?:compatible|applicable)|not (?:a )?(?:supported|valid|legal)",
    r"strictly positive|out of range|has no effect",
)
"""Said of a field that is named in the same sentence."""

OTHER_VALUE = _any_of(
    r"unsupported[_ ]value|(?:supported|allowed|valid|permitted) values|invalid value|must be one of",
    r"(?:does|do) not support (?:the value )?['\"`]?(?:none|off|minimal|low|medium|high|true|false|\d)",
    r"input should be|think value|is not one of|not a valid (?:value|enum|level)",
)
"""Said of one value of a field that takes others."""

OTHER_LEVEL = _any_of(
    r"only works? (?:in|with) thinking|budget \S{1,8} is invalid",
    r"(?:reasoning|thinking) is (?:mandatory|required)",
    r"(?:thinking|reasoning)\b.{0,20} (?:cannot|can['’]t|can not) be (?:disabled|turned off)",
    r"cannot (?:disable|turn off) (?:thinking|reasoning)|think value",
)
"""Said to a request that a model may not think, or not so much."""

_SYSTEM = r"(?:system|developer)[\s_-]*(?:role|message|prompt|instruction)s?"
_CALLS = r"(?:tools?|tool[\s_-](?:use|usage|choice|call\w*)|function[\s_-]?call\w*)\b"
_THOUGHT = r"(?:thinking|reasoning|extended thinking)\b"

ABILITIES = (
    (
        "system",
        _any_of(
            rf"{_SYSTEM}\b[^.]{{0,40}}?{_NOT_ABLE}",
            rf"{_DOES_NOT} (?:a |the |any )?['\"`]?(?:{_SYSTEM}|system\b|developer\b)",
            r"only (?:the )?['\"`]?user['\"`]?[^.]{0,30}(?:assistant|model)['\"`]? roles?",
            r"roles?\b[^.]{0,20}['\"`](?:system|developer)['\"`][^.]{0,40}(?:not|invalid|unsupported|unknown)",
            r"(?:invalid|unknown|unexpected|unsupported)[^.]{0,20} role[^.]{0,12}\b(?:system|developer)\b",
            r"input should be ['\"`]?user['\"`]?(?:,| or) ['\"`]?(?:assistant|model)",
            r"must alternate|should alternate|alternat(?:e|ing) (?:between )?(?:user|roles)",
        ),
    ),
    (
        "alternation",
        _any_of(
            r"must alternate|should alternate|alternat(?:e|ing) (?:between )?(?:user|roles)",
            r"(?:first|initial) message[^.]{0,30}user|(?:start|begin)s? with (?:a |the )?['\"`]?user",
        ),
    ),
    (
        "tools",
        _any_of(
            rf"{_DOES_NOT} (?:the |any )?(?:use of )?(?:native )?{_CALLS}",
            rf"\b{_CALLS}[^.]{{0,40}}?{_NOT_ABLE}",
            r"no endpoints found that support tool|enable-auto-tool-choice",
            r"roles?\b[^.]{0,20}['\"`]tool['\"`][^.]{0,40}(?:not|invalid|unsupported|unknown)",
            r"(?:invalid|unknown|unexpected|unsupported)[^.]{0,20} role[^.]{0,12}\btool\b",
        ),
    ),
    (
        "thinking",
        _any_of(
            rf"{_DOES_NOT} (?:the |any )?{_THOUGHT}",
            rf"\b{_THOUGHT}(?: \w+)?[^.]{{0,12}}? {_NOT_ABLE}",
        ),
    ),
    (
        "json",
        _any_of(rf"\bjson mode[^.]{{0,20}}?{_NOT_ABLE}", rf"{_DOES_NOT} (?:the )?(?:json|structured output)"),
    ),
    (
        "stream",
        _any_of(
            rf"\bstream(?:ing)?\b(?! ?options)(?: mode| responses?)?[^.]{{0,30}}? {_NOT_ABLE}",
            rf"{_DOES_NOT} (?:the )?stream(?:ing|s|ed)?\b(?! ?options)",
            r"verified to stream",
        ),
    ),
    (
        "whole",
        _any_of(
            r"only supports? (?:the )?stream|must (?:have|be) stream|requires? stream|enable the stream",
            r"stream(?:ing)?\b[^.]{0,20} (?:required|must be (?:true|enabled|set))",
        ),
    ),
)
"""By field: said of what is not called by a field's name."""

SPEAKS_OF_LIMIT = re.compile(
    r"max\w{0,40}[\s_-](?:\w{1,40}[\s_-])?tokens?|maxOutputTokens"
    r"|(?:completion|output|new) tokens|token limit",
    re.IGNORECASE,
)

WINDOW_FULL = _any_of(
    r"context (?:size|length|window|limit)\b[^.]{0,20}(?:exceeded|reached|full|overflow)",
    r"exceed\w{0,20} (?:the )?(?:\w{1,40} ){0,3}context|out of context|context (?:is )?(?:full|overflow)",
    r"kv[ -]cache (?:is )?full",
)
SPEAKS_OF_QUESTION = re.compile(r"context|window|\binputs?\b|prompt|messages?\b", re.IGNORECASE)

_ADVICE = re.compile(
    r"\b(?:please )?(?:use|try|prefer|consider|switch to|specify|did you mean)(?: using)?"
    r" [`'\"]?\w+[`'\"]?(?: instead\b)?"
    r"|(?<!un)(?<!not )\b(?:supported|allowed|valid|available|accepted|permitted|possible|known)"
    r" (?:parameters?|fields?|options?|arguments?|keys?|names)(?: are| is| include|:).*",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\b(?:when|if|while|unless|because|since)\b", re.IGNORECASE)
_NAMES = re.compile(
    r"[`'\"](?P<quoted>[A-Za-z][\w.\[\]-]{1,80})[`'\"]"
    r"|\b(?P<bare>[a-z]+(?:_[a-z]+)+|[a-z]+(?:[A-Z][a-z]+)+|temperature|seed)\b"
    r"|^(?P<first>[A-Za-z][\w.]{1,80})(?=:)"
    r"|\b(?:parameters?|params?|arguments?|fields?|keys?|property|properties|options?|keyword|name|model):? "
    r"[`'\"\[(]*(?P<after>[A-Za-z][\w.]{1,80})"
)


def without_advice(text: str) -> str:
    """A refusal without what it says to use in the place of what it refuses."""
    return _ADVICE.sub(" ", text)


def before_condition(text: str) -> str:
    return _CONDITION.split(text, maxsplit=1)[0]


def names_in(text: str) -> Iterator[str]:
    """Words that may be names of fields."""
    for found in _NAMES.finditer(text):
        yield next(name for name in found.groups() if name).rstrip(".")


_NUMBER = r"[`'\"(\s]{0,3}(?P<n>\d{1,3}(?:,\d{3}){1,3}|\d{1,9}(?:\.\d{1,12})?)(?![\d,]{0,20}\d)"
_UP_TO = (
    r"(?:less|lower|smaller|fewer) than or equal to|<=|≤|at most|no more than|up to"
    r"|\b(?:not|cannot) (?:exceed|be (?:greater|larger|more|higher|over|above) than)"
    r"|(?:\bmax(?:imum)?|limit)(?: \w+){0,4}?(?: is| of|:|=)?"
    r"|exceeds? (?:the )?(?:\w+ ){0,4}?(?:limit|maximum|max)(?: \w+){0,2}?(?: of)?"
)
_LARGEST = (
    re.compile(rf"> ?{_NUMBER},? which is the maximum", re.IGNORECASE),
    re.compile(rf"\[ ?-?[\d.]+ ?, ?{_NUMBER} ?\]", re.IGNORECASE),
    re.compile(
        rf"(?:between|from) -?[\d.]+ (?:\(inclusive\) )?(?:and|to){_NUMBER}(?P<open> \(exclusive\))?",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:range|in) -?[\d.]+ ?(?:-|\.\.|to|–) ?{_NUMBER}", re.IGNORECASE),
    re.compile(rf"(?:{_UP_TO}){_NUMBER}", re.IGNORECASE),
    re.compile(rf"(?P<open>(?:less|lower|smaller|fewer) than|below|<(?!=)){_NUMBER}", re.IGNORECASE),
)


def largest_value(text: str) -> float | None:
    """The most that a refusal says a field may be; one less where it says that this is too much already."""
    for pattern in _LARGEST:
        if found := pattern.search(text):
            number = float(found["n"].replace(",", ""))
            is_open = "open" in found.groupdict() and found["open"]
            return number - 1 if is_open and number > 1 else number
    return None
