"""What a lane's card says of a model server that failed, and of another model that answered."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.ollama_server import OllamaServer
from tests.services.server import Divan, copy_database

NO_MEMORY = "model requires more system memory (9.8 GiB) than is available (3.1 GiB)"


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer(["qwen3:8b", "gemma3:4b"], loaded=["gemma3:4b"]) as running:
        yield running


@pytest.fixture(scope="module")
def divan_with_ollama(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path, ollama: OllamaServer
) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"OLLAMA_BASE_URL": ollama.url}) as running:
        yield running


@pytest.mark.parametrize(
    ("locale", "happened", "button"),
    [
        ("en-GB", "The machine of ollama could not run qwen3:8b.", "Models in memory"),
        ("tr-TR", "ollama sunucusunun donanımı qwen3:8b modelini çalıştıramadı.", "Bellekteki modeller"),
        ("ru-RU", "Оборудование сервера ollama не смогло запустить qwen3:8b.", "Модели в памяти"),
    ],
)
def test_lack_of_memory_is_told_and_leads_to_what_takes_it(
    locale: str, happened: str, button: str,
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer,
) -> None:  # fmt: skip
    ollama.refusal = NO_MEMORY
    chat = open_chat(divan_with_ollama, "/?model=ollama%2Fqwen3:8b", locale=locale)
    chat.say("Hi")
    card = chat.answer
    expect(card.locator(".message")).to_contain_text(happened)
    expect(card.locator(".message")).to_contain_text(NO_MEMORY)
    expect(card.locator(".title")).to_have_count(0)
    card.get_by_role("button", name=button).click()
    expect(chat.page.get_by_role("dialog").get_by_text("gemma3:4b").first).to_be_visible()


def test_an_answer_that_broke_off_is_continued_and_its_tokens_are_an_estimate(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.say("/echo length=40 cut=9 speed=0")
    chat.expect_status("failed")
    said = chat.text.inner_text()
    assert said
    expect(chat.answer.locator(".figures")).to_contain_text(re.compile(r"about \d+ tokens"))
    chat.answer.get_by_role("button", name="Continue", exact=True).click()
    expect(chat.answer.get_by_text("2/2")).to_be_visible()
    expect(chat.text).to_contain_text(said.split()[0])
    chat.expect_status("complete")
    assert chat.text.inner_text().startswith(said.strip()[:20])


def test_what_failed_without_a_word_is_tried_again_alone_and_another_model_that_answers_is_named(
    open_chat: OpenChat, divan_with_ollama: Divan, ollama: OllamaServer
) -> None:
    ollama.refusal = NO_MEMORY
    chat = open_chat(divan_with_ollama, "/?model=ollama%2Fqwen3:8b")
    chat.say("Hi")
    chat.expect_status("failed")
    expect(chat.answer.get_by_role("button", name="Retry")).to_be_visible()
    expect(chat.answer.get_by_role("button", name="Continue", exact=True)).to_have_count(0)
    ollama.refusal, ollama.answers_as = "", "llama3.2:3b"
    chat.answer.get_by_role("button", name="Retry").click()
    chat.expect_status("complete")
    expect(chat.answer.get_by_text("answered by llama3.2:3b")).to_be_visible()


def test_an_answer_that_was_to_be_json_and_is_none_says_so(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, "/?model=echo%2Fecho")
    chat.button(re.compile("^Settings for")).click()
    chat.page.get_by_label("Answer in JSON").check()
    chat.button("Save").click()
    chat.ask_echo("Hi", "speed=0 length=30")
    chat.expect_status("complete")
    expect(chat.answer.get_by_text("This answer is not valid JSON.")).to_be_visible()
    chat.page.reload()
    expect(chat.answer.get_by_text("This answer is not valid JSON.")).to_be_visible()
