"""The offline model `echo`: answers without any service, for a first look, demonstrations and tests.

It repeats what it was told in a friendly answer, word by word. A line of the message that begins with
`/echo` directs it; words are `name` or `name=value`, and the line is left out of the answer:

    speed=40        tokens (words) a second; 0: as fast as it can
    delay=0.2       seconds before the first token
    length=200      tokens of the answer; filled up with a text, or cut
    markdown        an answer with a table, code, math, a list and a quotation
    reasoning       thinks aloud first
    fail=CODE       fails with an error code (auth, quota, rate_limited …) instead of answering
    retry_after=3   goes with `fail`; seconds
    cut=12          the connection "breaks" after 12 tokens
    stall=12        falls silent after 12 tokens, until the time-out or Stop
    tool=NAME       calls the tool NAME with the message as its argument `text`, then says the result
    args={"a":1}    goes with `tool`: the arguments, without spaces
    rounds=3        goes with `tool`: calls it three times, one after the other

The same message always gets the same answer. See docs/echo.md.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.json_text import dump_loose_json
from core.text.data_fences import unfence_data
from providers.connectors.base import Connector
from providers.connectors.echo.declaration import DECLARATION
from providers.errors import ERROR_CODES, ErrorCode, ProviderError
from providers.types import (
    ChatRequest,
    Done,
    Image,
    Message,
    ModelInfo,
    ReasoningDelta,
    StreamEvent,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    Usage,
)

MODEL = "echo"
SPEED = 40.0
LONGEST = 200_000

Language = Literal["en", "tr", "ru"]

_GREETING: Mapping[Language, str] = {
    "en": "Hello! I am **echo**, the offline model of Divan. I cannot think, but I can show you how an answer"
    " arrives, without a key and without a network.\n\n",
    "tr": "Merhaba! Ben **echo**, Divan'ın çevrimdışı modeliyim. Düşünemem, ama bir yanıtın nasıl geldiğini"
    " anahtarsız ve ağsız gösterebilirim.\n\n",
    "ru": "Здравствуйте! Я **echo**, офлайн-модель Divan. Думать я не умею, но могу показать, как приходит"
    " ответ, без ключа и без сети.\n\n",
}
_SAID: Mapping[Language, str] = {"en": "You said:\n\n", "tr": "Şunu yazdınız:\n\n", "ru": "Вы написали:\n\n"}
_HINT: Mapping[Language, str] = {
    "en": "\n\nTry `/echo markdown`, `/echo reasoning length=300` or `/echo fail=rate_limited`. For answers"
    " with more to say, add Gemini, Hugging Face, Ollama or any OpenAI-compatible server.",
    "tr": "\n\n`/echo markdown`, `/echo reasoning length=300` ya da `/echo fail=rate_limited` deneyin."
    " Söyleyecek daha çok şeyi olan yanıtlar için Gemini, Hugging Face, Ollama ya da OpenAI uyumlu bir"
    " sunucu ekleyin.",
    "ru": "\n\nПопробуйте `/echo markdown`, `/echo reasoning length=300` или `/echo fail=rate_limited`. Чтобы"
    " отвечали модели поумнее, добавьте Gemini, Hugging Face, Ollama или любой OpenAI-совместимый сервер.",
}
_MARKDOWN = """

## What an answer can hold

| language | hello | letters |
|---|---|---:|
| Türkçe | Merhaba | 7 |
| Русский | Здравствуйте | 12 |
| English | Hello | 5 |

1. A list with `code` in it
2. **Bold**, *italic* and ~~struck~~ words
   - and a point below

```python
def greet(name: str) -> str:
    return f"Merhaba, {name}!"
```

> A quotation, and money that is no formula: $5 and $6.

Inline $e^{i\\pi} + 1 = 0$, and on its own:

