"""From a refusal to what it teaches. Services say it in words of their own, so a refusal is read for what it
names (a field, a role, an ability), for whether it says that this is not taken, and for a largest value. Only
what the request really carried can have been refused.
"""

import re
from collections.abc import Iterable, Iterator

from providers.errors import ProviderError
from providers.learning import tool_refusals, words
from providers.learning.facts import Fact
from providers.learning.fields import BY_NAME, LIMIT_NAMES, NUMBERS, Field, find_field, refusal_of_level
from providers.learning.usage import DENSEST
from providers.tokens import estimate_request
from providers.types import ChatRequest

LONGEST_REASON = 300


def facts_in(error: ProviderError, sent: ChatRequest) -> list[Fact]:
    """What `error` says of the model that was asked for `sent`; nothing where it names nothing."""
    reason = error.detail[:LONGEST_REASON]
    found = list(_of_length(error, sent, reason)) or tool_refusals.of_named_tools(error, sent, reason)
    if not found:
        found = [*_of_named_fields(error, sent, reason), *_of_abilities(error.detail, sent, reason)]
        named_already = {fact.field for fact in found}
        found += [f for f in _of_words(error.detail, sent, reason) if f.field not in named_already]
    if not found and (longest := _longest_answer(error.detail, sent, reason)):
        found = [longest]
    if not found:
        found = tool_refusals.of_odd_tools(error, sent, reason)
    if not found and error.code != "context_length" and words.SPEAKS_OF_LIMIT.search(error.detail):
        found = limit_left_out(reason)
    return _one_of_two(found, error.detail)


def is_out_of_room(error: ProviderError) -> bool:
    """Of a failure in the middle of an answer: the window is full."""
    return error.code == "context_length" or words.WINDOW_FULL.search(error.detail) is not None


def limit_left_out(reason: str) -> list[Fact]:
    """The longest answer is not sent any more, by neither of its names."""
    return [Fact("refused", name, reason=reason) for name in LIMIT_NAMES]


def _of_length(error: ProviderError, sent: ChatRequest, reason: str) -> Iterator[Fact]:
    """Not where the limit is one of the answer alone."""
    of_answer = words.SPEAKS_OF_LIMIT.search(error.detail) and not words.SPEAKS_OF_QUESTION.search(
        error.detail
    )
    if error.limit_tokens is None or of_answer:
        return
    yield Fact("window", value=error.limit_tokens, reason=reason)
    estimate = estimate_request(sent)
    if error.sent_tokens and estimate and (density := error.sent_tokens / estimate) < DENSEST:
        yield Fact("density", value=round(max(density, sent.learned.density), 2), reason=reason)


def _of_named_fields(error: ProviderError, sent: ChatRequest, reason: str) -> Iterator[Fact]:
    for word, complaint in error.named:
        field = find_field(word)
        if field is not None and field.may_be_refused(sent):
            yield _verdict(field, f"{complaint} {error.detail}", sent, reason)
        yield from _of_abilities(complaint, sent, reason)


def _of_words(text: str, sent: ChatRequest, reason: str) -> Iterator[Fact]:
    told = words.without_advice(text)
    for part in (words.before_condition(told), told):
        found = list(_named_in(part, sent))
        if found:
            break
    for field in found:
        fact = _verdict(field, told, sent, reason)
        if fact.kind == "most" or words.NOT_TAKEN.search(told):
            yield fact


def _named_in(text: str, sent: ChatRequest) -> Iterator[Field]:
    seen: set[str] = set()
    for word in words.names_in(text):
        field = find_field(word)
        if field is not None and field.name not in seen and field.may_be_refused(sent):
            seen.add(field.name)
            yield field


def _longest_answer(text: str, sent: ChatRequest, reason: str) -> Fact | None:
    """Of a refusal that calls the limit by no field's name."""
    if not words.SPEAKS_OF_LIMIT.search(text):
        return None
    fact = _verdict(BY_NAME["max_tokens"], text, sent, reason)
    return fact if fact.kind == "most" else None


def _of_abilities(text: str, sent: ChatRequest, reason: str) -> Iterator[Fact]:
    for name, pattern in words.ABILITIES:
        if BY_NAME[name].may_be_refused(sent) and pattern.search(text):
            yield Fact("refused", name, reason=reason)
    level = sent.params.thinking
    if level is not None and words.OTHER_LEVEL.search(text):
        yield Fact("refused", refusal_of_level(level), reason=reason)


def _verdict(field: Field, text: str, sent: ChatRequest, reason: str) -> Fact:
    level = sent.params.thinking
    if field.name == "thinking" and level is not None and words.OTHER_VALUE.search(text):
        return Fact("refused", refusal_of_level(level), reason=reason)
    name = "max_tokens" if field.name in LIMIT_NAMES else field.name
    if name in NUMBERS:
        value = getattr(sent.params, name)
        most = words.largest_value(text)
        # Where nobody set a limit, the one that was sent is a connector's own.
        if most is not None and (most < value if value is not None else name == "max_tokens"):
            return Fact("most", name, most, reason)
    return Fact("refused", field.name, reason=reason)


def _one_of_two(facts: Iterable[Fact], text: str) -> list[Fact]:
    """Of two fields that are not taken together, one is enough to leave out."""
    found = list({fact.key: fact for fact in facts}.values())
    names = {fact.field for fact in found if fact.kind == "refused"}
    if {"temperature", "top_p"} <= names and re.search(r"\bboth\b|only (use )?one|together", text, re.I):
        return [fact for fact in found if fact.field != "temperature"]
    return found
