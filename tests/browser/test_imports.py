"""Importing from the page: counted first, taken in with progress, and once."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.test_sidebar import row
from tests.chat.test_imports import export
from tests.services.processes import wait_until
from tests.services.server import Divan


@pytest.fixture
def chat(open_chat: OpenChat, divan: Divan) -> ChatPage:
    return open_chat(divan)


def begin(chat: ChatPage) -> None:
    chat.button("Archive, trash, import and export").click()
    chat.page.get_by_role("menuitem", name="Import conversations").click()


def give(chat: ChatPage, name: str, data: bytes) -> None:
    file: FilePayload = {"name": name, "mimeType": "application/json", "buffer": data}
    chat.page.locator("input[type=file][accept*=zip]").set_input_files(file)


def test_a_file_is_counted_taken_in_and_stands_once(chat: ChatPage) -> None:
    begin(chat)
    dialog = chat.page.get_by_role("dialog")
    give(chat, "conversations.json", export(30))
    expect(dialog).to_contain_text("This would be imported")
    expect(dialog).to_contain_text("Conversations31")
    expect(dialog).to_contain_text("no conversation of a known kind1")
    expect(chat.rows).to_have_count(0)
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog.get_by_role("heading", name="Imported")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(row(chat, "Kediler")).not_to_have_count(0)
    begin(chat)
    give(chat, "conversations.json", export(30))
    expect(dialog).to_contain_text("nothing new in this file")
    expect(dialog).to_contain_text("here already31")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_have_count(0)


def test_an_import_is_stopped_and_goes_on_another_time(chat: ChatPage, divan: Divan) -> None:
    begin(chat)
    dialog = chat.page.get_by_role("dialog")
    give(chat, "conversations.json", export(3, "Stop"))
    start = dialog.get_by_role("button", name="Import", exact=True)
    expect(start).to_be_visible()
    before = divan.conversations()
    with divan.held_database():
        start.click()
        wait_until(lambda: divan.conversations() > before, seconds=10, what="the first conversation")
        with chat.page.expect_response(lambda answer: answer.request.method == "DELETE"):
            dialog.get_by_role("button", name="Stop", exact=True).click()
    expect(dialog).to_contain_text("Stopped.")
    expect(dialog).to_contain_text("Conversations1")
    dialog.get_by_role("button", name="Another file").click()
    give(chat, "conversations.json", export(3, "Stop"))
    expect(dialog).to_contain_text("This would be imported")
    expect(dialog).to_contain_text("here already")


def test_a_file_is_dropped_and_one_that_is_none_is_said_so(chat: ChatPage) -> None:
    begin(chat)
    expect(chat.page.get_by_role("dialog")).to_contain_text("or drop it here")
    script = """text => {
      const data = new DataTransfer()
      data.items.add(new File([text], 'odd.json', { type: 'application/json' }))
      for (const type of ['dragenter', 'drop']) {
        window.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }))
      }
    }"""
    chat.page.evaluate(script, json.dumps({"no": "chat"}))
    expect(chat.page.get_by_role("dialog")).to_contain_text("nothing new in this file")
    expect(chat.page.get_by_role("dialog")).to_contain_text("no conversation of a known kind")
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_text("odd.json")).to_have_count(0)


def test_a_damaged_zip_is_refused_and_what_could_not_be_read_named_and_nothing_else_claimed(
    chat: ChatPage,
) -> None:
    exports = Path(__file__).parents[1] / "conversations" / "exports"
    begin(chat)
    give(chat, "export.zip", b"PK\x05\x06" + b"\xff" * 18)
    expect(chat.page.get_by_role("alert")).to_be_visible()
    expect(chat.button("Choose a file")).to_be_visible()
    dialog = chat.page.get_by_role("dialog")
    give(chat, "encrypted.zip", (exports / "encrypted.zip").read_bytes())
    expect(dialog.get_by_role("heading", name="Nothing in this file could be imported.")).to_be_visible()
    expect(
        dialog.get_by_text("conversations.json encrypted: unpack it with its password first")
    ).to_be_visible()
    expect(dialog).not_to_contain_text("nothing new")
    dialog.get_by_role("button", name="Another file").click()
    give(chat, "ring.json", (exports / "owui_ring.json").read_bytes())
    expect(dialog).to_contain_text("Imported, with repairs")
    expect(dialog).to_contain_text("The earliest of them became a beginning.")
