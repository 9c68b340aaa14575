"""The server speaks the language of whoever asks, and has a translation of all that it says."""

import re
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Field
from django.utils import translation

from chat.protocol.errors import PROVIDER_SENTENCES, ChatError, provider_message
from providers.errors import ERROR_CODES, ErrorCode, ProviderError
from scripts import messages
from tests.conversations.samples import conversation
from tests.services.server import Divan
from tests.services.wire import wire

NOBODYS = "20261120-104233-k3v9x2qd"
NO_CONVERSATION = {
    "en": "There is no such conversation.",
    "tr": "Böyle bir sohbet yok ya da size ait değil.",
    "ru": "Такой беседы нет, или она не ваша.",
}
NO_SERVER = {
    "en": "No server or model of that name is configured.",
    "tr": "Bu adda tanımlı bir sunucu ya da model yok.",
    "ru": "Сервер или модель с таким именем не настроены.",
}
SOURCE = """
from django.utils.translation import gettext as _, ngettext, pgettext
GREETING = _("Hello, {name}: %(count)s")
MAY = pgettext("month", "May")
FILES = ngettext("%(n)s file", "%(n)s files", 2)
"""
TEMPLATE = '{% load i18n %}\n    {% translate "From a template" %}\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project whose sentences have no translations yet."""
    for folder in messages.SOURCES:
        (tmp_path / folder).mkdir()
    (tmp_path / "chat" / "words.py").write_text(SOURCE)
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    messages.update(tmp_path)
    return tmp_path


def translate(project: Path, language: str, hello: str = "{name} %(count)s") -> None:
    """Writes into django.po alone, as a person with an editor would."""
    catalog = messages.translate_messages(project, language)
    for message in catalog:
        match message.id:
            case "":
                continue
            case "Hello, {name}: %(count)s":
                message.string = hello
            case str():
                message.string = f"{message.id}!"
            case _:
                message.string = ("%(n)s",) * catalog.num_plurals
    messages.text_path(project, language).write_bytes(messages.as_text(catalog, language))


def test_every_sentence_is_translated_with_its_placeholders_and_compiled() -> None:
    assert list(messages.problems()) == []


def test_every_language_that_is_offered_has_its_catalogue() -> None:
    assert {"en", *messages.LANGUAGES} == {code for code, _ in settings.LANGUAGES}


def test_the_sources_are_read() -> None:
    found = {message.id for message in messages.extract_messages(messages.ROOT)}
    assert {NO_CONVERSATION["en"], "Password"} <= found
    assert len(found) > 100


def test_what_is_not_translated_is_named_with_its_file(project: Path) -> None:
    found = [problem for problem in messages.problems(project) if problem.startswith("tr:")]
    assert [problem.partition("not translated: ")[2] for problem in found] == [
        "'Hello, {name}: %(count)s' (chat/words.py)",
        "'May' (chat/words.py)",
        "('%(n)s file', '%(n)s files') (chat/words.py)",
        "'From a template' (templates/page.html)",
    ]


@pytest.mark.parametrize(
    "hello", ["Selam, {name}", "Selam, {isim}: %(count)s", "Selam, {name}: %(count)s {x}"]
)
def test_a_translation_with_other_placeholders_is_named(project: Path, hello: str) -> None:
    for language in messages.LANGUAGES:
        translate(project, language, **({"hello": hello} if language == "tr" else {}))
    messages.update(project)
    assert list(messages.problems(project)) == [
        "tr: the placeholders differ: 'Hello, {name}: %(count)s' (chat/words.py)"
    ]


def test_a_compiled_file_that_lags_behind_is_named_until_it_is_updated(project: Path) -> None:
    for language in messages.LANGUAGES:
        translate(project, language)
    assert [problem.partition(";")[0] for problem in messages.problems(project)] == [
        "ru: django.mo is not what django.po says",
        "tr: django.mo is not what django.po says",
    ]
    messages.update(project)
    assert list(messages.problems(project)) == []


def test_updating_twice_changes_nothing_and_forgets_what_is_not_said_any_more(project: Path) -> None:
    for language in messages.LANGUAGES:
        translate(project, language)
    messages.update(project)
    files = sorted(path for path in (project / "chatbot_project").rglob("django.*"))
    before = [path.read_bytes() for path in files]
    messages.update(project)
    assert [path.read_bytes() for path in files] == before
    (project / "chat" / "words.py").write_text("")
    messages.update(project)
    assert [message.id for message in messages.translate_messages(project, "tr") if message.id] == [
        "From a template"
    ]


@pytest.mark.parametrize("language", ["tr", "ru"])
def test_every_error_of_a_provider_names_the_server_in_each_language(language: str) -> None:
    english = {code: provider_message(ProviderError(code), "ollama", "qwen3:8b") for code in ERROR_CODES}
    with translation.override(language):
        for code, sentence in english.items():
            said = provider_message(ProviderError(code), "ollama", "qwen3:8b")
            assert said != sentence
            assert "{" not in said
            assert ("ollama" in said, "qwen3:8b" in said) == ("ollama" in sentence, "qwen3:8b" in sentence)


