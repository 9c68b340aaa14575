"""The pages outside of the client: log in, log out, not found."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import MakeContext
from tests.browser.test_accessibility import faults, faults_by_scheme
from tests.services.processes import ROOT
from tests.services.server import Divan, copy_database

NAME, PASSWORD = "ayşe", "a-long-enough-secret"
TOKEN = re.compile(r"^\s*(--[\w-]+):\s*(.+?);$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("accounts") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"AUTH_MODE": "accounts"}) as running:
        make = f"User.objects.create_user({NAME!r}, password={PASSWORD!r})"
        running.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
        yield running


def visit(context: BrowserContext, server: Divan, path: str) -> ChatPage:
    chat = ChatPage(context.new_page(), server.url)
    chat.page.goto(server.url + path)
    return chat


def log_in(chat: ChatPage, password: str) -> None:
    chat.page.get_by_label("User name").fill(NAME)
    chat.page.get_by_label("Password").fill(password)
    chat.button("Log in").click()


def test_a_person_logs_in_lands_where_they_were_going_and_logs_out(
    contexts: MakeContext, accounts: Divan
) -> None:
    chat = visit(contexts(), accounts, "/?from=mail")
    expect(chat.page).to_have_title("Log in · Divan")
    expect(chat.page.get_by_label("User name")).to_be_focused()
    log_in(chat, PASSWORD)
    expect(chat.composer).to_be_visible()
    assert chat.path == "/?from=mail"
    chat.button("Log out").click()
    expect(chat.page.get_by_label("Password")).to_be_visible()
    assert chat.troubles == []


def test_a_wrong_password_is_told_and_only_the_password_is_asked_again(
    contexts: MakeContext, accounts: Divan
) -> None:
    chat = visit(contexts(), accounts, "/login/?next=/c/x")
    log_in(chat, "wrong")
    expect(chat.page.get_by_role("alert")).to_have_text("That name and password do not match.")
    expect(chat.page.get_by_label("User name")).to_have_value(NAME)
    expect(chat.page.get_by_label("Password")).to_be_focused()
    expect(chat.page.get_by_label("Password")).to_have_accessible_description(
        "That name and password do not match."
    )
    log_in(chat, PASSWORD)
    expect(chat.page).to_have_url(f"{accounts.url}/c/x")


def test_the_language_is_chosen_and_the_way_is_not_forgotten(contexts: MakeContext, accounts: Divan) -> None:
    chat = visit(contexts(locale="ru"), accounts, "/login/?next=/c/x%3Fa%3D1")
    expect(chat.button("Русский")).to_have_attribute("aria-current", "true")
    chat.button("Türkçe").click()
    expect(chat.page.get_by_role("button", name="Oturum aç")).to_be_visible()
    expect(chat.button("Türkçe")).to_have_attribute("aria-current", "true")
    assert chat.page.locator("html").get_attribute("lang") == "tr"
    assert chat.page.locator("input[name=next]").first.input_value() == "/c/x?a=1"
    assert chat.troubles == []


def test_the_page_has_no_fault_and_fits_a_small_screen(contexts: MakeContext, accounts: Divan) -> None:
    context = contexts(viewport={"width": 360, "height": 640})
    chat = visit(context, accounts, "/login/")
    log_in(chat, "wrong")
    expect(chat.page.get_by_role("alert")).to_be_visible()
    assert faults_by_scheme(chat) == []
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 360
    assert chat.troubles == []


def test_what_is_not_there_is_said_by_a_page_of_the_same_look(contexts: MakeContext, accounts: Divan) -> None:
    chat = visit(contexts(locale="tr"), accounts, "/nowhere")
    expect(chat.page.get_by_role("heading")).to_have_text("Bulunamadı")
    expect(chat.page.get_by_role("link", name="Sohbetlere dön")).to_have_attribute("href", "/")
    assert faults(chat) == []
    assert chat.troubles == []


def test_a_form_that_has_expired_says_so_and_leads_back(contexts: MakeContext, accounts: Divan) -> None:
    context = contexts()
    chat = visit(context, accounts, "/login/")
    context.clear_cookies()
    log_in(chat, PASSWORD)
    expect(chat.page.get_by_role("heading")).to_have_text("The page is out of date")
    chat.page.get_by_role("link", name="Open the page anew").click()
    log_in(chat, PASSWORD)
    expect(chat.composer).to_be_visible()
    assert chat.troubles == []


@pytest.mark.parametrize(("file", "prefix"), [("login.css", "--"), ("admin.css", "--divan-")])
def test_its_colours_and_sizes_are_those_of_the_client(file: str, prefix: str) -> None:
    named = {(name.removeprefix(prefix), value) for name, value in tokens(file) if name.startswith(prefix)}
    assert len(named) > 15
    assert (
        named - {(name.removeprefix("--"), value) for name, value in tokens("../src/styles/tokens.css")}
        == set()
    )


def tokens(file: str) -> set[tuple[str, str]]:
    text = (ROOT / "static" / "public" / file).read_text()
    return {(name, " ".join(value.split())) for name, value in TOKEN.findall(text)}
