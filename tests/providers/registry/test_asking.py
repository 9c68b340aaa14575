"""The one way to ask a model: places, refusals, replacements, counts and health, against a real server."""

import ast
import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings

from providers import asking, limits, registry
from providers.asking import Account, Asking, Question, ask, ask_for_text, embed
from providers.catalogue.listing import Viewer
from providers.costs.ledger import ledger
from providers.errors import NoEmbeddingsError, OverBudgetError, ProviderError
from providers.learning import memory
from providers.models import Model, Server, Spending
from providers.registry import Target
from providers.tokens import estimate_tokens
from providers.types import ChatRequest, Message, Notice, Params, Text, TextDelta, ToolDefinition, Usage
from tests.upstreams import Upstream, running_upstream
from tests.upstreams.openai import OpenAIWire
from tests.upstreams.recorded import Recorded
from tests.upstreams.script import HELLO, PLAIN, Say, Stall, refusal, scenario

ROOT = Path(settings.BASE_DIR)
REF = "one/m"
LISTED = OpenAIWire.model
ADA = Account("ada", "", "title")
TOO_LONG = refusal(400, {"error": {"message": "maximum context length is 2000 tokens", "code": "x"}})
MISSING = refusal(404, {"error": {"message": "The model does not exist", "code": "model_not_found"}})


@pytest_asyncio.fixture
async def upstream(transactional_db: None) -> AsyncIterator[Upstream]:
    """A server that answers one request at a time."""
    memory.forget_all()
    async with running_upstream() as running:
        await Server.objects.acreate(
            name="one", provider="openai", base_url=running.base_url("openai"), max_concurrent=1
        )
        yield running
        await registry.aclose()
    memory.forget_all()


def saying(*said: str) -> Callable[[Target], Awaitable[ChatRequest]]:
    async def make_request(target: Target) -> ChatRequest:
        return ChatRequest(target.model, [Message("user", (Text(text),)) for text in said])

    return make_request


def said_in(chat: Recorded) -> str:
    return " ".join(str(message["content"]) for message in chat.body["messages"])


async def asked_in_order(upstream: Upstream) -> list[str]:
    return [said_in(chat) for chat in upstream.chats()]


class Waiting:
    """A question in a task of its own; `in_line` once it waits for a place."""

    def __init__(self, text: str, *, background: bool = False) -> None:
        self.in_line = asyncio.Event()
        question = Question(
            REF, saying(text), background=background, on_position=lambda position: self.in_line.set()
        )
        self.task = asyncio.create_task(ask_for_text(question))

    @classmethod
    async def begin(cls, text: str, *, background: bool = False) -> "Waiting":
        waiting = cls(text, background=background)
        await waiting.in_line.wait()
        return waiting


async def test_an_answer_that_waits_goes_before_what_nobody_waits_for(upstream: Upstream) -> None:
    target = await registry.resolve(REF)
    with limits.announce_request(target, lambda position: None) as place:
        async with place.occupy():
            background = await Waiting.begin("title", background=True)
            embedded = asyncio.create_task(embed(REF, ["document"], background=True))
            answers = [await Waiting.begin(f"answer {number}") for number in range(3)]
            assert upstream.requests == []
        await asyncio.gather(background.task, embedded, *(answer.task for answer in answers))
    posts = [request for request in upstream.requests if request.method == "POST"]
    assert await asked_in_order(upstream) == ["answer 0", "answer 1", "answer 2", "title"]
    assert posts[-1].path.endswith("/embeddings")


async def test_what_a_request_is_made_of_is_asked_before_it_has_its_place(upstream: Upstream) -> None:
    """At a server with one place: a request that asks models itself, of which one does so in turn."""

    async def summary(target: Target) -> ChatRequest:
        await embed(target, ["deep"])
        return await saying("summary")(target)

    async def make_request(target: Target) -> ChatRequest:
        await ask_for_text(Question(target, summary))
        await embed(REF, ["question"])
        return await saying("answer")(target)

    async with asyncio.timeout(30):
        replies = await asyncio.gather(*(ask_for_text(Question(REF, make_request)) for _ in range(3)))
    assert [reply.text for reply in replies] == [HELLO] * 3
    assert limits.load_of("one") == 0


async def test_what_is_shortened_after_a_refusal_may_be_summed_up_at_the_same_server(
    upstream: Upstream,
) -> None:
    upstream.play(TOO_LONG, PLAIN, PLAIN)
    made: list[int | None] = []

    async def make_request(target: Target) -> ChatRequest:
        made.append(target.window(Params()))
        if made[-1] is None:
            return await saying("long " * 3000)(target)
        await ask_for_text(Question(target, saying("sum up")))
        return await saying("short")(target)

    async with asyncio.timeout(30):
        reply = await ask_for_text(Question(REF, make_request))
    assert reply.text == HELLO
    assert made == [None, 2000]
    assert (await asked_in_order(upstream))[1:] == ["sum up", "short"]
    assert memory.learned_of("one", "m").window == 2000


