"""Settings follow the account to every browser, and stay with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Response, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import MakeContext, OpenChat
from tests.browser.test_login import visit
from tests.services.server import Divan, copy_database

PASSWORD = "a-long-enough-secret"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("accounts") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"AUTH_MODE": "accounts"}) as running:
        for name in ("ann", "bob", "cem"):
            make = f"User.objects.create_user({name!r}, password={PASSWORD!r})"
            running.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
        yield running


def logged_in(context: BrowserContext, server: Divan, name: str) -> ChatPage:
    chat = visit(context, server, "/")
    chat.page.get_by_label("User name").fill(name)
    chat.page.get_by_label("Password").fill(PASSWORD)
    chat.button("Log in").click()
    expect(chat.composer).to_be_visible()
    return chat


def is_kept(answer: Response) -> bool:
    return answer.request.method == "PATCH" and answer.url.endswith("/api/preferences")


def make_dark_and_large(chat: ChatPage) -> None:
    chat.button("Settings").click()
    dialog = chat.page.get_by_role("dialog", name="Settings")
    with chat.page.expect_response(is_kept):
        dialog.get_by_text("Dark", exact=True).click()
    with chat.page.expect_response(is_kept):
        dialog.get_by_label("Text size").select_option("large")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def look(chat: ChatPage) -> tuple[str | None, str | None]:
    root = chat.page.locator("html")
    return root.get_attribute("data-theme"), root.get_attribute("data-text-size")


def test_what_is_set_in_one_browser_is_so_in_another(contexts: MakeContext, accounts: Divan) -> None:
    here = logged_in(contexts(), accounts, "ann")
    make_dark_and_large(here)
    there = logged_in(contexts(), accounts, "ann")
    assert look(there) == ("dark", "large")
    assert there.troubles == []


def test_a_page_speaks_the_language_that_was_chosen_in_another_browser(
    contexts: MakeContext, accounts: Divan
) -> None:
    here = logged_in(contexts(), accounts, "bob")
    there = logged_in(contexts(), accounts, "bob")
    here.button("Settings").click()
    language = here.page.get_by_role("dialog", name="Settings").get_by_label("Language")
    with here.page.expect_response(is_kept):
        language.select_option("tr")
    expect(there.button("Settings")).to_be_visible()
    # As a browser tells a page that is looked at again.
    there.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(there.button("Ayarlar")).to_be_visible()
    assert there.troubles == []


def test_two_people_at_one_browser_share_nothing(contexts: MakeContext, accounts: Divan) -> None:
    context = contexts()
    cem = logged_in(context, accounts, "cem")
    make_dark_and_large(cem)
    cem.composer.fill("Only for me")
    cem.page.wait_for_function("Object.values(localStorage).some(kept => kept.includes('Only for me'))")
    cem.button("Log out").click()
    expect(cem.page.get_by_label("Password")).to_be_visible()
    assert look(cem) == ("system", "normal")
    assert cem.page.evaluate("Object.keys(localStorage)") == []
    bob = logged_in(context, accounts, "bob")
    assert look(bob) == ("system", "normal")
    expect(bob.composer).to_have_value("")


def test_the_sole_person_of_a_machine_has_them_in_every_browser_too(
    open_chat: OpenChat, contexts: MakeContext, divan: Divan
) -> None:
    make_dark_and_large(open_chat(divan))
    assert look(open_chat(divan, context=contexts())) == ("dark", "large")