@pytest.mark.parametrize("language", ["en", "tr", "ru"])
@pytest.mark.parametrize("code", sorted(ERROR_CODES))
def test_an_error_of_a_provider_says_each_thing_once(code: ErrorCode, language: str) -> None:
    """What happened is one sentence; what to do stands in the advice alone, in whatever language."""
    with translation.override(language):
        happened, advice = str(PROVIDER_SENTENCES[code].happened), str(PROVIDER_SENTENCES[code].advice)
        said = sentences(provider_message(ProviderError(code), "ollama", "qwen3:8b"))
    assert len(sentences(happened)) == (2 if code == "internal" else 1)
    assert len(said) == len(set(said)) == len(sentences(happened)) + len(sentences(advice))


def sentences(text: str) -> list[str]:
    return [sentence.casefold() for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence]


@pytest.mark.parametrize("language", ["en", "tr", "ru"])
async def test_rest_refuses_in_the_language_that_is_asked_for(server: Divan, language: str) -> None:
    headers = {"Accept-Language": f"de,{language};q=0.9"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http:
        said = await refusal(http, f"/api/conversations/{NOBODYS}")
        models = await refusal(http, "/api/models/nowhere/x")
    assert said == NO_CONVERSATION[language]
    assert models == NO_SERVER[language]


async def refusal(http: aiohttp.ClientSession, path: str) -> str:
    async with http.get(path) as answer:
        assert answer.status == 404
        message: str = (await answer.json())["error"]["message"]
        return message


async def test_the_chosen_language_goes_before_the_browsers(server: Divan) -> None:
    headers = {"Accept-Language": "tr", "Cookie": "django_language=ru"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http:
        said = await refusal(http, f"/api/conversations/{NOBODYS}")
    async with wire(server.socket_url, **headers) as page:
        refused = await page.ask("open", conversation=NOBODYS)
    assert [said, refused["message"]] == [NO_CONVERSATION["ru"]] * 2


async def test_english_is_spoken_where_it_is_asked_for_and_turkish_is_the_default(
    start_server: Callable[..., Divan],
) -> None:
    turkish = start_server(env={"LANGUAGE_CODE": "tr"})
    async with aiohttp.ClientSession(turkish.url) as http:
        unasked = await refusal(http, f"/api/conversations/{NOBODYS}")
    async with aiohttp.ClientSession(turkish.url, headers={"Accept-Language": "en-GB"}) as http:
        asked = await refusal(http, f"/api/conversations/{NOBODYS}")
    assert (unasked, asked) == (NO_CONVERSATION["tr"], NO_CONVERSATION["en"])


@pytest.mark.parametrize("language", ["en", "tr", "ru"])
async def test_a_socket_refuses_in_the_language_of_its_page(server: Divan, language: str) -> None:
    async with wire(server.socket_url, **{"Accept-Language": language}) as page:
        refused = await page.ask("open", conversation=NOBODYS)
    assert (refused["code"], refused["message"]) == ("not_found", NO_CONVERSATION[language])


async def test_two_readers_with_two_languages_do_not_disturb_each_other(server: Divan) -> None:
    async with (
        wire(server.socket_url, **{"Accept-Language": "tr"}) as turkish,
        wire(server.socket_url, **{"Accept-Language": "ru"}) as russian,
    ):
        refs = [await page.post("open", conversation=NOBODYS) for page in (turkish, russian) * 5]
        for page, language in ((turkish, "tr"), (russian, "ru")):
            await page.until(lambda event: event.get("ref") == refs[-1])
            said = {event["message"] for event in page.events if event["type"] == "error"}
            assert said == {NO_CONVERSATION[language]}


@pytest.mark.parametrize(("language", "excerpt"), [("tr", "yok"), ("ru", "нет")])
async def test_a_failed_answer_says_why_in_the_language_of_who_asked(
    server: Divan, language: str, excerpt: str
) -> None:
    async with wire(server.socket_url, **{"Accept-Language": language}) as page:
        lanes = [{"id": "lost", "model": "nowhere/qwen3:8b"}]
        where = server.put_conversation(conversation(lanes=lanes))
        sent = await page.ask("send", conversation=where, id="question00001", text="hi")
        record = await page.answer(sent["answers"][0])
    assert record["status"] == "failed"
    assert record["error"]["code"] == "model_not_found"
    assert "nowhere" in record["error"]["message"]
    assert excerpt in record["error"]["message"]


def test_an_error_is_worded_when_it_is_sent_and_not_when_it_is_raised() -> None:
    error = ChatError()
    with translation.override("tr"):
        turkish = str(error.message)
    assert turkish == "Sunucuda bir sorun çıktı. Ayrıntılar sunucunun günlüğünde."


def test_what_the_administration_begins_with_a_capital_has_a_turkish_one() -> None:
    """Django raises the first letter of a name as in English: `i` becomes `I`, in Turkish another letter."""
    with translation.override("tr"):
        own = [model for model in apps.get_models() if model.__module__.split(".")[0] in messages.SOURCES]
        fields = [field for model in own for field in model._meta.get_fields() if isinstance(field, Field)]
        # A field that no page shows has no name but the one that Django makes of Python's.
        shown = [
            str(field.verbose_name) for field in fields if field.verbose_name != field.name.replace("_", " ")
        ]
        shown += [str(model._meta.verbose_name) for model in own]
    assert len(shown) > 50
    assert [name for name in shown if name.startswith("i")] == []
