"""Whose turn something is, in every home: who leads, who begins, who purges."""

from collections.abc import Iterable

import pytest

from conversations.purge import named_in
from tests.conversations.samples import ID, conversation, header, user
from tests.conversations.store.conftest import Home

OTHER = "20250101-000000-aaaaaaaa"


def test_one_leads_a_dialogue_until_it_lets_go(home: Home) -> None:
    home.store.create(conversation())
    assert not home.store.is_led(ID)
    lead, there = home.store.take_lead(ID), home.elsewhere()
    assert lead is not None
    assert there.is_led(ID)
    assert there.take_lead(ID) is None
    assert home.store.take_lead(ID) is None
    assert not there.is_led(OTHER)
    lead.release()
    assert not there.is_led(ID)
    again = there.take_lead(ID)
    assert again is not None
    again.release()


def test_a_dialogue_is_led_while_its_answers_come_and_go(home: Home) -> None:
    home.store.create(conversation())
    journal, lead = home.store.journals.begin(ID, header("a1", None)), home.store.take_lead(ID)
    assert lead is not None
    journal.remove()
    home.elsewhere().journals.recover(ID)
    assert home.elsewhere().is_led(ID)
    home.store.journals.begin(ID, header("a2", None)).remove()
    lead.release()
    assert not home.elsewhere().is_led(ID)


def test_one_begins_what_several_are_asked_to_begin(home: Home) -> None:
    there = home.elsewhere()
    with home.store.try_beginning("k3v9x2qd") as is_held:
        assert is_held
        with there.try_beginning("k3v9x2qd") as is_held_elsewhere:
            assert not is_held_elsewhere
    with there.try_beginning("k3v9x2qd") as is_held_elsewhere:
        assert is_held_elsewhere


def test_one_purges_at_a_time_and_all_know_when_it_was_done(home: Home) -> None:
    there = home.elsewhere()
    with home.store.purging(wait=False) as turn:
        assert turn is not None
        assert turn.ago > 86_400
        with there.purging(wait=False) as theirs:
            assert theirs is None
        turn.mark_done()
    with there.purging(wait=True) as turn:
        assert turn is not None
        assert -5 < turn.ago < 600


def named(texts: Iterable[Iterable[bytes]]) -> set[str]:
    return {sha256[:2] for text in texts for sha256 in named_in(text)}


@pytest.fixture
def mentioned(home: Home) -> None:
    """A hash in a conversation, in the trash, and in a journal."""
    for one, sha256 in ((ID, "aa" * 32), (OTHER, "bb" * 32)):
        home.store.create(conversation(one), user("u1", text="x" * 70_000), user("u2", sha256=sha256))
    home.store.trash(OTHER)
    journal = home.store.journals.begin(ID, header("a1", "u1"))
    journal.write(b'{"part":{"sha256":"%s"}}\n' % (b"cc" * 32))
    journal.close()


@pytest.mark.usefixtures("mentioned")
def test_all_that_may_name_an_attachment_is_found(home: Home) -> None:
    there = home.elsewhere()
    assert named(there.texts(0)) == {"aa", "bb", "cc"}
    assert named(there.texts(there.clock() + 3600)) == set()
    before = there.clock()
    home.store.append(ID, [user("u3", sha256="dd" * 32)])
    assert "dd" in named(there.texts(before))
    home.store.trash(ID)
    assert named(there.texts(0)) == {"aa", "bb", "cc", "dd"}
