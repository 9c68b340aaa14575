"""Lines for training from a person's votes: pairs of answers, and answers that they liked."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from conversations.attachments import AttachmentStore
from conversations.export import FormatName, Scope, export_document
from conversations.files.store import FileStore
from conversations.records import Record
from tests.conversations.samples import ID, answer, conversation, record, user

LANES = [{"id": "l1", "model": "a/one", "system": "Be brief."}, {"id": "l2", "model": "b/two"}]


@pytest.fixture
def store(data_dir: Path) -> FileStore:
    return FileStore(data_dir)


def lines(store: FileStore, name: FormatName, *records: Record, scope: Scope = "all") -> list[dict[str, Any]]:
    """Of a first question with the answers a1 (of the lane l1) and b1 (of l2), and these."""
    asked = user("u1", text="Capital?")
    one = answer("a1", "u1", "Ankara.", model="a/one")
    two = answer("b1", "u1", "Istanbul.", lane="l2", model="b/two")
    store.create(conversation(lanes=LANES), asked, one, two, *records)
    document = export_document(store.open(ID), AttachmentStore(settings.DATA_DIR), name, scope)
    return [json.loads(line) for line in document.data.splitlines()]


def vote(message: str, **fields: Any) -> Record:
    return record("vote", message=message, **fields)


def test_a_comparison_that_was_won_is_a_pair_with_its_prompt(store: FileStore) -> None:
    assert lines(store, "preferences", vote("a1", preferred_over=["b1"])) == [
        {
            "prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Capital?"}],
            "chosen": [{"role": "assistant", "content": "Ankara."}],
            "rejected": [{"role": "assistant", "content": "Istanbul."}],
            "chosen_model": "a/one",
            "rejected_model": "b/two",
        }
    ]


def test_the_prompt_has_the_turns_before(store: FileStore) -> None:
    later: list[Record] = [
        user("u2", "b1", "Sure?"),
        answer("a2", "u2", "Yes."),
        answer("b2", "u2", "No.", lane="l2"),
    ]
    (pair,) = lines(store, "preferences", *later, vote("b2", preferred_over=["a2"]))
    assert [message["content"] for message in pair["prompt"]] == ["Capital?", "Istanbul.", "Sure?"]
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("No.", "Yes.")


@pytest.mark.parametrize(
    "votes",
    [
        [vote("a1", tie=["b1"])],
        [vote("a1", both_bad=["b1"])],
        [vote("a1", value=1)],
        [vote("a1", preferred_over=[])],
        [vote("a1", preferred_over=["a1"])],
        [vote("a1", preferred_over=["gone"])],
        [vote("a1", preferred_over=["u1"])],
        [vote("u1", preferred_over=["a1"])],
        [vote("a1", preferred_over=["b1"]), vote("a1", tie=["b1"])],
        [vote("a1", preferred_over=["b1"]), record("delete", message="b1")],
        [vote("a1", preferred_over=["b1"]), record("delete", message="a1")],
        [answer("c1", "u1", "Ankara.", lane="l3"), vote("a1", preferred_over=["c1"])],
        [answer("c1", "u1", "", lane="l3", status="failed"), vote("a1", preferred_over=["c1"])],
        [user("u2", "a1"), answer("a2", "u2", "x"), vote("a1", preferred_over=["a2"])],
    ],
    ids=[
        *("tie", "both-bad", "liked", "none", "itself", "gone", "question", "of-a-question", "taken-back"),
        *("loser-deleted", "winner-deleted", "same-words", "silent", "of-another-turn"),
    ],
)
def test_what_says_nothing_of_which_is_better_makes_no_pair(store: FileStore, votes: list[Record]) -> None:
    assert lines(store, "preferences", *votes) == []


@pytest.mark.parametrize("losers", [["b1", "b1"], ["b1", None, 7, "gone", "b1", ["b1"]], ["a1", "b1"]])
def test_whatever_a_vote_names_a_comparison_makes_one_pair(store: FileStore, losers: list[Any]) -> None:
    assert len(lines(store, "preferences", vote("a1", preferred_over=losers))) == 1


def test_a_vote_the_other_way_turns_the_pair(store: FileStore) -> None:
    turned = vote("a1", preferred_over=["b1"]), vote("b1", preferred_over=["a1"])
    (pair,) = lines(store, "preferences", *turned)
    assert pair["chosen"][0]["content"] == "Istanbul."


def test_liked_answers_are_examples(store: FileStore) -> None:
    more = [vote("b1", value=1), vote("a1", value=-1), answer("c1", "u1", "Hm", status="stopped")]
    (example,) = lines(store, "liked", *more, vote("c1", value=1))
    assert [message["content"] for message in example["messages"]] == ["Capital?", "Istanbul."]


def test_of_what_is_shown_other_branches_are_left_out(store: FileStore) -> None:
    other = [user("u9", None, "Else?"), answer("a9", "u9", "So."), record("head", message="a9")]
    assert lines(store, "liked", vote("a1", value=1), *other, scope="path") == []


@pytest.mark.django_db
def test_the_command_writes_all_pairs_and_counts_them_before(
    store: FileStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines(store, "preferences", vote("a1", preferred_over=["b1"]))
    output = tmp_path / "pairs.jsonl"
    call_command("export_chats", format="preferences", output=output, dry_run=True)
    assert "1 lines. Nothing was written." in capsys.readouterr().out
    assert not output.exists()
    call_command("export_chats", format="preferences", output=output)
    (pair,) = map(json.loads, output.read_text().splitlines())
    assert (pair["chosen_model"], pair["rejected_model"]) == ("a/one", "b/two")
