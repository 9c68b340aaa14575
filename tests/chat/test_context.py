from collections.abc import Sequence
from typing import Any

import pytest

from chat.engine.answers.shortening import LEFT_OUT, shorten_evenly
from chat.prompting import context, summaries
from conversations.records import MessageRecord
from conversations.settings import Lane
from conversations.tree import Tree
from providers.tokens import estimate_tokens
from providers.types import Message, Text

WHOLE: dict[str, Any] = {}


def tree_of(*records: dict[str, Any]) -> Tree:
    tree = Tree()
    WHOLE.clear()
    for record in records:
        WHOLE[record["id"]] = record
        tree.apply(record)  # type: ignore[arg-type]
    return tree


def asked(message: str, parent: str | None, text: str, *lanes: str) -> dict[str, Any]:
    parts = [{"type": "text", "text": text}]
    return {
        "type": "message",
        "role": "user",
        "id": message,
        "parent": parent,
        "parts": parts,
        "lanes": list(lanes),
    }


def answered(message: str, parent: str, lane: str, text: str, status: str = "complete") -> dict[str, Any]:
    parts = [{"type": "reasoning", "text": "secret"}, {"type": "text", "text": text}]
    return {
        "type": "message",
        "role": "assistant",
        "id": message,
        "parent": parent,
        "lane": lane,
        "model": f"s/{lane}",
        "parts": parts,
        "status": status,
    }


def read(ids: Sequence[str]) -> Sequence[MessageRecord]:
    return [WHOLE[message] for message in ids if message in WHOLE]


def lane(name: str) -> Lane:
    return {"id": name, "model": f"s/{name}"}


def sent(tree: Tree, user: str, name: str, **more: Any) -> list[tuple[str, str]]:
    options: dict[str, Any] = {"history": "own", "window": None, **more}
    made = context.build(tree, read, lambda part: None, user=user, lane=lane(name), **options)
    return [(message.role, text_of(message)) for message in made.messages]


def text_of(message: Message) -> str:
    return "|".join(part.text for part in message.parts if isinstance(part, Text))


def two_lanes() -> Tree:
    return tree_of(
        asked("u1", None, "one", "a", "b"),
        answered("a1", "u1", "a", "A1"),
        answered("b1", "u1", "b", "B1"),
        asked("u2", "a1", "two", "a", "b"),
    )


def test_each_lane_sees_its_own_answers() -> None:
    tree = two_lanes()
    assert sent(tree, "u2", "a") == [("user", "one"), ("assistant", "A1"), ("user", "two")]
    assert sent(tree, "u2", "b") == [("user", "one"), ("assistant", "B1"), ("user", "two")]


def test_a_lane_that_joined_late_sees_the_answers_on_the_path() -> None:
    assert sent(two_lanes(), "u2", "late")[1] == ("assistant", "A1")


def test_chosen_shows_every_lane_the_answer_on_the_path() -> None:
    assert sent(two_lanes(), "u2", "b", history="chosen")[1] == ("assistant", "A1")


def test_all_shows_every_answer_with_its_models_name() -> None:
    assert sent(two_lanes(), "u2", "b", history="all")[1] == (
        "assistant",
        "[s/a]:\nA1\n\n[s/b]:\nB1",
    )


HISTORIES = ["own", "chosen", "all"]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("text", ["", " \n"])
def test_a_failed_answer_without_words_is_not_part_of_the_history(text: str, history: str) -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"),
        answered("a1", "u1", "a", text, status="failed"),
        asked("u2", "a1", "two", "a"),
    )
    assert sent(tree, "u2", "a", history=history) == [("user", "one"), ("user", "two")]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("status", ["failed", "stopped", "interrupted"])
def test_what_was_said_before_an_answer_broke_off_is_part_of_the_history(status: str, history: str) -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"),
        answered("a1", "u1", "a", "half", status=status),
        asked("u2", "a1", "two", "a"),
    )
    said = "[s/a]:\nhalf" if history == "all" else "half"
    assert sent(tree, "u2", "a", history=history)[1] == ("assistant", said)


@pytest.mark.parametrize("order", ["better first", "better last"])
@pytest.mark.parametrize(("history", "said"), [("own", "whole"), ("all", "[s/a]:\nwhole\n\n[s/b]:\nB")])
def test_what_broke_off_gives_way_to_a_better_answer_of_its_lane(order: str, history: str, said: str) -> None:
    both = [answered("f", "u1", "a", "half", status="failed"), answered("w", "u1", "a", "whole")]
    tree = tree_of(
        asked("u1", None, "one", "a", "b"),
        *(both if order == "better last" else reversed(both)),
        answered("b1", "u1", "b", "B"),
        asked("u2", "b1", "two", "a", "b"),
    )
    assert sent(tree, "u2", "a", history=history)[1] == ("assistant", said)


