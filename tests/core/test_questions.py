"""Kinds and languages of questions, told by rules."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.questions import KINDS, kind_of, language_of


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("Write a function that sorts a list.", "code", "en"),
        ("Why does this fail?\n```py\nfoo()\n```", "code", "en"),
        ("SQL sorgusu nasıl yazılır?", "code", "tr"),
        ("Напиши скрипт на Python", "code", "ru"),
        ("Translate into German: good morning", "translation", "en"),
        ("Bunu İngilizceye çevir: günaydın", "translation", "tr"),
        ("Переведи на английский: доброе утро", "translation", "ru"),
        ("Summarise all of it.", "summary", "en"),
        ("Aşağıdaki metni özetle", "summary", "tr"),
        ("Write a short poem about the sea", "writing", "en"),
        ("Bana kısa bir şiir yaz", "writing", "tr"),
        ("Напиши письмо начальнику, что я болен", "writing", "ru"),
        ("What is 12 * 7?", "maths", "en"),
        ("Prove that there are infinitely many primes.", "maths", "en"),
        ("Who was the first man on the moon?", "facts", "en"),
        ("Ay'a ilk kim gitti?", "facts", "tr"),
        ("Почему небо синее?", "facts", "ru"),
        ("Wie spät ist es in Berlin?", "facts", "de"),
        ("Quelle est la capitale de la France ?", "facts", "fr"),
        ("¿Quién escribió Don Quijote?", "facts", "es"),
        ("Qual è la capitale d'Italia?", "facts", "it"),
        ("日本の首都はどこですか？", "facts", "ja"),
        ("中国的首都是哪里？", "facts", "zh"),
        ("Hello there!", "other", ""),
        ("", "other", ""),
        ("12345", "other", ""),
    ],
)
def test_a_question_has_a_kind_and_a_language(text: str, kind: str, language: str) -> None:
    assert (kind_of(text), language_of(text)) == (kind, language)


def test_the_language_is_that_of_the_words_and_not_of_the_code_beside_them() -> None:
    code = "```python\nfor it in the_list:\n    print(it, 'is in the list')\n```"
    assert language_of(f"Bu kod neden çalışmıyor?\n{code}") == "tr"


@given(st.text(max_size=2_000))
def test_whatever_is_asked_has_one_of_the_kinds(text: str) -> None:
    assert kind_of(text) in KINDS
    assert len(language_of(text)) in (0, 2)


@pytest.mark.parametrize(
    "part", ["a.b(", "{", ";\n", "fasse ", "1 ", " ", "a", "`", "```", "write ", "x.x", ". what", "://", "ä"]
)
def test_no_text_takes_long(part: str) -> None:
    began = time.process_time()
    text = part * (1_000_000 // len(part))
    kind_of(text), language_of(text)
    assert time.process_time() - began < 2
