"""The two numbers of a refusal for length: how many tokens were sent, and how many the model takes.

Services put them in fields (llama.cpp) or in a sentence, each in its own words. What a sentence says of the
longest answer, or of tokens a minute, is not of these.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from core.json_text import parse_loose_json

MOST = 100_000_000
"""More than this is no window of any model."""

DEPTH = 6
_NUMBER = r"[\s`'\"(:=]{0,3}(?P<n>\d{1,3}(?:[,_]\d{3}){1,3}|\d{1,9})(?![\d]|[.,]\d|\s?[km]\b)"
_WINDOW = r"(?:context|model|sequence|prompt|input|token)"
_MEASURE = r"(?:length|size|window|limit|len)"

_LIMITS = (
    # Anthropic: "205000 tokens > 200000 maximum", "190000 + 20000 > 200000"
    rf"exceed context limit: [\d,]+ \+ [\d,]+ >{_NUMBER}",
    rf"prompt is too long: [\d,]+(?: tokens)? >{_NUMBER}",
    # llama.cpp, OpenAI, vLLM, DeepSeek, Mistral, LM Studio: "maximum context length is 4096 tokens"
    rf"{_WINDOW} {_MEASURE}(?: of)?(?: only| is| to)?{_NUMBER}",
    rf"(?:exceeds?|longer than) .{{0,60}}?{_WINDOW} {_MEASURE} \(?{_NUMBER}",
    rf"{_WINDOW} {_MEASURE} of \S{{1,80}} is{_NUMBER}",
    # TGI: "`inputs` tokens + `max_new_tokens` must be <= 4096", "`inputs` must have less than 1024 tokens"
    rf"inputs?`?(?: tokens)?(?: \+ `?max_new_tokens`?)? must (?:be <=?|have less than|have at most){_NUMBER}",
    # Gemini: "exceeds the maximum number of tokens allowed (1048576)"
    rf"maximum number of (?:input )?tokens (?:allowed|supported){_NUMBER}",
    # Mistral: "too large for model with 32768 maximum context length"
    rf"(?:with|for|of){_NUMBER}(?: tokens?)? (?:maximum )?(?:context|window)",
    # Cohere: "cannot exceed 4081", Cerebras: "while limit is 8192", Azure: "Max size: 8000 tokens"
    rf"tokens? in the prompt cannot exceed{_NUMBER}",
    rf"current length is [\d,]+ while limit is{_NUMBER}",
    rf"max size{_NUMBER} tokens",
)
_SENT = (
    # OpenAI, vLLM, llama-cpp-python, OpenRouter: "(4000 in the messages, 1000 in the completion)"
    rf"\({_NUMBER}(?: tokens)? (?:in|of|from) (?:the |your |text )*(?:messages?|prompts?|inputs?)",
    rf"{_NUMBER} tokens from the (?:input )?(?:messages?|prompt)",
    rf"(?:contains?|has|given:)(?: at least| about)?{_NUMBER} ?(?:`inputs`|input|prompt)? ?tokens",
    rf"must have (?:less than|at most) [\d,]+ tokens\. given{_NUMBER}",
    rf"messages resulted in(?: over| about)?{_NUMBER} tokens",
    rf"exceed context limit:{_NUMBER} \+",
    rf"prompt is too long:{_NUMBER}",
    rf"input token count{_NUMBER}",
    rf"current length is{_NUMBER} while",
    rf"\(?(?:of )?length{_NUMBER}\) is longer than",
    # llama.cpp: "request (5000 tokens) exceeds …", "input (1448 tokens) is too large"
    rf"(?:request|input|prompt|requested tokens){_NUMBER}(?: tokens)?\)? (?:exceeds?|is too large|is longer)",
    rf"cannot exceed [\d,]+ - received{_NUMBER}",
    # The whole of what was asked for, where the prompt is not told apart.
    rf"requested(?: about| a total of)?{_NUMBER}(?: tokens|\))",
    rf"keep the first{_NUMBER} tokens",
    rf"request will take{_NUMBER} tokens",
)
_LIMIT = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _LIMITS)
_COUNT = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _SENT)
_LIMIT_FIELDS = ("n_ctx", "max_context_length", "context_length", "max_model_len")
_COUNT_FIELDS = ("n_prompt_tokens", "prompt_tokens", "input_tokens")


class TokenCounts(NamedTuple):
    """What a service says of token counts; None where it did not say."""

    sent: int | None = None
    limit: int | None = None


def token_counts(payload: Any, text: str) -> TokenCounts:
    """Of a refusal for length. `payload`: its JSON, if any; `text`: its sentence."""
    fields = list(_mappings(payload))
    return TokenCounts(
        _field(fields, _COUNT_FIELDS) or _number(_COUNT, text),
        _field(fields, _LIMIT_FIELDS) or _number(_LIMIT, text),
    )


def _mappings(value: Any, depth: int = DEPTH) -> Iterator[Mapping[str, Any]]:
    """Every object in `value`, also in a JSON text in it: Ollama passes llama.cpp's error on as a string."""
    if depth == 0:
        return
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = parse_loose_json(value.encode())
        except ValueError:
            return
    if isinstance(value, Mapping):
        yield value
        for inner in list(value.values())[:20]:
            yield from _mappings(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value[:20]:
            yield from _mappings(inner, depth - 1)


def _field(places: list[Mapping[str, Any]], names: tuple[str, ...]) -> int | None:
    values = (place.get(name) for name in names for place in places)
    return next((n for n in map(_whole, values) if n), None)


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 < value <= MOST else None


def _number(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    for pattern in patterns:
        if found := pattern.search(text):
            number = int(found["n"].replace(",", "").replace("_", ""))
            if 0 < number <= MOST:
                return number
    return None
