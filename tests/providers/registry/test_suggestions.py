"""The rules, case by case: what is drafted, what there is, what is suggested and why."""

from collections.abc import Mapping
from typing import Any

import pytest

from providers.suggestions.rules import MOST, RULES, Case, Draft, Experience, suggest
from providers.types import Capability, ModelInfo, Pricing


def model(name: str, *capabilities: Capability, **values: Any) -> ModelInfo:
    chat: tuple[Capability, ...] = ("chat", *capabilities) if capabilities else ("chat",)
    return ModelInfo(name, name, "fake", "s", capabilities=frozenset(chat), **values)


PLAIN = model("plain", context_length=8_192)
SEER = model("seer", "vision")
LONG = model("long", context_length=1_000_000)
CODER = model("qwen3-coder")
THINKER = model("thinker", "thinking")
ALL = [PLAIN, SEER, LONG, CODER, THINKER]


def suggested(
    draft: Draft, seen: Mapping[str, Experience] | None = None, current: str = "s/plain", models: Any = ALL
) -> list[tuple[str, str]]:
    return [(one.model, one.rule) for one in suggest(draft, models, seen or {}, current)]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (Draft("What is on this picture?", attachments=["image/png"]), [("s/seer", "vision")]),
        (Draft("Summarise all of it.", tokens=100_000), [("s/long", "room")]),
        (
            Draft("Why does this fail?\n```py\nfoo()\n```"),
            [("s/qwen3-coder", "code"), ("s/thinker", "thinking")],
        ),
        (Draft("Write a function that sorts a list."), [("s/qwen3-coder", "code")]),
        (Draft("Prove that there are infinitely many primes."), [("s/thinker", "thinking")]),
        (Draft("İki planı adım adım karşılaştır."), [("s/thinker", "thinking")]),
        (Draft("Докажи, что корень из двух иррационален."), [("s/thinker", "thinking")]),
        (Draft("Hello there!"), []),
        (Draft("   "), []),
    ],
)
def test_what_a_draft_needs_decides(draft: Draft, expected: list[tuple[str, str]]) -> None:
    assert suggested(draft) == expected


def test_nothing_is_suggested_where_the_chosen_model_serves_as_well() -> None:
    assert suggested(Draft("Look", attachments=["image/png"]), current="s/seer") == []
    assert suggested(Draft("Refactor this class"), current="s/qwen3-coder") == []
    assert suggested(Draft("All of it", tokens=100_000), current="s/long") == []


def test_a_model_that_is_not_known_to_see_is_not_suggested_for_a_picture() -> None:
    unknown = ModelInfo("unknown", "unknown", "fake", "s")
    assert suggested(Draft("Look", attachments=["image/png"]), models=[PLAIN, unknown]) == []


@pytest.mark.parametrize(
    "draft",
    [
        Draft("What is on this picture?", attachments=["image/png"]),
        Draft("Hello there!"),
        Draft("Write a function that sorts a list."),
        Draft("All of it", tokens=100_000),
    ],
)
def test_the_built_in_model_is_never_suggested_however_quick_and_liked_it_was(draft: Draft) -> None:
    echo = ModelInfo("echo", "Echo", "echo", "echo", capabilities=frozenset({"chat", "vision"}))
    best = Experience(answers=50, likes=20, first_token_ms=5, usd=0.0)
    found = suggest(draft, [echo, PLAIN], {"echo/echo": best}, "s/plain")
    assert "echo/echo" not in [one.model for one in found]


def test_a_model_whose_window_is_too_small_or_that_is_missing_is_never_suggested() -> None:
    small = model("small-coder", context_length=4_000)
    gone = model("gone-coder", metadata={"missing": True})
    embedder = ModelInfo("code-embed", "e", "fake", "s", capabilities=frozenset({"embeddings"}))
    assert suggested(Draft("Refactor this class", tokens=5_000), models=[PLAIN, small, gone, embedder]) == []


def test_what_a_person_liked_is_suggested_and_what_they_disliked_is_not() -> None:
    loved = {"s/long": Experience(answers=20, likes=12)}
    assert suggested(Draft("Tell me a story about the sea, a long one, please. " * 4), loved) == [
        ("s/long", "liked")
    ]
    hated = {"s/qwen3-coder": Experience(answers=20, dislikes=12)}
    assert suggested(Draft("Write a function that sorts a list."), hated) == []


def test_one_vote_alone_moves_nothing() -> None:
    assert suggested(Draft("Hello there!"), {"s/long": Experience(answers=1, likes=1)}) == []


def test_a_small_question_may_go_to_the_quick_and_cheap() -> None:
    quick = model("quick", pricing=Pricing(0.01, 0.02))
    dear = model("dear", pricing=Pricing(10, 60))
    seen = {
        "s/quick": Experience(answers=9, first_token_ms=200),
        "s/dear": Experience(answers=9, first_token_ms=9000),
    }
    small = Draft("Capital of France?")
    assert suggested(small, seen, current="s/dear", models=[quick, dear]) == [("s/quick", "quick")]
    assert suggested(small, seen, current="s/quick", models=[quick, dear]) == []


def test_a_model_that_keeps_failing_gives_way() -> None:
    seen = {"s/seer": Experience(answers=10, failures=9)}
    other = model("other", "vision")
    draft = Draft("Look", attachments=["image/png"])
    assert suggested(draft, seen, current="s/seer", models=[SEER, other]) == [("s/other", "vision")]


def test_only_a_few_are_suggested_and_always_in_the_same_order() -> None:
    many = [model(f"coder-{number}") for number in range(20)]
    found = suggested(Draft("Refactor this class"), models=[PLAIN, *many])
    assert len(found) == MOST
    assert found == suggested(Draft("Refactor this class"), models=[*reversed(many), PLAIN])


def test_every_suggestion_says_why_in_one_line() -> None:
    case = Case(Draft("Look"), PLAIN, Experience(ratings={("", ""): 1200.0}))
    for rule in RULES:
        assert rule.says(case).endswith(".")
        assert "\n" not in rule.says(case)
    [one] = suggest(Draft("Look", attachments=["image/png"]), ALL, {}, "s/plain")
    assert one.reason == "It can see the image."


def test_a_huge_draft_is_judged_at_once() -> None:
    assert suggested(Draft("a(" * 500_000)) in ([], [("s/qwen3-coder", "code")])
