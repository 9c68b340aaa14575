"""Settings → Services: an administrator adds a service with its key, and everybody's models change."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import MakeContext, OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_accessibility import faults_by_scheme
from tests.browser.test_login import visit
from tests.services.server import Divan, copy_database


@pytest.fixture
def fresh(tmp_path: Path, database_with_tables: Path) -> Iterator[Divan]:
    """A server without any model but the echo's, and without an Ollama that may run on this machine."""
    folder = tmp_path / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"OLLAMA_BASE_URL": ""}) as running:
        yield running


def services_of(chat: ChatPage) -> Locator:
    chat.button("Settings").click()
    chat.page.get_by_role("dialog", name="Settings").get_by_role("button", name="Manage services").click()
    return chat.page.get_by_role("dialog", name="Services")


def begin_adding(dialog: Locator, model_server: ModelServer) -> None:
    dialog.get_by_role("button", name="Another server").click()
    dialog.get_by_label("Address").fill(f"{model_server.url}/v1")
    dialog.get_by_label("Key", exact=True).fill("sk-secret")


def add(dialog: Locator, model_server: ModelServer) -> None:
    begin_adding(dialog, model_server)
    dialog.get_by_role("button", name="Add and test").click()
    expect(dialog.get_by_text("has 3 models")).to_be_visible()


def test_the_first_run_leads_there_and_the_first_service_answers_at_once(
    open_chat: OpenChat, fresh: Divan, models: ModelServer
) -> None:
    chat = open_chat(fresh)
    chat.button("Set up services").click()
    dialog = chat.page.get_by_role("dialog", name="Services")
    expect(dialog.get_by_role("button", name="Google Gemini")).to_be_visible()
    add(dialog, models)
    expect(dialog.get_by_role("listitem").filter(has_text="quick-one").first).to_be_visible()
    assert "sk-secret" not in chat.page.content()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_text("Only the built-in echo model")).to_have_count(0)
    chat.button(re.compile("^Change the model")).click()
    expect(chat.page.get_by_role("option", name="quick-one").first).to_be_visible()


def test_a_test_that_fails_names_the_fault_and_offers_the_address_that_answers(
    open_chat: OpenChat, fresh: Divan, models: ModelServer
) -> None:
    dialog = services_of(open_chat(fresh))
    begin_adding(dialog, models)
    dialog.get_by_label("Address").fill("http://127.0.0.1:9/v1")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_text("The address:")).to_be_visible()
    expect(dialog.get_by_text("Connection refused")).to_be_visible()
    dialog.get_by_label("Address").fill(models.url.replace("http:", "https:"))
    dialog.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_role("button", name="Use that").click()
    expect(dialog.get_by_text("has 3 models")).to_be_visible()
    expect(dialog.get_by_label("Address")).to_have_value(f"{models.url}/v1")


def test_a_model_is_renamed_hidden_and_shown_and_the_server_switched_off_and_deleted(
    open_chat: OpenChat, fresh: Divan, models: ModelServer
) -> None:
    chat = open_chat(fresh)
    dialog = services_of(chat)
    add(dialog, models)
    dialog.get_by_role("button", name="Change quick-one").click()
    dialog.get_by_label("Displayed name").fill("Quick")
    dialog.get_by_label("Input, USD").fill("1.5")
    dialog.get_by_label("Output, USD").fill("6")
    dialog.get_by_role("listitem").get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("button", name="Hide Quick")).to_be_visible()
    dialog.get_by_role("button", name="Hide slow-one").click()
    expect(dialog.get_by_role("button", name="Show slow-one")).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.button(re.compile("^Change the model")).click()
    expect(chat.page.get_by_role("option", name="Quick").first).to_be_visible()
    expect(chat.page.get_by_role("option", name="slow-one")).to_have_count(0)
    chat.page.keyboard.press("Escape")
    dialog = services_of(chat)
    dialog.get_by_role("navigation").get_by_role("button", name="server").click()
    dialog.get_by_label("On", exact=True).click()
    expect(dialog.get_by_role("navigation").get_by_text("Switched off")).to_be_visible()
    dialog.get_by_role("button", name="Delete this server").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_role("navigation").get_by_text("Switched off")).to_have_count(0)


def test_no_view_of_it_has_a_fault_for_screen_readers(
    open_chat: OpenChat, fresh: Divan, models: ModelServer
) -> None:
    chat = open_chat(fresh)
    dialog = services_of(chat)
    expect(dialog.get_by_role("button", name="Google Gemini")).to_be_visible()
    assert faults_by_scheme(chat) == []
    begin_adding(dialog, models)
    dialog.get_by_text("Name, limits and headers").click()
    expect(dialog.get_by_label("Requests a minute")).to_be_visible()
    assert faults_by_scheme(chat) == []
    dialog.get_by_role("button", name="Add and test").click()
    dialog.get_by_role("button", name="Change quick-one").click()
    expect(dialog.get_by_label("Displayed name")).to_be_visible()
    assert faults_by_scheme(chat) == []


def test_whoever_is_no_administrator_is_offered_none_of_it(
    contexts: MakeContext, tmp_path: Path, database_with_tables: Path
) -> None:
    folder = tmp_path / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"AUTH_MODE": "accounts"}) as running:
        make = "User.objects.create_user('bob', password='a-long-enough-secret')"
        running.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
        chat = visit(contexts(), running, "/")
        chat.page.get_by_label("User name").fill("bob")
        chat.page.get_by_label("Password").fill("a-long-enough-secret")
        chat.button("Log in").click()
        expect(chat.page.get_by_text("Whoever runs this Divan can add models.")).to_be_visible()
        expect(chat.button("Set up services")).to_have_count(0)
        chat.button("Settings").click()
        expect(chat.page.get_by_role("dialog", name="Settings")).to_be_visible()
        expect(chat.button("Manage services")).to_have_count(0)