def test_what_broke_off_stays_where_it_was_chosen() -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"),
        answered("f", "u1", "a", "half", status="failed"),
        answered("w", "u1", "a", "whole"),
        asked("u2", "f", "two", "a"),
    )
    assert sent(tree, "u2", "a")[1] == ("assistant", "half")


def test_of_two_answers_of_one_lane_the_one_on_the_path_counts() -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"),
        answered("a1", "u1", "a", "first"),
        answered("a2", "u1", "a", "second"),
        asked("u2", "a1", "two", "a"),
    )
    assert sent(tree, "u2", "a")[1] == ("assistant", "first")


def test_another_branch_is_not_seen() -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"),
        answered("a1", "u1", "a", "A1"),
        asked("u2", "a1", "left", "a"),
        answered("a2", "u2", "a", "LEFT"),
        asked("u3", "a1", "right", "a"),
    )
    assert ("user", "left") not in sent(tree, "u3", "a")


def test_the_oldest_messages_are_left_out_where_the_window_is_full() -> None:
    records: list[dict[str, Any]] = []
    parent = None
    for number in range(20):
        records.append(asked(f"u{number}", parent, f"question {number} " + "x" * 200, "a"))
        records.append(answered(f"a{number}", f"u{number}", "a", f"answer {number} " + "y" * 200))
        parent = f"a{number}"
    tree = tree_of(*records, asked("last", parent, "and now?", "a"))
    made = context.build(
        tree, read, lambda part: None, user="last", lane=lane("a"), history="own", window=1000
    )
    texts = [text_of(message) for message in made.messages]
    assert texts[-1] == "and now?"
    assert texts[-2].startswith("answer 19")
    kept = {f"u{20 - place}" for place in range(1, len(texts) // 2 + 1)}
    assert [turn.user for turn in made.left_out] == [f"u{n}" for n in range(20) if f"u{n}" not in kept]
    assert 0 < len(made.left_out) < 20


def test_what_a_summary_stands_for_is_not_sent_again() -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"),
        answered("a1", "u1", "a", "ONE"),
        asked("u2", "a1", "two", "a"),
        answered("a2", "u2", "a", "TWO"),
        asked("u3", "a2", "three", "a"),
    )
    tree.apply({"type": "summary", "id": "s1", "covers": "a1", "lane": "a", "text": "one was asked"})  # type: ignore[arg-type]
    assert sent(tree, "u3", "a", after="a1") == [("user", "two"), ("assistant", "TWO"), ("user", "three")]
    found = summaries.newest_summary(tree, "a", "u3")
    assert found is not None
    assert found["text"] == "one was asked"
    assert summaries.newest_summary(tree, "b", "u3") is None
    assert summaries.newest_summary(tree, "a", "u1") is None


def test_what_is_summed_up_has_no_thoughts_and_says_who_spoke() -> None:
    tree = tree_of(
        asked("u1", None, "one", "a"), answered("a1", "u1", "a", "ONE"), asked("u2", "a1", "x", "a")
    )
    turns = context.turns_to(tree, "u2")[:1]
    assert list(context.describe_turns(tree, read, turns, lane=lane("a"), history="own")) == [
        "User: one\n\nAssistant: ONE"
    ]


def test_long_turns_are_read_in_portions_and_one_that_is_too_long_loses_its_middle() -> None:
    turns = ["a" * 100, "b" * 100, "c" * 4000 + "END"]
    found = list(summaries.split_into_portions(turns, 60))
    assert all(estimate_tokens(portion) <= 60 for portion in found)
    assert found[0].startswith("a")
    assert found[-1].endswith("END")
    assert LEFT_OUT in found[-1]


def test_the_question_itself_is_sent_even_where_it_alone_fills_the_window() -> None:
    tree = tree_of(asked("u1", None, "x" * 9000, "a"))
    assert sent(tree, "u1", "a", window=256) == [("user", "x" * 9000)]


def test_a_relayed_lane_reads_the_answers_before_it_with_their_names() -> None:
    tree = tree_of(asked("u1", None, "one", "a", "b"), answered("a1", "u1", "a", "A1"))
    assert sent(tree, "u1", "b", relayed=["a1"]) == [("user", "one|[s/a]:\nA1")]


def test_what_a_short_text_leaves_of_its_share_goes_to_the_long_ones() -> None:
    short, middling, long = "yes", "word " * 200, "begin " + "word " * 5_000 + "end"
    costs = [estimate_tokens(text) for text in (short, middling, long)]
    fitted = shorten_evenly([long, short, middling], 1_000)
    assert fitted[1:] == [short, middling]
    assert (fitted[0][:5], fitted[0][-3:]) == ("begin", "end")
    assert LEFT_OUT in fitted[0]
    assert sum(map(estimate_tokens, fitted)) <= 1_000
    assert estimate_tokens(fitted[0]) > (1_000 - costs[0] - costs[1]) * 0.8
    assert shorten_evenly([long, short, middling], sum(costs)) == [long, short, middling]
    assert all(len(text) < 20 for text in shorten_evenly([long, middling], 0))
