"""Auto's choice, case by case: what is asked, which models there are, which one answers and why."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.suggestions.auto import OTHERS, choose
from providers.suggestions.rules import Draft, Experience
from providers.types import Capability, ModelInfo, Pricing

CODE, FACTS = "Write a function that sorts a list.", "Who went to the moon first?"


def model(name: str, *capabilities: Capability, server: str = "s", **values: Any) -> ModelInfo:
    return ModelInfo(name, name, "fake", server, capabilities=frozenset(("chat", *capabilities)), **values)


def rated(kind: str, rating: float, language: str = "") -> Experience:
    return Experience(answers=20, ratings={(kind, language): rating})


ONE, TWO, SEER = model("one"), model("two"), model("seer", "vision")
CALLER = model("caller", "tools")
ECHO = ModelInfo("echo", "Echo", "echo", "echo", capabilities=frozenset({"chat"}))


def chosen(
    text: str, models: list[ModelInfo], seen: Mapping[str, Experience] | None = None, **draft: Any
) -> tuple[str, str] | None:
    left = draft.pop("left_usd", None)
    found = choose(Draft(text, **draft), models, seen or {}, left_usd=left)
    return None if found is None else (found.model, found.rule)


@pytest.mark.parametrize(
    ("text", "seen", "expected"),
    [
        (CODE, {"s/two": rated("code", 1200)}, ("s/two", "preferred")),
        (CODE, {"s/two": rated("", 1150)}, ("s/two", "preferred")),
        (CODE, {"s/two": rated("", 1150), "s/one": rated("code", 1200)}, ("s/one", "preferred")),
        (CODE, {"s/two": rated("writing", 1300)}, ("s/two", "used")),
        (CODE, {"s/one": rated("code", 800)}, ("s/two", "first")),
        (FACTS, {"s/two": rated("facts", 1200, "en"), "s/one": rated("facts", 1100)}, ("s/two", "preferred")),
        ("Ay'a ilk kim gitti?", {"s/two": rated("", 1200, "tr")}, ("s/two", "preferred")),
        (FACTS, {"s/two": rated("", 1200, "tr")}, ("s/two", "used")),
        (FACTS, {"s/two": Experience(answers=20, likes=9)}, ("s/two", "liked")),
        (FACTS, {"s/one": Experience(answers=9, failures=9)}, ("s/two", "first")),
        (FACTS, {}, ("s/one", "first")),
    ],
)
def test_ones_own_comparisons_of_that_kind_and_language_come_first(
    text: str, seen: Mapping[str, Experience], expected: tuple[str, str]
) -> None:
    assert chosen(text, [ONE, TWO], seen) == expected


def test_what_the_question_needs_comes_before_any_preference() -> None:
    seen = {"s/one": rated("", 1400)}
    assert chosen("What is this?", [ONE, SEER], seen, attachments=["image/png"]) == ("s/seer", "vision")
    assert chosen(FACTS, [ONE, CALLER], seen, tools=True) == ("s/caller", "only")
    small, wide = model("small", context_length=8_000), model("wide", context_length=200_000)
    liked = {"s/small": rated("", 1400)}
    assert chosen(FACTS, [small, wide], liked, tokens=100_000) == ("s/wide", "room")
    assert chosen(FACTS, [small, wide], liked) == ("s/small", "preferred")


def test_where_no_model_can_do_all_one_is_asked_that_does_the_rest() -> None:
    assert chosen("What is this?", [ONE], attachments=["image/png"]) == ("s/one", "only")


def test_the_price_decides_between_equals_and_a_limit_rules_out_what_is_dearer() -> None:
    dear, cheap = model("a-dear", pricing=Pricing(10, 60)), model("cheap", pricing=Pricing(0.1, 0.4))
    free = model("z-free", pricing=Pricing(0, 0))
    long = FACTS + " " * 200
    assert chosen(long, [dear, cheap, free]) == ("s/z-free", "free")
    assert chosen(long, [dear, cheap]) == ("s/cheap", "cheaper")
    seen = {"s/a-dear": rated("facts", 1300)}
    assert chosen(long, [dear, cheap], seen) == ("s/a-dear", "preferred")
    assert chosen(long, [dear, cheap], seen, left_usd=0.001) == ("s/cheap", "only")
    assert chosen(long, [dear], seen, left_usd=0.0) == ("s/a-dear", "preferred")


def test_the_built_in_model_and_what_is_missing_are_never_chosen() -> None:
    gone = model("gone", metadata={"missing": True})
    assert chosen(FACTS, [ECHO, gone]) is None
    assert chosen(FACTS, [ECHO, gone, ONE]) == ("s/one", "only")


def test_the_next_best_are_named_those_of_other_servers_first() -> None:
    models = [ONE, TWO, model("three"), model("far", server="t")]
    found = choose(Draft(FACTS), models, {"s/two": rated("", 1200)})
    assert found is not None
    assert (found.model, *found.others) == ("s/two", "t/far", "s/one", "s/three")
    assert len(found.others) <= OTHERS


@given(st.permutations(["a", "b", "c", "d"]), st.sampled_from([CODE, FACTS, "", "x" * 500]))
def test_the_same_question_gets_the_same_choice(names: list[str], text: str) -> None:
    models = [model(name) for name in names]
    seen = {"s/b": rated("", 1100), "s/c": Experience(answers=3)}
    assert choose(Draft(text), models, seen) == choose(Draft(text), models, dict(reversed(seen.items())))
    found = choose(Draft(text), models, seen)
    assert found is not None
    assert found.model == "s/b"
    assert found.reason.endswith(".")
