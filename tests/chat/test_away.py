"""What is asked while the database is away for a moment."""

import pytest
from django.db import OperationalError

from chat.engine import away
from chat.engine.away import try_until_back
from chat.protocol.errors import DatabaseAwayError
from conversations.errors import StorageAwayError, StorageError


class Tries:
    """Raises these, one each time; then gives `done`."""

    def __init__(self, *errors: Exception, done: str = "done") -> None:
        self.errors = list(errors)
        self.count = 0
        self.done = done

    async def __call__(self) -> str:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.done


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(away, "TRY_AGAIN", 0.0)


async def test_it_is_done_once_the_database_is_back() -> None:
    tries = Tries(StorageAwayError("PostgreSQL does not answer"), OperationalError())
    assert await try_until_back(tries) == "done"
    assert tries.count == 3


async def test_what_the_disk_refuses_is_said_at_once() -> None:
    tries = Tries(StorageError("No space left on device"))
    with pytest.raises(StorageError, match="No space left"):
        await try_until_back(tries)
    assert tries.count == 1


async def test_one_that_stays_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(away, "BACK_WITHIN", 0.0)
    with pytest.raises(OperationalError):
        await try_until_back(Tries(*(OperationalError() for _ in range(3))))


async def test_what_may_not_be_tried_again_is_not() -> None:
    tries = Tries(OperationalError())
    with pytest.raises(OperationalError):
        await try_until_back(tries, may_try=lambda: False)
    assert tries.count == 1


async def test_half_of_it_is_no_success() -> None:
    with pytest.raises(DatabaseAwayError):
        await try_until_back(Tries(OperationalError(), done=""))
    assert await try_until_back(Tries(done="")) == ""
