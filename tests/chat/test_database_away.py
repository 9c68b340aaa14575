"""A database that does not answer is a storage that cannot be used, and no fault of Divan's own: whoever asks
is told so, in words that say nothing of it, and may try again."""

import asyncio

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.utils import translation

from chat.engine.answers.ending import ending_of
from chat.protocol.errors import ChatError, StorageUnavailableError, map_store_errors
from chatbot_project.api_errors import chat_error_of

SECRET = "connection to 10.0.0.9 failed: password of divan"
AWAY = [OperationalError(SECRET), InterfaceError(SECRET)]


async def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("language", "words"), [("en", "does not answer"), ("tr", "yanıt vermiyor"), ("ru", "не отвечает")]
)
async def test_an_answer_says_that_the_database_does_not_answer(
    error: Exception, language: str, words: str
) -> None:
    asking = asyncio.create_task(fail(error))
    await asyncio.wait({asking})
    ending = ending_of(asking, None, "echo/echo", language)  # type: ignore[arg-type]
    assert ending.status == "failed"
    said = ending.error
    assert said is not None
    assert (said["code"], said["retryable"]) == ("storage_unavailable", True)
    assert words in said["message"]
    assert SECRET not in str(said)


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_command_and_a_request_say_so_too(error: Exception) -> None:
    with pytest.raises(StorageUnavailableError) as raised, map_store_errors():
        raise error
    with translation.override("en"):
        assert raised.value.fields() == chat_error_of(error).fields()
        assert SECRET not in str(raised.value.fields())


def test_a_statement_that_is_wrong_is_divans_own_fault() -> None:
    for error in (ProgrammingError(SECRET), DatabaseError(SECRET)):
        assert type(chat_error_of(error)) is ChatError
        with pytest.raises(type(error)), map_store_errors():
            raise error
