import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.prompting import titles
from chat.prompting.titles import LONGEST, clean_title, title_from


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
        ('Sure! Here\'s the title: "X"', "X"),
        ("Title: X", "X"),
        ('{"title": "X"}', "X"),
        ('```json\n{"title": "Pilav pişirmek"}\n```', "Pilav pişirmek"),
        ("<title>Çay</title>", "Çay"),
        ("<think>Hm: a title</think>\nÇay demlemek", "Çay demlemek"),
        ("<think>never ends", ""),
        ("Okay, they want...</think>Rice", "Rice"),
        ('Tabii! İşte sohbet için bir başlık: "Çay ve kahve"', "Çay ve kahve"),
        ("Elbette, işte başlık:\n\n**Çay ve kahve**", "Çay ve kahve"),
        ("Конечно! Вот название для беседы: «Чай или кофе?»", "Чай или кофе?"),
        ("Sure!\nRice", "Rice"),
        ('A good title would be "Rice and how to cook it".', "Rice and how to cook it"),
        ("The title of this conversation is: Rice", "Rice"),
        ("Here is a title: Rice", "Rice"),
        ("「米の炊き方」", "米の炊き方"),
        ("《红楼梦》", "红楼梦"),
        ("标题：红楼梦", "红楼梦"),
        ("I'm sorry, but I can't help with that.", ""),
        ("Üzgünüm, bu konuda yardımcı olamıyorum.", ""),
        ("К сожалению, я не могу помочь с этим.", ""),
        ("Title\n\nRice", "Rice"),
        ("Başlık\nPilav", "Pilav"),
        ("Bu sohbet için başlık: Pilav.", "Pilav"),
        ('"Pilav pişirmek."', "Pilav pişirmek"),
        ('Sure! "Rice"', "Rice"),
        ('Bu sohbet için uygun bir başlık "Pilav" olabilir.', "Pilav"),
        ("Here's the title:\nRice\n\nThis title captures it.", "Rice"),
        ("   ", ""),
        ("****", ""),
    ],
)
def test_what_models_put_around_a_title_is_taken_off(said: str, title: str) -> None:
    assert clean_title(said) == title


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
        "__init__ nedir",
        "*args ve **kwargs",
        "snake_case nedir",
        "#include <stdio.h> hatası",
        "$5 ve $10 farkı",
        "2**3**4 nedir",
        "a*b*c",
        'if __name__ == "__main__"',
        "__init__.py nedir",
        "Sorry Seems to Be the Hardest Word",
        "I can't sleep at night",
        "The title page: design tips",
        "OK, Google nedir",
        'Book title "Dune" meaning',
        '{"a": 1} JSON hatası',
        "C++ ve C#",
        "x = {1: 2}",
        "Üzgünüm ne demek",
        "Great Expectations",
        "<title> etiketi nedir",
        'Ne demek: "carpe diem"',
        "A/B testing",
        "Başlık etiketleri HTML'de",
        "Title case in Python",
    ],
)
def test_what_belongs_to_a_title_stays(title: str) -> None:
    assert clean_title(title) == title


def test_a_models_long_title_is_one_line_cut_at_a_word() -> None:
    title = clean_title("**" + "uzun bir başlık " * 20 + "**")
    assert title.endswith("…")
    assert 60 < len(title) <= LONGEST + 1


TITLES = st.text(st.sampled_from(" \tab1.,:;()!-+*_~`#>&<[]|=\\\n\u2028•ş\x0b")) | st.text()


@given(TITLES)
@example("• Rice\u2028- and lentils")
def test_a_title_without_marks_is_read_as_the_parser_would(said: str) -> None:
    assert "".join(titles.plain_lines(said)) == "".join(
        words
        for text in titles.parse_texts(said)
        for line in text.splitlines()
        if (words := titles._BULLET.sub("", line.strip()))
    )


def test_a_title_without_marks_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(titles, "_markdown")
    assert clean_title("Pilav: nasıl pişirilir?\n") == "Pilav: nasıl pişirilir?"
    with pytest.raises(NameError):
        clean_title("**Pilav**")