$$\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$$
"""
_REASONING = (
    "The person wrote {words} words. I am to repeat them, politely and in their language. "
    "Nothing has to be looked up, so I can answer at once."
)
_FILLER = (
    "A council listens before it speaks. Each voice is heard to its end, no voice drowns another, "
    "and what was said is written down.\n\n"
)

_DIRECTIVE = re.compile(r"^[ \t]*/echo\b([^\n]*)\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Directions:
    speed: float = SPEED
    delay: float = 0.0
    length: int | None = None
    markdown: bool = False
    reasoning: bool = False
    fail: ErrorCode | None = None
    retry_after: float | None = None
    cut: int | None = None
    stall: int | None = None
    tool: str | None = None
    args: str | None = None
    rounds: int = 1


class EchoConnector(Connector):
    provider = DECLARATION.provider

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent]:
        said = _last_said(request)
        directions = read_directions(said)
        await asyncio.sleep(directions.delay)
        if directions.fail:
            raise ProviderError(
                directions.fail,
                "echo was told to fail",
                server=self.server.name,
                model=request.model,
                retry_after=directions.retry_after,
            )
        plain = _DIRECTIVE.sub("", said).strip()
        words = sum(len(text.split()) for text in _spoken(request))
        if directions.tool and calls_again(request, directions):
            arguments = directions.args or dump_loose_json({"text": plain}).decode()
            call = f"echo-{len(results_since_question(request)) + 1}"
            yield ToolCallDelta(ToolCall(call, directions.tool, arguments))
            yield Done("tool_calls", Usage(input=words, output=1), MODEL)
            return
        reasoned = 0
        ticks = _Pace(directions.speed)
        if directions.reasoning or request.params.thinking not in (None, "off"):
            for token in tokens_of(_REASONING.format(words=len(plain.split()))):
                yield ReasoningDelta(token)
                reasoned += 1
                await ticks.wait()
        limit = request.params.max_tokens
        sent = 0
        for token in itertools.islice(_answer(plain, request, directions), limit):
            await self._break_off(directions, sent)
            yield TextDelta(token)
            sent += 1
            await ticks.wait()
        await self._break_off(directions, sent)
        usage = Usage(input=words, output=sent + reasoned, reasoning=reasoned)
        yield Done("length" if sent == limit else "stop", usage, MODEL)

    async def list_models(self) -> Sequence[ModelInfo]:
        return [
            ModelInfo(
                id=MODEL,
                name="Echo",
                provider=self.provider,
                server=self.server.name,
                description="Offline: repeats what it is told. For a first look, demonstrations and tests.",
                context_length=LONGEST,
                max_tokens=LONGEST,
                capabilities=frozenset({"chat", "thinking", "tools"}),
                loaded=True,
            )
        ]

    async def aclose(self) -> None:
        pass

    async def _break_off(self, directions: Directions, sent: int) -> None:
        if directions.stall == sent:
            await asyncio.Event().wait()
        if directions.cut == sent:
            raise ProviderError(
                "bad_response", "the connection ended before the answer did", server=self.server.name
            )


def read_directions(text: str) -> Directions:
    """What the `/echo` lines of a message ask for. Words that are not known are passed over."""
    found: dict[str, str] = {}
    for line in _DIRECTIVE.finditer(text):
        for word in line.group(1).split():
            name, _, value = word.partition("=")
            found[name.lower()] = value
    fail = found.get("fail")
    return Directions(
        speed=_number(found.get("speed"), SPEED),
        delay=_number(found.get("delay"), 0.0),
        length=_count(found.get("length")),
        markdown="markdown" in found,
        reasoning="reasoning" in found,
        fail=next((code for code in ERROR_CODES if code == fail), None),
        retry_after=_number(found["retry_after"], 0.0) if "retry_after" in found else None,
        cut=_count(found.get("cut")),
        stall=_count(found.get("stall")),
        tool=found.get("tool") or None,
        args=found.get("args") or None,
        rounds=_count(found.get("rounds")) or 1,
    )


def calls_again(request: ChatRequest, directions: Directions) -> bool:
    """Not once the tools that it was offered are taken from it."""
    made = len(results_since_question(request))
    return made == 0 or (made < directions.rounds and bool(request.tools))


def is_question(message: Message) -> bool:
    return message.role == "user" and not any(isinstance(part, ToolResult) for part in message.parts)


def results_since_question(request: ChatRequest) -> list[ToolResult]:
    """What tools have given in this answer."""
    found: list[ToolResult] = []
    for message in reversed(request.messages):
        if is_question(message):
            break
        found = [part for part in message.parts if isinstance(part, ToolResult)] + found
    return found


def tokens_of(text: str) -> list[str]:
    """Words with the white space before them; joined they are `text` again."""
    return re.findall(r"\s*\S+|\s+$", text)


class _Pace:
    """Keeps a rate over the whole answer: a late token makes the next ones come sooner."""

    def __init__(self, speed: float) -> None:
        self._step = 1 / speed if speed > 0 else 0.0
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()

    async def wait(self) -> None:
        self._due += self._step
        await asyncio.sleep(max(0.0, self._due - self._loop.time()) if self._step else 0)


def _spoken(request: ChatRequest) -> Iterator[str]:
    yield request.system
    for message in request.messages:
        yield from (part.text for part in message.parts if isinstance(part, Text))


def _last_said(request: ChatRequest) -> str:
    for message in reversed(request.messages):
        if is_question(message):
            return "\n".join(part.text for part in message.parts if isinstance(part, Text))
    return ""


def _answer(plain: str, request: ChatRequest, directions: Directions) -> Iterator[str]:
    language = language_of(plain)
    first = sum(map(is_question, request.messages)) <= 1
    text = (_GREETING[language] if first else "") + _results(request)
    if plain:
        text += _SAID[language] + "\n".join(f"> {line}" for line in plain.splitlines()) + _pictures(request)
    if directions.markdown:
        text += _MARKDOWN
    elif first or not plain:
        text += _HINT[language]
    if request.params.json:
        text = dump_loose_json({"echo": plain}).decode()
    for word in request.stop:
        text = text.partition(word)[0]
    tokens = iter(tokens_of(text))
    if directions.length is None:
        return tokens
    filler = itertools.cycle(tokens_of("\n\n" + _FILLER.strip()))
    return itertools.islice(itertools.chain(tokens, filler), min(directions.length, LONGEST))


def _results(request: ChatRequest) -> str:
    results = results_since_question(request)
    return "".join(f"`{result.name}`: {unfence_data(result.content)}\n\n" for result in results)


def _pictures(request: ChatRequest) -> str:
    parts = request.messages[-1].parts if request.messages else ()
    return "".join(f"\n\n[{part.mime}, {len(part.data)} bytes]" for part in parts if isinstance(part, Image))


def language_of(text: str) -> Language:
    if re.search(r"[а-яёА-ЯЁ]", text):
        return "ru"
    turkish = re.search(r"[ğışİĞŞ]|(?i:\b(ve|bir|merhaba|nasıl|selam)\b)", text)
    return "tr" if turkish else "en"


def _number(value: str | None, default: float) -> float:
    try:
        number = float(value) if value else default
    except ValueError:
        return default
    return number if 0 <= number < 1e6 else default


def _count(value: str | None) -> int | None:
    return int(value) if value and value.isdecimal() else None
