import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.errors import InvalidRecordError
from conversations.records import Record
from conversations.tree import Tree, check_records

from .samples import AT, answer, conversation, one_of_each, record, user


def tree_of(*records: Record) -> Tree:
    tree = Tree()
    for one in records:
        tree.apply(one)
    return tree


def test_the_path_follows_the_conversation() -> None:
    tree = tree_of(conversation(), user("u1"), answer("a1", "u1"), user("u2", "a1"), answer("a2", "u2"))
    assert tree.head == "a2"
    assert tree.path() == ["u1", "a1", "u2", "a2"]
    assert tree.path("a1") == ["u1", "a1"]


def test_the_first_lane_stands_on_the_path_whoever_is_faster() -> None:
    slow_first = tree_of(user("u1"), answer("b", "u1", lane="l2"), answer("a", "u1", lane="l1"))
    fast_first = tree_of(user("u1"), answer("a", "u1", lane="l1"), answer("b", "u1", lane="l2"))
    assert slow_first.head == fast_first.head == "a"


def test_a_failed_answer_stands_on_the_path_only_where_there_is_no_better() -> None:
    failed = answer("a", "u1", lane="l1", status="failed")
    assert tree_of(user("u1"), failed).head == "a"
    assert tree_of(user("u1"), failed, answer("b", "u1", lane="l2")).head == "b"


def test_an_answer_asked_for_again_is_shown() -> None:
    assert tree_of(user("u1"), answer("a", "u1"), answer("a-again", "u1")).head == "a-again"


def test_a_chosen_head_stays_while_slower_lanes_finish() -> None:
    tree = tree_of(
        user("u1"),
        answer("b", "u1", lane="l2"),
        record("head", message="b"),
        answer("a", "u1", lane="l1"),
    )
    assert tree.head == "b"


def test_an_answer_on_another_branch_does_not_move_the_head() -> None:
    tree = tree_of(user("u1"), user("u1-edited"), answer("a", "u1"))
    assert tree.head == "u1-edited"
    assert tree.siblings("u1") == ["u1", "u1-edited"]


def test_a_deleted_message_hides_what_hangs_below_it_now_and_later() -> None:
    tree = tree_of(
        user("u1"),
        answer("a1", "u1"),
        answer("a2", "u1", lane="l2"),
        user("u2", "a1"),
        record("delete", message="a1"),
        answer("late", "u2"),
    )
    assert tree.deleted == {"a1", "u2", "late"}
    assert tree.children("u1") == ["a2"]
    assert tree.head == "a2"


def test_deleting_the_only_root_leaves_nothing_shown() -> None:
    tree = tree_of(user("u1"), answer("a1", "u1"), record("delete", message="u1"))
    assert tree.head is None
    assert tree.path() == []


def test_settings_are_laid_over_the_conversation() -> None:
    tree = tree_of(
        conversation(title="First"),
        record("settings", title="Second", title_by="model"),
        record("settings", pinned=True),
    )
    assert tree.settings["title"] == "Second"
    assert tree.settings["pinned"] is True
    assert tree.settings["mode"] == "parallel"
    assert tree.title_by == "model"
    tree.apply(record("settings", title="Mine"))
    assert tree.title_by == "person"


def test_votes_branches_and_summaries_are_folded() -> None:
    tree = tree_of(*one_of_each())
    assert tree.votes["a1"]["value"] == 1
    assert tree.votes["a2"]["preferred_over"] == ["a1"]
    assert tree.branches == {"other": "a2"}
    assert [summary["covers"] for summary in tree.summaries] == ["a1"]


def test_messages_are_kept_as_headers() -> None:
    whole = answer("a1", "u1", speaker="Ada", sources=[{"name": "a.pdf"}])
    tree = tree_of(user("u1"), whole)
    assert tree.messages == {
        "u1": {"id": "u1", "parent": None, "role": "user", "at": AT, "lanes": ("l1", "l2")},
        "a1": {
            "id": "a1",
            "parent": "u1",
            "role": "assistant",
            "at": AT,
            "lane": "l1",
            "model": "echo/echo",
            "status": "complete",
            "speaker": "Ada",
            "finish": "stop",
        },
    }
    assert "parts" in whole


def test_the_same_id_twice_is_one_message_with_the_later_words() -> None:
    tree = tree_of(user("u1"), answer("a1", "u1", status="stopped"), answer("a1", "u1"))
    assert tree.children("u1") == ["a1"]
    assert tree.messages["a1"]["status"] == "complete"


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "message", "id": 5, "parent": None, "role": "user"},
        {"type": "message", "id": "x", "parent": ["u1"], "role": "user"},
        {"type": "message", "id": "x", "parent": None, "role": "system"},
        {"type": "message", "id": "x", "parent": None, "role": {}},
        {"type": "head"},
        {"type": "vote", "value": 1},
        {"type": "branch", "name": "x"},
        {"type": "delete", "message": None},
        {"type": "summary", "text": ""},
        {"id": "no type"},
    ],
)
def test_a_record_that_says_nothing_is_refused(bad: Record) -> None:
    with pytest.raises(InvalidRecordError):
        check_records([bad])


def test_a_record_of_unknown_type_changes_nothing() -> None:
    tree = tree_of(user("u1"))
    tree.apply(record("hologram", depth=3))
    assert tree.path() == ["u1"]


ids = st.sampled_from(["a", "b", "c", "d", "e"])
messages = st.builds(
    lambda message, parent, asked, lane: (
        user(message, parent) if asked else answer(message, parent, lane=lane)
    ),
    ids,
    st.none() | ids,
    st.booleans(),
    st.sampled_from(["l1", "l2"]),
)
others = st.builds(
    lambda kind, message: record(kind, message=message), st.sampled_from(["head", "delete"]), ids
)


@given(st.lists(messages | others, max_size=25))
def test_whatever_the_records_say_the_shown_path_ends_and_shows_nothing_deleted(
    records: list[Record],
) -> None:
    tree = tree_of(*records)
    path = tree.path()
    assert len(path) == len(set(path))
    assert tree.head not in tree.deleted
    assert not set(path) & tree.deleted
    for message in tree.messages:
        assert message in tree.path(message)


def test_a_failed_answer_gives_way_to_a_newer_one_that_failed_too() -> None:
    first = answer("a", "u1", lane="l1", status="failed")
    again = answer("b", "u1", lane="l1", status="failed")
    assert tree_of(user("u1"), first, again).head == "b"
