"""A person's own password and the devices on which they are logged in."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import MakeContext
from tests.browser.test_accessibility import faults, faults_by_scheme
from tests.services.server import Divan, copy_database

PASSWORD, NEW = "a-long-enough-secret", "another-long-secret 7"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0 Safari/537.36"
NAMES = count(1)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("accounts") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder, env={"AUTH_MODE": "accounts"}) as running:
        yield running


@pytest.fixture
def person(accounts: Divan) -> str:
    name = f"ayşe{next(NAMES)}"
    make = f"User.objects.create_user({name!r}, password={PASSWORD!r})"
    accounts.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
    return name


def log_in(chat: ChatPage, url: str, person: str, password: str = PASSWORD) -> ChatPage:
    chat.page.goto(f"{url}/login/")
    chat.page.locator("input[name=username]").fill(person)
    chat.page.locator("input[name=password]").fill(password)
    chat.page.locator("form:has(input[name=password]) button[type=submit]").click()
    expect(chat.composer).to_be_visible()
    return chat


def test_a_person_changes_their_password_and_logs_another_device_out(
    contexts: MakeContext, accounts: Divan, person: str
) -> None:
    chat = log_in(ChatPage(contexts().new_page(), accounts.url), accounts.url, person)
    phone = log_in(ChatPage(contexts(user_agent=PHONE).new_page(), accounts.url), accounts.url, person)
    chat.button("Settings").click()
    chat.button("Password and devices…").click()
    devices = chat.page.get_by_role("region", name="Devices").get_by_role("listitem")
    expect(devices).to_have_count(2)
    expect(devices.nth(0)).to_contain_text("This device")
    expect(devices.nth(1)).to_contain_text("Chrome on Android")
    devices.nth(1).get_by_role("button").click()
    expect(devices).to_have_count(1)
    # What it has open ends by itself, and the page asks for a login.
    expect(phone.page.get_by_label("Password")).to_be_visible(timeout=20_000)
    form = chat.page.get_by_role("form", name="Password")
    change = form.get_by_role("button", name="Change password")
    form.get_by_label("Old password").fill("wrong")
    form.get_by_label("New password", exact=True).fill("aaaaaaaa")
    expect(form).to_contain_text("Easy to guess")
    form.get_by_label("New password", exact=True).fill(NEW)
    expect(form).to_contain_text("Strong")
    form.get_by_label("New password, once more").fill("something else")
    expect(form).to_contain_text("The passwords do not match.")
    expect(change).to_be_disabled()
    form.get_by_label("New password, once more").fill(NEW)
    change.click()
    expect(form.get_by_role("alert")).to_have_text("The old password is not right.")
    form.get_by_label("Old password").fill(PASSWORD)
    # The socket that the old password had let in is closed; the page goes on with its new session.
    with chat.page.expect_websocket(timeout=30_000):
        change.click()
    expect(chat.page.locator(".toast").filter(has_text="The password is changed.")).to_be_visible()
    expect(form.get_by_label("Old password")).to_have_value("")
    chat.page.keyboard.press("Escape")
    chat.ask_echo("still here", "speed=0")
    log_in(phone, accounts.url, person, NEW)


def test_a_person_sees_what_they_keep_and_their_devices_on_a_small_screen_without_a_fault(
    contexts: MakeContext, accounts: Divan, person: str
) -> None:
    context = contexts(viewport={"width": 360, "height": 740}, locale="tr")
    chat = log_in(ChatPage(context.new_page(), accounts.url), accounts.url, person)
    chat.page.get_by_role("button", name="Kenar çubuğunu aç").click()
    chat.button("Ayarlar").click()
    storage = chat.page.get_by_role("region", name="Depolama")
    expect(storage.get_by_role("progressbar")).to_have_count(3)
    expect(storage).to_contain_text("0 / 20")
    expect(storage).to_contain_text("Belgeler")
    storage.scroll_into_view_if_needed()
    assert faults(chat) == []
    if folder := os.environ.get("DIVAN_SHOTS"):
        chat.page.screenshot(path=f"{folder}/storage.png")
    chat.button("Parola ve cihazlar…").click()
    expect(chat.page.get_by_text("Bu cihaz", exact=True)).to_be_visible()
    assert faults_by_scheme(chat) == []
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 360
    if folder := os.environ.get("DIVAN_SHOTS"):
        chat.page.screenshot(path=f"{folder}/account-dark.png")
    assert chat.troubles == []