async def test_what_was_learned_since_a_model_was_chosen_holds_for_its_next_request(
    upstream: Upstream,
) -> None:
    target = await registry.resolve(REF)
    upstream.play(TOO_LONG, PLAIN)

    async def make_request(target: Target) -> ChatRequest:
        return await saying("word " * (4000 if target.window(Params()) is None else 400))(target)

    for _ in range(3):
        await ask_for_text(Question(target, make_request))
    assert len(upstream.chats()) == 4


async def test_while_one_waits_to_try_again_another_is_asked(upstream: Upstream) -> None:
    upstream.play(refusal(429, {"error": {"message": "slow down"}}, **{"Retry-After": "30"}), PLAIN)
    asking = ask(Question(REF, saying("first")))
    async with asyncio.timeout(20), aclosing(asking.events()) as events:
        async for event in events:
            if isinstance(event, Notice) and event.code == "retrying":
                break
        assert (await ask_for_text(Question(REF, saying("second")))).text == HELLO
    assert await asked_in_order(upstream) == ["first", "second"]


async def test_each_request_of_an_answer_counts_in_the_minute(upstream: Upstream) -> None:
    await Server.objects.aupdate(max_concurrent=None, requests_per_minute=2)
    upstream.play(TOO_LONG, PLAIN)

    async def make_request(target: Target) -> ChatRequest:
        return await saying("word " * (4000 if target.window(Params()) is None else 400))(target)

    await ask_for_text(Question(REF, make_request))
    third = await Waiting.begin("third")
    third.task.cancel()
    assert len(upstream.chats()) == 2


async def test_who_asks_in_a_thread_of_its_own_waits_in_the_same_line(upstream: Upstream) -> None:
    target = await registry.resolve(REF)
    limits.count_here()
    begun, ended, told = threading.Event(), asyncio.Event(), list[str]()
    loop = asyncio.get_running_loop()

    async def in_thread() -> None:
        with limits.announce_request(target, lambda position: begun.set(), background=True) as place:
            async with place.occupy():
                told.append("thread")

    def run() -> None:
        asyncio.run(in_thread())
        loop.call_soon_threadsafe(ended.set)

    thread = threading.Thread(target=run)
    with limits.announce_request(target, lambda position: None) as place:
        async with place.occupy():
            thread.start()
            await asyncio.to_thread(begun.wait, 30)
            told.append("here")
        await ended.wait()
    thread.join()
    assert told == ["here", "thread"]
    assert limits.load_of("one") == 0


async def test_a_model_that_is_gone_is_replaced_by_the_next_that_stands_for_it(upstream: Upstream) -> None:
    server = await Server.objects.aget()
    await Model.objects.acreate(server=server, model_id="m", candidates=["old", "new"])
    upstream.scenarios |= {"old": MISSING}
    reply = await ask_for_text(Question(REF, saying("hi"), account=ADA))
    assert (reply.text, reply.target.model) == (HELLO, "new")
    assert (await spent())["requests"] == 1


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_server_that_takes_anothers_place_is_one_that_the_person_may_use(
    upstream: Upstream, allowed: bool
) -> None:
    url = upstream.base_url("vllm")
    other = await Server.objects.acreate(name="two", provider="openai", base_url=url, group="both")
    await Server.objects.filter(name="one").aupdate(group="both")
    if not allowed:
        await Model.objects.acreate(server=other, model_id=LISTED, visibility="groups")
    await registry.list_models(refresh=True)
    upstream.play(MISSING, PLAIN)
    asking = ask(Question(f"both/{LISTED}", saying("hi"), viewer=Viewer()))
    outcome = await outcome_of(asking)
    assert outcome == (HELLO if allowed else "model_not_found")


async def test_what_was_cut_short_is_counted_as_far_as_it_came(upstream: Upstream) -> None:
    upstream.play(scenario(Say("half of it"), Stall()))
    asking = ask(Question(REF, saying("tell me all"), account=ADA))
    async with aclosing(asking.events()) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    counted = asking.spent()
    assert counted.estimated
    assert counted.usage.output == estimate_tokens("half of it")
    row = await spent()
    assert (row["requests"], row["failures"]) == (1, 1)
    assert row["output_tokens"] == counted.usage.output


async def test_what_never_went_out_is_not_counted(upstream: Upstream) -> None:
    target = await registry.resolve(REF)
    with limits.announce_request(target, lambda position: None) as place:
        async with place.occupy():
            waiting = await Waiting.begin("never")
            waiting.task.cancel()
            await asyncio.wait({waiting.task})

    async def refused(target: Target) -> ChatRequest:
        raise ProviderError("no_vision")

    assert await outcome_of(ask(Question(REF, refused, account=ADA))) == "no_vision"
    assert upstream.requests == []
    assert await spent() is None


async def test_vectors_count_and_only_a_server_that_makes_some_is_asked(upstream: Upstream) -> None:
    made = await embed(REF, ["one", "two"], account=ADA)
    assert len(made.vectors) == 2
    assert (await spent())["requests"] == 1
    with pytest.raises(NoEmbeddingsError):
        await embed("echo/echo", ["one"])


