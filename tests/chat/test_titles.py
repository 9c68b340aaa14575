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
        ("**Title: “Moving *PostgreSQL* to `pgvector`.”**", "Moving PostgreSQL to pgvector"),
        ("### **Güneş saatinin çalışması**", "Güneş saatinin çalışması"),
        ("BAŞLIK: „Çay ve kahve“", "Çay ve kahve"),
        ("Sohbetin başlığı: 'İstanbul'da bir gün'", "İstanbul'da bir gün"),
        ("«Название беседы: Чай или кофе?»", "Чай или кофе?"),
        ("Here is a title for the conversation:\n\n__Tea or coffee__", "Tea or coffee"),
        ("Title:\n\n- Sorting lists in Python", "Sorting lists in Python"),
        ("```\nSorting lists\n```", "Sorting lists"),
        ("Rice, *and how\nto cook it*", "Rice, and how"),
        ("   ", ""),
        ("****", ""),
    ],
)
def test_what_models_put_around_a_title_is_taken_off(said: str, title: str) -> None:
    assert cleaned(said) == title


@pytest.mark.parametrize(
    "title",
    [
        '"Dune" or "Foundation"',
        "1984. The novel by Orwell",
        "snake_case and 2 * 3 * 4",
        "**kwargs and *args in Python",
        "Using <div> & lists[0] in HTML",
        "Trade with the U.S.",
        "And then...",
        "Ratio: 3 to 1",
    ],
)
def test_what_belongs_to_a_title_stays(title: str) -> None:
    assert cleaned(title) == title


def test_a_models_long_title_is_one_line_cut_at_a_word() -> None:
    title = cleaned("**" + "uzun bir başlık " * 20 + "**")
    assert title.endswith("…")
    assert 60 < len(title) <= LONGEST + 1
