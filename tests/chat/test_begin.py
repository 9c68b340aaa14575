"""What an answer costs beside its words: how often its begin and its end wait for a thread, in which files
are written and the database is asked."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from django.db.backends.utils import CursorWrapper

from chat.actions import regeneration, sending
from chat.actions.sending import Sent
from chat.engine import current_engine
from chat.engine.engine import BEGINNING_AT_ONCE
from chat.engine.reader import Reader
from chat.models import ToolServer
from chat.policy import running, spending
from chat.prompting import memory_cache
from chat.protocol import commands
from chat.protocol.errors import RateLimitedError
from chat.tools import policy
from chat.tools.mcp import source
from chat.tools.search import configuration
from conversations.errors import StorageError
from conversations.files import store as files
from core.shared_reads import SharedRead, SharedReads
from providers.configuration import rows
from providers.costs import budgets
from tests.chat.engine.conftest import taken


@dataclass(frozen=True)
class Somebody:
    """A `Person`."""

    owner_id: str
    username: str


ANN = Somebody("local", "Ann")


class Threads(ThreadPoolExecutor):
    """The event loop's own, which counts what it is given."""

    steps = 0

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self.steps += 1
        return super().submit(work, *given, **named)


@pytest_asyncio.fixture
async def threads(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> AsyncIterator[Threads]:
    """What is known for some seconds is known for the whole test, and nobody writes titles meanwhile."""
    settings.TITLE_MODEL = "words"
    monkeypatch.setattr(rows, "CHECK_EVERY", math.inf)
    monkeypatch.setattr(memory_cache, "_looked_up", SharedRead(memory_cache._look, kept=math.inf))
    monkeypatch.setattr(spending, "_any_budget", SharedRead(budgets.has_budgets, kept=math.inf))
    forget_what_is_known()
    counting = Threads()
    asyncio.get_running_loop().set_default_executor(counting)
    yield counting
    await current_engine().shutdown()


def forget_what_is_known() -> None:
    memory_cache.forget_all()
    rows.reset_rows()
    spending._any_budget.outdate()


def message(text: str = "Hello", *, lanes: int = 1, **more: Any) -> commands.Send:
    asked = {"type": "send", "text": text, **more}
    if "conversation" not in more:
        asked |= {"conversation": None, "lanes": [{"model": "echo/echo"} for _ in range(lanes)]}
    return commands.Send.model_validate(asked)


async def first_words(sent: Sent) -> None:
    """Returns when each answer has said something, or has ended."""
    reader, room = Reader(), sent["room"]
    room.follow(reader)
    left = set(sent["answers"]) & set(room.live)
    async with asyncio.timeout(30):
        while left:
            for event in await taken(reader):
                left.discard(event.get("message") if event["type"] == "delta" else "")
                left &= set(room.live)
    room.leave(reader)


async def end_of(sent: Sent) -> None:
    async with asyncio.timeout(30):
        for answer in sent["answers"]:
            if (live := current_engine().answers.get(answer)) is not None:
                await live.ended.wait()


@pytest_asyncio.fixture
async def warm(threads: Threads) -> Threads:
    """The rows of servers and budgets, and what the person told every model, are known."""
    await end_of(await sending.send(ANN, message()))
    threads.steps = 0
    return threads


@pytest.mark.parametrize("lanes", [1, 2, 5])
async def test_a_conversation_and_its_answers_begin_in_one_step_on_the_disk(
    warm: Threads, lanes: int
) -> None:
    sent = await sending.send(ANN, message("/echo speed=50 length=400", lanes=lanes))
    await first_words(sent)
    assert (len(sent["answers"]), warm.steps) == (lanes, 1)
    current_engine().stop(sent["room"], None)
    await end_of(sent)


@pytest.mark.parametrize("turns", [1, 3])
async def test_the_next_message_of_a_short_conversation_is_answered_after_one_step_on_the_disk(
    warm: Threads, turns: int
) -> None:
    sent = await sending.send(ANN, message())
    for _ in range(turns):
        await end_of(sent)
        warm.steps = 0
        sent = await sending.send(ANN, message("/echo speed=0 length=3", conversation=sent["room"].id))
        await first_words(sent)
        assert warm.steps - (not sent["room"].live) <= 1
    await end_of(sent)


async def test_an_answer_ends_in_one_step_on_the_disk(warm: Threads) -> None:
    sent = await sending.send(ANN, message("/echo speed=50 length=400"))
    await first_words(sent)
    before = warm.steps
    current_engine().stop(sent["room"], None)
    await end_of(sent)
    assert warm.steps - before == 1
    store = current_engine().store
    assert store.journals.answer_ids(sent["room"].id) == []
    (record,) = store.open(sent["room"].id).messages(sent["answers"])
    assert dict(record)["status"] == "stopped"


async def test_an_answer_begins_in_three_tasks(warm: Threads) -> None:
    """The message that is carried to its end, the answer, and what asks and can be stopped. Those that write
    journals and the index down do so for all answers."""
    begun: list[str] = []

    def noting(loop: asyncio.AbstractEventLoop, work: Any, **named: Any) -> asyncio.Task[Any]:
        begun.append(work.__qualname__)
        return asyncio.Task(work, loop=loop, **named)

    asyncio.get_running_loop().set_task_factory(noting)
    sent = await sending.send(ANN, message("/echo speed=50 length=400"))
    await first_words(sent)
    asyncio.get_running_loop().set_task_factory(None)
    shared = {"JournalWriter._write_until_empty", "IndexWriter._write_gathered"}
    own = [name for name in begun if name not in shared]
    assert own == ["send", "Engine._run", "Answer._ask_until_back"]
    current_engine().stop(sent["room"], None)
    await end_of(sent)


async def test_a_conversation_that_begins_is_not_read_from_the_disk(
    warm: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(files, "opened", read.append)
    sent = await sending.send(ANN, message("/echo speed=50 length=400"))
    await first_words(sent)
    assert read == []
    current_engine().stop(sent["room"], None)
    await end_of(sent)


async def test_a_hundred_that_begin_at_once_ask_the_database_as_often_as_one(warm: Threads) -> None:
    forget_what_is_known()
    all_sent = await asyncio.gather(*(sending.send(ANN, message()) for _ in range(100)))
    await asyncio.gather(*map(end_of, all_sent))
    # Two of each on the disk; servers, budgets, the memory's version and the memory once for all.
    assert 2 * 100 < warm.steps <= 2 * 100 + 4


async def test_of_those_that_begin_at_once_the_first_is_asked_while_the_last_still_waits(
    warm: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, seen = current_engine(), list[str]()
    create, begin = engine.rooms.create_then, engine.begin

    async def create_noting(*given: Any) -> Any:
        seen.append("created")
        return await create(*given)

    async def begin_noting(*given: Any, **named: Any) -> Any:
        seen.append("asked")
        return await begin(*given, **named)

    monkeypatch.setattr(engine.rooms, "create_then", create_noting)
    monkeypatch.setattr(engine, "begin", begin_noting)
    all_sent = await asyncio.gather(*(sending.send(ANN, message()) for _ in range(40)))
    await asyncio.gather(*map(end_of, all_sent))
    ahead = [seen[:count].count("created") - seen[:count].count("asked") for count in range(1, 81)]
    assert (seen.count("asked"), max(ahead)) == (40, BEGINNING_AT_ONCE)


async def test_a_conversation_whose_disk_hangs_does_not_hold_up_a_temporary_one(
    warm: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, create = asyncio.Event(), current_engine().rooms.create_then

    async def create_late(*given: Any) -> Any:
        await goes_on.wait()
        return await create(*given)

    monkeypatch.setattr(current_engine().rooms, "create_then", create_late)
    hanging = [asyncio.create_task(sending.send(ANN, message())) for _ in range(BEGINNING_AT_ONCE + 1)]
    await end_of(await sending.send(ANN, message(temporary=True)))
    assert not any(task.done() for task in hanging)
    goes_on.set()
    await asyncio.gather(*map(end_of, await asyncio.gather(*hanging)))


async def test_an_answer_that_begins_looks_through_no_others_as_long_as_they_are_few(
    warm: Threads, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    counted: list[str] = []
    count = running.count_here

    def count_noting(owner: str) -> int:
        counted.append(owner)
        return count(owner)

    monkeypatch.setattr(running, "count_here", count_noting)
    settings.ANSWERS_AT_ONCE = 20
    begun = [await sending.send(ANN, message("/echo speed=50 length=4000")) for _ in range(20)]
    assert counted == []
    with pytest.raises(RateLimitedError):
        await sending.send(ANN, message())
    assert counted == [ANN.owner_id]
    for sent in begun:
        current_engine().stop(sent["room"], None)
    await asyncio.gather(*map(end_of, begun))


TABLES_OF_TOOLS = ("chat_tool", "chat_websearch")


@pytest.fixture
def asked_of_tools(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database is asked of tools from here on, in any thread. What is known for some seconds is
    known for the whole test."""
    policies = SharedReads(policy.read_policies, kept=math.inf, unset=policy.UNSET)
    monkeypatch.setattr(policy, "_known", policies)
    search = SharedRead(configuration.read_row, kept=math.inf, unset=configuration.UNSET)
    monkeypatch.setattr(configuration, "_known", search)
    monkeypatch.setattr(source, "CHECK_EVERY", math.inf)
    asked: list[str] = []
    execute = CursorWrapper.execute

    def noting(cursor: CursorWrapper, sql: str, params: Any = None) -> Any:
        asked.extend(table for table in TABLES_OF_TOOLS if table in sql)
        return execute(cursor, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", noting)
    return asked


@pytest.mark.parametrize("lanes", [1, 5])
async def test_with_tools_on_an_answer_begins_without_asking_the_database_of_them(
    warm: Threads, asked_of_tools: list[str], lanes: int
) -> None:
    await end_of(await sending.send(ANN, message(tools=True)))
    assert set(asked_of_tools) == set(TABLES_OF_TOOLS)
    asked_of_tools.clear()
    before = warm.steps
    sent = await sending.send(ANN, message("/echo speed=50 length=400", lanes=lanes, tools=True))
    await first_words(sent)
    assert (asked_of_tools, warm.steps - before) == ([], 1)
    current_engine().stop(sent["room"], None)
    await end_of(sent)


def forget_what_is_known_of_tools() -> None:
    policy.forget_known()
    configuration.forget_known()
    source.look_again()


def pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes all that was looked up too old, as seconds without a question do. What it said is still known."""
    forget_what_is_known_of_tools()
    monkeypatch.setattr(rows, "_checked_at", -math.inf)
    memory_cache.lookup().outdate()
    spending.lookup().outdate()


@pytest.mark.parametrize("audience", ["everyone", "staff"])
@pytest.mark.parametrize("lanes", [1, 5])
async def test_after_a_pause_all_that_is_looked_up_is_looked_up_in_one_step(
    warm: Threads,
    asked_of_tools: list[str],
    lanes: int,
    audience: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ToolServer.objects.acreate(
        name="off", url="http://192.0.2.1/mcp", visibility=audience, enabled=False
    )
    await end_of(await sending.send(ANN, message(tools=True)))
    pause(monkeypatch)
    asked_of_tools.clear()
    before = warm.steps
    sent = await sending.send(ANN, message("/echo speed=50 length=400", lanes=lanes, tools=True))
    await first_words(sent)
    # One on the disk.
    assert warm.steps - before == 1 + 1
    # What was set of servers is read too, and what is not set is not.
    assert len(asked_of_tools) <= 2 + 3
    current_engine().stop(sent["room"], None)
    await end_of(sent)


@pytest.mark.parametrize("tools", [False, True])
async def test_after_a_pause_the_next_message_and_another_answer_look_up_all_in_one_step(
    warm: Threads, asked_of_tools: list[str], tools: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await sending.send(ANN, message(tools=tools))
    await end_of(sent)
    room, slow = sent["room"], "/echo speed=50 length=400"
    steps: list[int] = []
    for paused in (False, True):
        if paused:
            pause(monkeypatch)
        before = warm.steps
        sent = await sending.send(ANN, message(slow, conversation=room.id))
        await first_words(sent)
        steps.append(warm.steps - before)
        current_engine().stop(room, None)
        await end_of(sent)
        if paused:
            pause(monkeypatch)
            asked_of_tools.clear()
        before = warm.steps
        again = commands.Regenerate(conversation=room.id, message=sent["answers"][0])
        begun = await regeneration.regenerate(ANN, again)
        await first_words({**sent, "answers": begun["answers"]})
        steps.append(warm.steps - before)
        current_engine().stop(room, None)
        await end_of({**sent, "answers": begun["answers"]})
    sending_warm, again_warm, sending_paused, again_paused = steps
    assert (sending_paused, again_paused) == (sending_warm + 1, again_warm + 1)
    # In one statement, since nobody has set anything of them.
    assert asked_of_tools == (list(TABLES_OF_TOOLS) if tools else [])


async def test_twenty_that_begin_at_once_with_tools_ask_of_them_as_often_as_one(
    warm: Threads, asked_of_tools: list[str]
) -> None:
    await end_of(await sending.send(ANN, message(tools=True)))
    once = sorted(asked_of_tools)
    asked_of_tools.clear()
    forget_what_is_known_of_tools()
    all_sent = await asyncio.gather(*(sending.send(ANN, message(tools=True)) for _ in range(20)))
    await asyncio.gather(*map(end_of, all_sent))
    assert sorted(asked_of_tools) == once


async def test_where_the_journals_cannot_be_made_the_message_stands_and_none_is_left(
    warm: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    journals = current_engine().store.journals
    begin, begun = journals.begin, list[str]()

    def refuse_the_second(conversation: str, header: Any) -> Any:
        if begun:
            raise StorageError("no space left")
        begun.append(header["id"])
        return begin(conversation, header)

    monkeypatch.setattr(journals, "begin", refuse_the_second)
    asked = message(lanes=2, id="0123456789abcdef")
    with pytest.raises(StorageError):
        await sending.send(ANN, asked)
    monkeypatch.undo()
    again = await sending.send(ANN, asked)
    assert (again["posted"], again["answers"]) == (False, [])
    assert journals.answer_ids(again["room"].id) == []
