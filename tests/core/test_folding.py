import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.folding import MAX_WORD, find_words, fold_word, fold_words
from tests.core.spellings import APART


def folded(text: str) -> list[str]:
    return [fold_word(word) for _, _, word in find_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sür\u00addür, za\u200bman", ["surdur", "zaman"]),
        ("हिन्दी में किताब", ["हिंदी", "में", "किताब"]),
        ("क्\u200dष क्\u200cष", ["क्ष", "क्ष"]),
        ("پنجره\u200cها", ["پنجره".replace("ه", "ه"), "ها"]),
        ("東京タワー", list("東京タワー")),
        ("น้ำมี", ["น้", "ํา", "มี"]),
        ("foo_bar-baz v2.5 ½", ["foo", "bar", "baz", "v2", "5", "1⁄2"]),
        ("A\u0301\u0302\u0303b", ["ab"]),
        ("\u0301\u00ad\u200d", []),
        ("Þór Ðæŋ Łœß", ["thor", "daen", "loess"]),
    ],
)
def test_words_are_cut_and_folded(text: str, words: list[str]) -> None:
    assert folded(text) == words


@given(st.text() | st.text(st.characters(max_codepoint=127)) | st.from_regex(r"[A-Za-z0-9_ ]{200,400}"))
def test_words_alone_are_those_with_their_places(text: str) -> None:
    assert list(fold_words(text)) == [word for word in folded(text) if word]


def test_places_are_those_of_the_text() -> None:
    text = "ki\u00adtap, «مُحَمَّد» x"
    assert [text[start:end] for start, end, _ in find_words(text)] == ["ki\u00adtap", "مُحَمَّد", "x"]


@pytest.mark.parametrize(("one", "other"), APART)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    "text", ["a" * 5_000_000, "a" + "\u0301" * 3_000_000, "\u00ad" * 3_000_000, "ş" * 3_000_000]
)
def test_an_endless_word_costs_little(text: str) -> None:
    began = time.process_time()
    assert all(len(word) <= MAX_WORD for word in folded(text))
    assert time.process_time() - began < 5
