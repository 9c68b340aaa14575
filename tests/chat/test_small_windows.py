"""Models that read less than was thought: whatever is asked of them is shortened once they refuse it."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from chat.dialogue.running import moderator_question
from chat.dialogue.script import Line
from chat.prompting.reading.file_pass import beginning_within
from chat.prompting.title_writer import prompt_within
from providers.tokens import estimate_tokens
from tests.chat.test_long_files import BOOK, PAGES, PASS
from tests.chat.test_rest import session
from tests.chat.test_whole_files import SAID, attach
from tests.services.server import Divan
from tests.services.wire import wire
from tests.upstreams.script import End, Say, Scenario, scenario
from tests.upstreams.server import Upstream, running_upstream
from tests.upstreams.small_window import SmallWindow, no_numbers, numbers_of_llama, numbers_of_vllm

REFUSALS = [numbers_of_vllm, numbers_of_llama, no_numbers]
TURKISH = "Öğleden sonraki vagonların sırası çizelgede durur. "


class Small:
    """What the model named `small` accepts; all others say one thing."""

    def __init__(self, upstream: Upstream, **options: Any) -> None:
        self.window = SmallWindow(**options)
        self.accepted: list[str] = []
        upstream.reply = self.reply

    def reply(self, body: Mapping[str, Any]) -> Scenario:
        if body["model"] != "small":
            return scenario(Say(SAID), End())
        refused = self.window.refused
        answer = self.window.reply(body)
        if self.window.refused == refused:
            self.accepted.append(" ".join(str(message["content"]) for message in body["messages"]))
        return answer


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with running_upstream() as made:
        yield made


@pytest.fixture
def serve(start_server: Callable[..., Divan], upstream: Upstream) -> Callable[..., Divan]:
    def start(**more: str) -> Divan:
        env = {"OPENAI_BASE_URL": upstream.base_url("openai"), "OPENAI_API_KEY": "sk-x"}
        return start_server(env=env | more)

    return start


@pytest.mark.parametrize("says", REFUSALS)
async def test_all_of_a_file_is_noted_by_a_model_that_reads_less_than_was_thought(
    says: Any, serve: Callable[..., Divan], upstream: Upstream
) -> None:
    small = Small(upstream, says=says, window=2048)
    server = serve(RAG_READING_MODEL="openai/small", TITLE_MODEL="words")
    lanes = [{"model": "openai/one", "params": {"context_length": 2048, "max_tokens": 256}}]
    async with session(server) as http, wire(server.socket_url) as page:
        kept = await attach(http, "kitap.pdf", BOOK)
        ack = await page.ask(
            "send", conversation=None, text="Mavi conta?", lanes=lanes, attachments=[kept["sha256"]]
        )
        record = await page.answer(ack["answers"][0])
    assert record["status"] == "complete", record.get("error")
    read = [sent for sent in small.accepted if PASS in sent]
    for number in range(1, PAGES + 1):
        assert sum(f"Sayfa {number}:" in sent for sent in read) == 1
    assert small.window.refused < 8, "what was learned of one part holds for the next"


@pytest.mark.parametrize("says", REFUSALS)
async def test_a_title_is_asked_of_a_model_that_cannot_read_all_that_is_quoted(
    says: Any, serve: Callable[..., Divan], upstream: Upstream
) -> None:
    small = Small(upstream, says=says, window=1024)
    server = serve(TITLE_MODEL="openai/small")
    async with wire(server.socket_url) as page:
        await page.ask("watch")
        ack = await page.ask("send", conversation=None, text=TURKISH * 40, lanes=[{"model": "openai/one"}])
        await page.answer(ack["answers"][0])
        await page.until(lambda event: "title" in event and not TURKISH.startswith(event["title"][:20]))
    assert len(small.accepted) == 1
    assert small.window.refused > 0


@pytest.mark.parametrize("tokens", [5, 20, 50, 199])
@pytest.mark.parametrize("text", [TURKISH * 20, "word " * 400, "x" * 3000])
def test_the_beginning_of_a_text_is_no_longer_than_it_may_be(text: str, tokens: int) -> None:
    begun = beginning_within(text, tokens)
    assert text.startswith(begun)
    assert 0 < len(begun) < len(text)
    assert estimate_tokens(begun) <= tokens * 1.1 + 4
    assert beginning_within(text, None) == text
    assert beginning_within(text, estimate_tokens(text)) == text


@pytest.mark.parametrize("window", [600, 1000, 4000])
def test_a_title_and_a_moderator_are_asked_with_what_fits(window: int) -> None:
    said = [TURKISH * 100, TURKISH * 100]
    assert estimate_tokens(prompt_within(said, window)) <= window
    assert said[0] in prompt_within(said, None)
    lines = [Line(str(number), "Ayşe", TURKISH * 30, []) for number in range(20)]
    asked = moderator_question("Who speaks next?", lines, window)
    assert estimate_tokens(asked) <= window
    assert asked.startswith("Who speaks next?")
    assert asked.count("Ayşe: ") == 20
