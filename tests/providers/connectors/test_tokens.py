import pytest

from providers import tokens
from providers.tokens import (
    COUNT_TIMEOUT,
    Count,
    count_request,
    estimate_request,
    estimate_tokens,
    estimate_tools,
)
from providers.types import ToolCall, ToolDefinition, ToolResult
from tests.providers.connectors.conftest import Connect
from tests.providers.connectors.hearing import asking, model, user
from tests.upstreams import Upstream
from tests.upstreams.script import refusal

TURKISH = (
    "Divan, kendi makinenizde çalışan bir sohbettir: birden çok dil modeli aynı konuşmada yanıt verir. Bir "
    "soru yazarsınız, yanıtlar yan yana akar, beğenmediğinizi durdurur, ötekini sürdürürsünüz. Her söz "
    "dosyada kalır; bağlantı kopsa da, sunucu çökse de okunmuş olan kaybolmaz. Modellerden biri susarsa "
    "öbürleri beklemez. Anahtarınız ne günlüklere ne de hata iletilerine düşer. Dün akşam yazdıklarınızı bu "
    "sabah bulursunuz, başlıklarıyla, dallarıyla, notlarıyla. İsterseniz bir soruyu yıllar sonra yeniden, "
    "başka modellerle sorabilirsiniz."
)
RUSSIAN = (
    "Диван — это чат на вашем собственном компьютере: несколько языковых моделей отвечают в одном разговоре. "
    "Вы задаёте вопрос, ответы появляются рядом, неудачный можно остановить, удачный продолжить. Всё "
    "сказанное остаётся в файле: даже если связь оборвётся или сервер упадёт, прочитанное не пропадёт. Если "
    "одна из моделей замолчала, остальные её не ждут. Ваш ключ не попадает ни в журналы, ни в сообщения об "
    "ошибках. Написанное вчера вечером вы найдёте сегодня утром, с заголовками, ветвями и пометками. При "
    "желании тот же вопрос можно через годы задать снова, другим моделям."
)
ENGLISH = (
    "Divan is a chat on a machine of your own, in which several language models answer in one conversation. "
    "You ask a question, the answers run side by side, you stop the one that you do not like and let the "
    "other go on. Every word is kept in a file: should the network go, or the server fall over, nothing that "
    "was read is lost. When one of the models falls silent the others do not wait for it. Your key is "
    "neither in the logs nor in the messages about errors. What you wrote last night is there in the "
    "morning, with its titles, its branches and its notes. Years later you can ask the same question again, "
    "of other models."
)
CODE = '''def models_in(payload: Any, server: ServerConfig) -> list[ModelInfo]:
    """A bare list (Together), `data`, `data: null`, or `models` beside `data` (llama-server)."""
    return [_info(row, server) for row in _rows(payload)]


def _rows(payload: Any) -> Iterator[Mapping[str, Any]]:
    rows, more = payload, {}
    if isinstance(payload, Mapping):
        rows = payload.get("data") or payload.get("models")
        if payload.get("data") and isinstance(payload.get("models"), list):
            more = {m.get("name"): m for m in payload["models"] if isinstance(m, Mapping)}
    for entry in rows if isinstance(rows, list) else ():
        row = {"id": entry} if isinstance(entry, str) else entry
        if not isinstance(row, Mapping):
            continue
'''


@pytest.mark.parametrize(
    ("text", "o200k", "cl100k"),
    [(TURKISH, 162, 211), (RUSSIAN, 148, 257), (ENGLISH, 140, 140), (CODE, 189, 189)],
    ids=["Turkish", "Russian", "English", "code"],
)
def test_the_estimate_lies_between_old_and_new_vocabularies(text: str, o200k: int, cl100k: int) -> None:
    """The counts are those of the vocabularies; docs/tokens.md has the measurement."""
    assert o200k * 0.88 <= estimate_tokens(text) <= cl100k * 1.1


@pytest.mark.parametrize(
    "text", ["你好，世界！今天天气很好，我们去公园散步吧。", "😀🚀🎉", "1234567890", "\ud83d", "   "]
)
def test_every_text_counts_for_something_and_not_for_too_much(text: str) -> None:
    assert 1 <= estimate_tokens(text) <= 3 * len(text)


def test_no_text_is_no_token() -> None:
    assert estimate_tokens("") == 0


@pytest.mark.parametrize(("name", "exact"), [("gemini", True), ("openai", False)])
async def test_a_service_that_counts_for_nothing_is_asked(
    name: str, exact: bool, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect(name)
    # The first request imports an SDK, which a count would not wait for.
    monkeypatch.setattr(tokens, "COUNT_TIMEOUT", 60.0)
    count = await count_request(connector, asking("gemini-3.8-flash", "Hi", system="Be brief."), 5)
    assert count == Count(8 if exact else 5, exact)


async def test_a_service_that_does_not_count_now_leaves_the_estimate(
    upstream: Upstream, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.upstreams.gemini.GeminiWire.base", "/elsewhere")
    assert COUNT_TIMEOUT < 5
    assert await count_request(connect("gemini"), asking("m"), 5) == Count(5, exact=False)
    upstream.play(refusal(500))
    assert await count_request(connect("anthropic"), asking("m"), 5) == Count(5, exact=False)


def test_what_tools_cost_is_in_the_estimate_of_a_request() -> None:
    tool = ToolDefinition("weather", "The weather of a city.", {"type": "object", "properties": {"city": {}}})
    plain = asking("m", "Weather?")
    told = asking("m", "Weather?", tools=(tool, tool))
    called = asking(
        "m",
        "Weather?",
        model(ToolCall("c1", "weather", '{"city": "İzmir"}')),
        user(ToolResult("c1", "weather", "21 °C, sunny, no wind at all")),
    )
    assert estimate_request(told) == estimate_request(plain) + estimate_tools((tool, tool))
    assert estimate_tools((tool,)) > 20
    assert estimate_request(called) > estimate_request(plain) + 25