async def test_whoever_asks_reports_how_the_server_is(upstream: Upstream) -> None:
    await registry.health()
    for outcome, asked in ((False, refusal(401)), (True, PLAIN)):
        upstream.play(asked)
        await outcome_of(ask(Question(REF, saying("hi"))))
        assert registry.registry().state((await rows_of())["one"]).well is outcome


async def test_an_answer_that_takes_too_long_is_given_up_but_not_for_the_wait_before_it(
    upstream: Upstream,
) -> None:
    target = await registry.resolve(REF)
    upstream.play(scenario(Say("I am"), Stall()))
    with limits.announce_request(target, lambda position: None) as place:
        async with place.occupy():
            in_line = asyncio.Event()
            question = Question(REF, saying("hi"), on_position=lambda position: in_line.set())
            waiting = asyncio.create_task(ask_for_text(question, seconds=0.05))
            await in_line.wait()
            await asyncio.wait({waiting}, timeout=0.2)
            assert not waiting.done()
        with pytest.raises(ProviderError, match="timeout"):
            await waiting
    assert limits.load_of("one") == 0


def test_nothing_else_takes_a_place_or_reads_a_stream() -> None:
    """In the sources: who calls what only `providers.asking` may."""
    found = {
        (str(path.relative_to(ROOT)), called)
        for folder in ("chat", "providers", "rag", "chatbot_project")
        for path in (ROOT / folder).rglob("*.py")
        for called in calls_in(path)
    }
    assert found == {
        ("providers/asking.py", "limits.announce_request"),
        ("providers/asking.py", "connector.embed"),
        ("providers/asking.py", "stream_chat"),
        ("providers/limits.py", "slots().announce"),
        ("providers/streaming.py", "connector.stream"),
    }


def calls_in(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    of_connectors = {"connector.embed", "connector.stream"} & {".".join(n.split(".")[-2:]) for n in called}
    return of_connectors | (called & {"limits.announce_request", "slots().announce", "stream_chat"})


async def outcome_of(asking: Asking) -> str:
    try:
        async with aclosing(asking.events()) as events:
            return "".join([event.text async for event in events if isinstance(event, TextDelta)])
    except ProviderError as error:
        return error.code


async def spent() -> Any:
    await asyncio.to_thread(ledger.write)
    return await Spending.objects.filter(owner="ada", kind="title").values().afirst()


async def rows_of() -> Any:
    from providers.configuration import rows

    return (await rows.aget_rows()).servers


async def test_a_model_that_is_known_to_call_no_tools_is_offered_none_and_that_is_told(
    upstream: Upstream,
) -> None:
    server = await Server.objects.aget(name="one")
    for name, capabilities in (("chats", ["chat"]), ("acts", ["chat", "tools"]), ("m", None)):
        await Model.objects.acreate(server=server, model_id=name, capabilities=capabilities)

    async def make_request(target: Target) -> ChatRequest:
        tool = ToolDefinition("f", "", {"type": "object"})
        return ChatRequest(target.model, [Message("user", (Text("Hi"),))], tools=[tool])

    told = {}
    for name in ("chats", "acts", "m"):
        async with aclosing(ask(Question(f"one/{name}", make_request)).events()) as events:
            told[name] = [event async for event in events if isinstance(event, Notice)]
    assert told == {
        "chats": [Notice("adapted", {"model": "chats", "fields": "tools"})],
        "acts": [],
        "m": [],
    }
    assert ["tools" in chat.body for chat in upstream.chats()] == [False, True, True]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was allowed and settled, in order."""
    told: list[tuple[Any, ...]] = []

    async def allow(key: str, account: Account, target: Target, usage: Usage) -> None:
        told.append(("allow", key, account.kind, target.ref, usage))

    monkeypatch.setattr(asking, "before_asking", [allow])
    monkeypatch.setattr(asking, "when_counted", [lambda key: told.append(("settle", key))])
    return told


async def test_what_is_counted_in_a_name_is_held_before_it_is_asked_and_settled_after(
    upstream: Upstream, held: list[tuple[Any, ...]]
) -> None:
    upstream.default = PLAIN
    await ask_for_text(Question(REF, saying("kelime " * 100), account=ADA))
    await embed(REF, ["kelime " * 100, "x"], account=ADA)
    await ask_for_text(Question(REF, saying("nobody's")))
    await embed(REF, ["nobody's"])
    kinds = [one[0] for one in held]
    assert kinds == ["allow", "settle", "allow", "settle"]
    assert held[0][1] == held[1][1] != held[2][1] == held[3][1]
    assert all(one[4].input >= 100 for one in held[::2])
    assert (held[0][4].output, held[2][4].output) == (asking.USUAL_ANSWER, 0)


async def test_who_may_not_spend_it_asks_nobody_and_blames_no_server(
    upstream: Upstream, held: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise OverBudgetError("used up")

    monkeypatch.setattr(asking, "before_asking", [refuse])
    for asked in (ask_for_text(Question(REF, saying("x"), account=ADA)), embed(REF, ["x"], account=ADA)):
        with pytest.raises(OverBudgetError):
            await asked
    assert upstream.chats() == []
    assert [one[0] for one in held] == ["settle", "settle"]
    state = registry.registry().catalogue.known("one")
    assert state is None or registry.registry().catalogue.health(state).error is None
