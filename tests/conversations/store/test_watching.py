"""What came, changed or went since the last look, in either home."""

from typing import Any

import pytest

from conversations.index.folder_watch import FolderWatch
from tests.conversations.samples import ID, answer, conversation, user
from tests.conversations.store.conftest import Home

OTHER = "20260102-000000-aaaaaaaa"


@pytest.mark.django_db
def test_each_change_is_seen_at_one_look(home: Home) -> None:
    watch, there = FolderWatch(home.store), home.elsewhere()
    assert watch.look() == []
    there.create(conversation(), user("u1"))
    there.create(conversation(OTHER))
    assert sorted(watch.look()) == sorted([ID, OTHER])
    assert watch.look() == []
    there.append(ID, [answer("a1", "u1")])
    assert watch.look() == [ID]
    there.trash(OTHER)
    assert watch.look() == [OTHER]
    there.restore(OTHER)
    assert watch.look() == [OTHER]
    assert watch.look() == []


@pytest.mark.django_db
@pytest.mark.parametrize("home", ["postgresql"], indirect=True)
def test_rows_are_all_looked_at_once_and_then_those_that_changed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = FolderWatch(home.store)
    home.store.create(conversation(), user("u1"))
    assert watch.look() == [ID]

    def refuse(*_: Any) -> None:
        raise AssertionError("all were looked at")

    monkeypatch.setattr(type(home.store), "stamps", refuse)
    home.elsewhere().append(ID, [answer("a1", "u1")])
    assert watch.look() == [ID]
    watch.forget_known()
    with pytest.raises(AssertionError):
        watch.look()
