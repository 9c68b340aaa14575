import pytest

from rag.rewrite import rewrite_question


@pytest.mark.parametrize(
    ("question", "before", "needed"),
    [
        ("And in winter?", "How do I water tomatoes?", ["water", "tomatoes"]),
        ("Peki kışın?", "Domatesler nasıl sulanır?", ["Domatesler", "sulanır"]),
        ("А зимой?", "Как поливать помидоры?", ["поливать", "помидоры"]),
        ("How much does it cost per month?", "What is the Atlas subscription?", ["Atlas", "subscription"]),
        ("Bunun süresi ne kadar uzatılabilir?", "Kira sözleşmesi ne zaman biter?", ["Kira", "sözleşmesi"]),
    ],
)
def test_a_question_that_leans_on_the_one_before_takes_its_words(
    question: str, before: str, needed: list[str]
) -> None:
    rewritten = rewrite_question(question, [before])
    assert rewritten.startswith(question)
    assert set(needed) <= set(rewritten.split())


@pytest.mark.parametrize(
    "question",
    [
        "What did the board decide about the new office in Ankara?",
        "Yıllık izin hakkı kaç gün olarak belirlendi?",
        "Сколько дней отпуска положено новым сотрудникам?",
    ],
)
def test_a_question_that_stands_by_itself_is_left_alone(question: str) -> None:
    assert rewrite_question(question, ["How do I water tomatoes?"]) == question


def test_the_first_question_is_left_alone() -> None:
    assert rewrite_question("And in winter?", []) == "And in winter?"


def test_a_chain_of_follow_ups_reaches_back_to_what_it_is_about() -> None:
    history = ["What is on the moon?", "How do I water tomatoes in a greenhouse?", "And in winter?"]
    words = rewrite_question("Why?", history).split()
    assert {"winter", "tomatoes"} <= {word.strip("?") for word in words}
    assert "moon" not in words


def test_a_word_is_not_borrowed_twice() -> None:
    assert rewrite_question("And watering tomato plants?", ["Watering tomatoes"]).lower().count("tomato") == 1


def test_what_is_borrowed_has_an_end() -> None:
    long = " ".join(f"word{number}" for number in range(500))
    assert len(rewrite_question("Why?", [long]).split()) < 12
