import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.words import content_words, find_marks, fold_text, stems, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kitapları", "KİTAPLARDAN"),
        ("öğrencilerin", "ogrenciler"),
        ("IŞIK", "ışık"),
        ("İSTANBUL'DA", "istanbul"),
        ("договора", "договором"),
        ("ёлки", "елка"),
        ("invoices", "Invoice"),
        ("running", "runs"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str) -> None:
    assert set(terms(one)) & set(terms(other))


@pytest.mark.parametrize(("one", "other"), [("kar", "kâğıt"), ("год", "гот"), ("invoice", "voice")])
def test_different_words_share_none(one: str, other: str) -> None:
    assert not set(terms(one)) & set(terms(other))


def test_words_that_say_nothing_are_left_out_and_water_is_not_one() -> None:
    assert terms("nedir bu ve şu?") == []
    assert terms("what is the of?") == []
    assert terms("что это и как") == []
    assert stems("su") == ("su",)


def test_an_ending_behind_an_apostrophe_is_no_word() -> None:
    assert terms("Mars'ta 07.40'ta Ankara’dan") == [*terms("Mars 07"), "40", *terms("Ankara")]
    assert content_words("Ada's pump, d'Arc, l'eau, 'ta") == ["Ada", "pump", "d", "Arc", "l", "eau", "ta"]


def test_content_words_are_as_they_were_written() -> None:
    assert content_words("What is the Budget of İzmir?") == ["Budget", "İzmir"]


def test_ideographs_are_words_of_their_own() -> None:
    assert terms("東京の") == ["東", "京", "の"]


def test_folding_leaves_one_space_between_words_that_mean_something() -> None:
    assert fold_text("Öğrenme,  ve\nÇığ!") == "ogrenme cig"


def test_marks_stand_where_the_forms_of_the_asked_words_are() -> None:
    text = "Kitaplar masada. Kitabı al."
    assert [text[start:end] for start, end in find_marks(text, frozenset(stems("kitap")))] == [
        "Kitaplar",
        "Kitabı",
    ]


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """The interpreter changes from thread to thread all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_that_take_words_apart_at_once_do_not_disturb_each_other() -> None:
    roots = ("kitap", "öğrenci", "договор", "invoice", "βιβλίο", "garden", "şehir", "крыша")
    endings = ("lardan", "ımızın", "lerinde", "ом", "ings", "α", "acak")
    all_words = [f"{root}{ending}" for root in roots for ending in endings] * 20
    take_apart = stems.__wrapped__
    expected = [take_apart(word) for word in all_words]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: [take_apart(word) for word in all_words], range(8)))
    assert found == [expected] * 8
