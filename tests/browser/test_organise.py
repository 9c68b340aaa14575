"""The sidebar with a mouse and without: folders, tags, many at once, the trash, tabs."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_sidebar import choose, row
from tests.services.server import Divan


@pytest.fixture
def chat(open_chat: OpenChat, divan: Divan) -> ChatPage:
    return open_chat(divan)


def make(chat: ChatPage, titles: Sequence[str], **change: Any) -> list[str]:
    """Conversations that have one message each, the last of `titles` the newest."""
    ids = []
    api = chat.page.request
    for title in titles:
        body = {"title": title, "lanes": [{"model": "echo/echo"}]}
        made = api.post(f"{chat.url}/api/conversations", data=body).json()["id"]
        api.post(f"{chat.url}/api/conversations/{made}/messages", data={"text": f"/echo speed=0\n{title}"})
        ids.append(made)
    if change:
        api.post(f"{chat.url}/api/conversations/bulk", data={"ids": ids, "change": change})
    for title in titles:
        if not change.get("folder"):
            expect(row(chat, title)).to_be_visible()
    return ids


def folder(chat: ChatPage, name: str) -> Locator:
    return chat.page.locator(f"[data-folder='{name}']")


def answer_question(chat: ChatPage, text: str) -> None:
    chat.page.get_by_role("dialog").get_by_role("textbox").fill(text)
    chat.page.keyboard.press("Enter")


def test_a_folder_is_made_filled_by_dragging_renamed_and_removed(chat: ChatPage) -> None:
    make(chat, ["Drag me", "Menu me"])
    choose(chat, "Menu me", "Move to a folder")
    chat.page.get_by_role("menuitem", name="New folder").click()
    answer_question(chat, "Işıklar")
    expect(row(chat, "Menu me")).to_have_count(0)
    expect(folder(chat, "Işıklar")).to_contain_text("1")
    row(chat, "Drag me").get_by_role("link").drag_to(folder(chat, "Işıklar"))
    expect(folder(chat, "Işıklar")).to_contain_text("2")
    folder(chat, "Işıklar").get_by_role("button", expanded=False).first.click()
    expect(row(chat, "Drag me")).to_be_visible()
    chat.page.reload()
    expect(row(chat, "Menu me")).to_be_visible()
    folder(chat, "Işıklar").get_by_role("button", name="Actions for the folder").click()
    chat.page.get_by_role("menuitem", name="Rename").click()
    answer_question(chat, "Gölgeler")
    expect(folder(chat, "Gölgeler")).to_contain_text("2")
    folder(chat, "Gölgeler").get_by_role("button", name="Actions for the folder").click()
    chat.page.get_by_role("menuitem", name="Remove the folder").click()
    expect(folder(chat, "Gölgeler")).to_have_count(0)
    expect(row(chat, "Drag me")).to_be_visible()
    chat.undo("was removed")
    expect(folder(chat, "Gölgeler")).to_contain_text("2")


def test_tags_are_given_filter_the_list_and_are_taken_back(chat: ChatPage) -> None:
    make(chat, ["Tagged one", "Plain one"])
    choose(chat, "Tagged one", "Tags")
    chat.page.get_by_role("menuitem", name="New tag").click()
    answer_question(chat, "çiçek")
    expect(row(chat, "Tagged one")).to_contain_text("çiçek")
    chat.button("çiçek").click()
    expect(row(chat, "Plain one")).to_have_count(0)
    expect(row(chat, "Tagged one")).to_be_visible()
    chat.button("çiçek").click()
    expect(row(chat, "Plain one")).to_be_visible()
    choose(chat, "Tagged one", "Tags")
    chat.page.get_by_role("menuitemcheckbox", name="çiçek").click()
    expect(row(chat, "Tagged one")).not_to_contain_text("çiçek")
    chat.undo("removed.")
    expect(row(chat, "Tagged one")).to_contain_text("çiçek")


def test_many_are_chosen_by_shift_archived_and_taken_back(chat: ChatPage) -> None:
    make(chat, ["Range 1", "Range 2", "Range 3", "Range 4"])
    choose(chat, "Range 4", "Select")
    row(chat, "Range 2").get_by_role("link").click(modifiers=["Shift"])
    bar = chat.page.get_by_role("toolbar", name="Selected conversations")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Archive").click()
    expect(row(chat, "Range 3")).to_have_count(0)
    expect(row(chat, "Range 1")).to_be_visible()
    expect(bar).to_have_count(0)
    chat.button("Archive, trash, import and export").click()
    chat.page.get_by_role("menuitem", name="Archived").click()
    expect(row(chat, "Range 3")).to_be_visible()
    expect(row(chat, "Range 1")).to_have_count(0)
    chat.button("Back to conversations").click()
    chat.undo("archived.")
    for number in (2, 3, 4):
        expect(row(chat, f"Range {number}")).to_be_visible()


def test_the_list_by_keyboard(chat: ChatPage) -> None:
    make(chat, ["Keys 1", "Keys 2", "Keys 3"])
    row(chat, "Keys 3").get_by_role("link").focus()
    chat.page.keyboard.press("ArrowDown")
    expect(row(chat, "Keys 2").get_by_role("link")).to_be_focused()
    chat.page.keyboard.press("F2")
    box = chat.page.get_by_role("textbox", name="Title of the conversation")
    expect(box).to_be_focused()
    box.fill("Renamed 2")
    chat.page.keyboard.press("Enter")
    expect(row(chat, "Renamed 2")).to_be_visible()
    row(chat, "Keys 3").get_by_role("link").focus()
    chat.page.keyboard.press("Shift+ArrowDown")
    expect(row(chat, "Renamed 2").get_by_role("link")).to_be_focused()
    expect(chat.page.get_by_role("toolbar")).to_contain_text("2 selected")
    chat.page.keyboard.press("Delete")
    expect(row(chat, "Keys 3")).to_have_count(0)
    expect(row(chat, "Renamed 2")).to_have_count(0)
    expect(row(chat, "Keys 1")).to_be_visible()
    chat.undo("moved to the trash.")
    expect(row(chat, "Keys 3")).to_be_visible()
    expect(row(chat, "Renamed 2")).to_be_visible()


def test_the_trash_gives_back_and_forgets(chat: ChatPage) -> None:
    make(chat, ["Throw and keep", "Throw for good"])
    for title in ("Throw and keep", "Throw for good"):
        choose(chat, title, "Delete")
        expect(row(chat, title)).to_have_count(0)
    chat.button("Archive, trash, import and export").click()
    chat.page.get_by_role("menuitem", name="Trash").click()
    thrown = chat.page.locator("[data-trashed]")
    thrown.filter(has_text="Throw and keep").get_by_role("button", name="Restore").click()
    expect(thrown.filter(has_text="Throw and keep")).to_have_count(0)
    thrown.filter(has_text="Throw for good").get_by_role("button", name="Delete permanently").click()
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete permanently").click()
    expect(thrown.filter(has_text="Throw for good")).to_have_count(0)
    chat.button("Back to conversations").click()
    expect(row(chat, "Throw and keep")).to_be_visible()
    expect(row(chat, "Throw for good")).to_have_count(0)


def tab(chat: ChatPage, title: str) -> Locator:
    return chat.page.get_by_role("tab", name=title)


def test_tabs_open_close_move_and_are_there_after_a_reload(chat: ChatPage) -> None:
    make(chat, ["Tab 1", "Tab 2", "Tab 3"])
    row(chat, "Tab 1").get_by_role("link").click()
    expect(chat.page.get_by_role("tab")).to_have_count(0)
    row(chat, "Tab 2").get_by_role("link").click(modifiers=["Control"])
    row(chat, "Tab 3").get_by_role("link").click(button="middle")
    expect(tab(chat, "Tab 1")).to_have_attribute("aria-selected", "true")
    tab(chat, "Tab 3").click()
    expect(chat.text).to_contain_text("Tab 3")
    tab(chat, "Tab 3").press("Shift+ArrowLeft")
    expect(tab(chat, "Tab 3")).to_be_focused()
    expect(chat.page.get_by_role("tab")).to_have_text(["Tab 1", "Tab 3", "Tab 2"])
    chat.page.reload()
    expect(chat.page.get_by_role("tab")).to_have_text(["Tab 1", "Tab 3", "Tab 2"])
    expect(tab(chat, "Tab 3")).to_have_attribute("aria-selected", "true")
    tab(chat, "Tab 3").press("ArrowLeft")
    expect(chat.text).to_contain_text("Tab 1")
    expect(tab(chat, "Tab 1")).to_be_focused()
    chat.composer.press("Alt+,")
    expect(chat.text).to_contain_text("Tab 2")
    row(chat, "Tab 1").get_by_role("link").click()
    expect(tab(chat, "Tab 1")).to_have_attribute("aria-selected", "true")
    chat.page.get_by_role("button", name="Close the tab “Tab 1”").click()
    expect(tab(chat, "Tab 3")).to_have_attribute("aria-selected", "true")
    expect(chat.text).to_contain_text("Tab 3")
    chat.composer.press("Alt+w")
    expect(chat.page.get_by_role("tab")).to_have_count(0)
    expect(chat.text).to_contain_text("Tab 2")


def test_an_answer_goes_on_in_a_tab_behind_and_is_marked(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    make(chat, ["In front"])
    chat.pick_model("slow-one")
    chat.say("Behind it")
    asked = models.next_asked()
    path = chat.expect_conversation()
    row(chat, "In front").get_by_role("link").click(modifiers=["Control"])
    tab(chat, "In front").click()
    behind = chat.page.get_by_role("tab").first
    expect(behind.get_by_label("Answering")).to_be_visible()
    asked.say("Done.")
    asked.finish()
    expect(behind.get_by_label("New answer")).to_be_visible()
    behind.click()
    expect(chat.page).to_have_url(re.compile(path))
    chat.expect_status("complete")
    expect(behind.get_by_label("New answer")).to_have_count(0)


def test_tabs_stay_out_of_the_way_on_a_phone(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 1000, "height": 700})
    make(chat, ["Wide 1", "Wide 2"])
    row(chat, "Wide 1").get_by_role("link").click()
    row(chat, "Wide 2").get_by_role("link").click(modifiers=["Control"])
    expect(chat.page.get_by_role("tab")).to_have_count(2)
    chat.page.set_viewport_size({"width": 360, "height": 700})
    expect(chat.page.get_by_role("tab")).to_have_count(0)
    expect(chat.composer).to_be_visible()
