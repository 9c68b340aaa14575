"""What pydantic finds wrong, in the reader's language, whatever it finds."""

import re
from typing import Any

import pytest
from django.utils import translation
from pydantic_core._pydantic_core import list_all_errors

from chat.doors.dispatch import parse
from chat.protocol.errors import InvalidError
from chat.protocol.reasons import field_sentence

EVERY = list_all_errors()
LANGUAGES = ("en", "tr", "ru")
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
NAMES = {
    "true",
    "false",
    "ids",
    "all_in",
    "null",
    "UUID",
    "JSON",
    "https",
    "PT1M30S",
    "place",
    "server",
    "model",
    "example",
}


@pytest.mark.parametrize("error", EVERY, ids=[error["type"] for error in EVERY])
def test_every_error_has_its_sentence_in_every_language(error: Any) -> None:
    found = {"type": error["type"], "loc": ("body", "place"), "ctx": error["example_context"] or {}}
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = field_sentence(["place"], found)
    assert len(set(said.values())) == len(LANGUAGES), said
    for sentence in said.values():
        assert "place" in sentence
        assert "%(" not in sentence
        assert error["example_message_python"] not in sentence
    given = set(re.findall(r"\w+", str(error["example_context"])))
    assert not set(LATIN_WORD.findall(said["ru"])) - given - NAMES - {"org"}, said["ru"]


@pytest.mark.parametrize(
    ("language", "most", "sentence"),
    [
        ("en", 1, "at most 1 entry."),
        ("en", 2, "at most 2 entries."),
        ("tr", 1, "En fazla 1 öğe"),
        ("ru", 1, "Не более 1 элемента."),
        ("ru", 2, "Не более 2 элементов."),
        ("ru", 21, "Не более 21 элемента."),
    ],
)
def test_what_is_counted_agrees_with_its_number(language: str, most: int, sentence: str) -> None:
    found = {"type": "too_long", "loc": ("body", "place"), "ctx": {"max_length": most}}
    with translation.override(language):
        assert sentence in field_sentence(["place"], found)


@pytest.mark.parametrize(
    ("tools", "sentence"),
    [
        ("true", "Field tools: It must be true or false."),
        (7, "Field tools: It must be true or false."),
        ([1], "Field tools.0: It must be text."),
        (["calculate", "a b"], "Field tools.1: It is not written as it must be."),
        ([""], "Field tools.0: It is not written as it must be."),
        (["a"] * 501, "Field tools: It may have at most 500 entries."),
    ],
    ids=repr,
)
@pytest.mark.parametrize("within", [[], ["lanes"]], ids=["command", "lane"])
def test_of_a_field_of_several_kinds_the_nearest_is_told(
    tools: object, sentence: str, within: list[str]
) -> None:
    lane = {"model": "echo/echo", "tools": tools}
    fields = {"lanes": [lane]} if within else {"tools": tools}
    with pytest.raises(InvalidError) as refused, translation.override("en"):
        parse({"type": "send", "ref": "r", "conversation": None, "text": "a", **fields})
    said = str(refused.value.message)
    assert said == (sentence.replace("tools", "lanes.0.tools") if within else sentence)


@pytest.mark.parametrize("kind", ["greater_than", "string_too_long", "url_scheme", "one_to_come"])
def test_an_error_that_names_no_values_is_told_all_the_same(kind: str) -> None:
    with translation.override("tr"):
        assert "place" in field_sentence(["place"], {"type": kind, "loc": ("place",)})
