import pytest

from chat.titles import LONGEST, cleaned, title_from


def test_a_short_message_is_its_own_title() -> None:
    assert title_from("  Merhaba\n dünya ") == "Merhaba dünya"


def test_a_long_message_is_cut_at_the_end_of_a_word() -> None:
    title = title_from("kelime " * 30)
    assert len(title) <= LONGEST + 1
    assert title.endswith("kelime…")


def test_one_endless_word_is_cut_too() -> None:
    assert title_from("x" * 500) == "x" * LONGEST + "…"


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ('"Cooking rice"', "Cooking rice"),
        ("**Başlık:** Pilav pişirmek.", "Pilav pişirmek"),
        ("# Заголовок: Рис\n\nsome more", "Рис"),
        ("\n\nTitle: A plan\n", "A plan"),
        ("   ", ""),
    ],
)
def test_what_models_put_around_a_title_is_taken_off(said: str, title: str) -> None:
    assert cleaned(said) == title
