"""What a later vote makes of earlier ones, in the tree and in the index alike."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.files.store import FileStore
from conversations.index.indexing import index_conversation
from conversations.models import Response
from conversations.records import Record
from conversations.tree import Tree
from conversations.votes import COMPARISONS, compared_with, lay_vote
from tests.conversations.samples import ID, answer, conversation, record, user

ANSWERS = ["a1", "a2", "a3"]
VALUES = st.fixed_dictionaries({"value": st.sampled_from([1, -1])})


def comparison(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(ANSWERS), max_size=3, unique=True)},
        optional={"revealed": st.just(True)},
    )


SAID = st.one_of(VALUES, *map(comparison, COMPARISONS))
VOTES = st.lists(st.tuples(st.sampled_from(ANSWERS), SAID), max_size=8)


@given(VOTES)
def test_of_two_answers_the_last_comparison_alone_counts(votes: list[tuple[str, dict[str, Any]]]) -> None:
    laid: dict[str, dict[str, Any]] = {}
    for message, said in votes:
        lay_vote(laid, message, said)
    for message, fields in laid.items():
        assert sum(name in fields for name in COMPARISONS) <= 1
        for other in set(compared_with(fields)) - {message}:
            assert message not in compared_with(laid.get(other, {}))


def test_thumbs_and_comparisons_do_not_touch_each_other() -> None:
    laid: dict[str, dict[str, Any]] = {}
    for said in ({"value": 1}, {"tie": ["a2"]}, {"value": -1}):
        lay_vote(laid, "a1", said)
    assert laid == {"a1": {"value": -1, "tie": ["a2"]}}


VOTED: list[tuple[str, dict[str, Any]]] = [
    ("a1", {"value": 1}),
    ("a1", {"preferred_over": ["a2", "a3"]}),
    ("a2", {"preferred_over": ["a1"], "revealed": True}),
    ("a3", {"both_bad": ["a2"]}),
    ("a2", {"tie": ["a3"]}),
    ("a2", {"value": -1}),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("apart", [True, False])
def test_the_index_says_what_the_tree_says(store: FileStore, apart: bool) -> None:
    """`apart`: indexed after each vote, and not once at the end."""
    records: list[Record] = [user("u1"), *(answer(name, "u1") for name in ANSWERS)]
    store.create(conversation(), *records)
    tree = Tree()
    tree.apply(conversation())
    for line in records:
        tree.apply(line)
    if apart:
        index_conversation(store, ID)
    for message, said in VOTED:
        vote = record("vote", message=message, **said)
        store.append(ID, [vote])
        tree.apply(vote)
        if apart:
            index_conversation(store, ID)
    index_conversation(store, ID)
    for row in Response.objects.all():
        said = tree.votes.get(row.message, {})
        told = {name: getattr(row, name) for name in COMPARISONS if getattr(row, name) is not None}
        assert told == {name: said[name] for name in COMPARISONS if name in said}
        assert (row.vote, row.revealed) == (said.get("value"), said.get("revealed", False))


@pytest.mark.django_db(transaction=True)
def test_a_vote_that_makes_no_sense_hides_nothing(store: FileStore) -> None:
    store.create(conversation(), user("u1"), answer("a1", "u1"), answer("a2", "u1"))
    strange: list[dict[str, Any]] = [
        {"tie": "a2"},
        {"both_bad": [None, 3, "a2"]},
        {"value": "good"},
        {"preferred_over": {"a2": 1}},
    ]
    store.append(ID, [record("vote", message="a1", **said) for said in strange])
    index_conversation(store, ID)
    row = Response.objects.get(message="a1")
    assert (row.vote, row.tie, row.both_bad, row.preferred_over) == (None, None, None, None)
