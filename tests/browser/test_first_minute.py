"""The first minute of a new user: no key, no model, and a page that says how to come by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.ollama_server import OllamaServer
from tests.services.server import Divan, copy_database


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer([]) as running:
        yield running


@pytest.fixture(scope="module")
def divan_with_empty_ollama(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path, ollama: OllamaServer
) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"OLLAMA_BASE_URL": ollama.url}) as running:
        yield running


def test_without_any_model_the_page_says_how_to_come_by_one(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    expect(chat.page.get_by_text("Only the built-in echo model is here so far")).to_be_visible()
    expect(chat.page.get_by_text("ollama pull qwen3:8b")).to_be_visible()
    expect(chat.page.get_by_role("link", name="Ollama")).to_have_attribute(
        "href", "https://ollama.com/download"
    )
    chat.button("Look again").click()
    expect(chat.page.get_by_role("status").get_by_text("No other model was found yet.")).to_be_visible()
    chat.button("Set up services").click()
    expect(chat.page.get_by_role("dialog", name="Services")).to_be_visible()


def test_an_ollama_without_models_offers_a_download_and_what_it_brings_answers(
    open_chat: OpenChat, divan_with_empty_ollama: Divan, ollama: OllamaServer
) -> None:
    chat = open_chat(divan_with_empty_ollama)
    expect(chat.page.get_by_text("Ollama runs here and has no model yet.")).to_be_visible()
    chat.button("Download a model").click()
    expect(chat.page.get_by_role("dialog", name="Ollama")).to_be_visible()
    chat.page.keyboard.press("Escape")
    ollama.models.append("qwen3:8b")
    chat.button("Look again").click()
    expect(chat.page.get_by_text("Only the built-in echo model")).to_have_count(0)
    chat.say("Hello")
    expect(chat.text).to_have_text("At your service.")
