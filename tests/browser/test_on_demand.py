"""What is loaded when it is first asked for takes what a person types until it is there."""

from collections.abc import Callable
from queue import Queue

from playwright.sync_api import Locator, Route, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.test_sidebar import choose
from tests.services.server import Divan


def hold_part(chat: ChatPage, name: str) -> Callable[[], None]:
    """The script of that name is asked for and does not come until it is let. Returns once the page takes
    keys."""
    asked: Queue[Route] = Queue()
    chat.page.route(f"**/assets/{name}-*.js", asked.put)
    expect(chat.composer).to_be_focused()

    def let_come() -> None:
        while asked.empty():
            chat.page.wait_for_timeout(10)
        asked.get().continue_()

    return let_come


def palette_of(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("dialog", name="Search everything")


def test_what_is_typed_right_after_the_key_of_the_palette_is_sought(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    let_come = hold_part(chat, "SearchPalette")
    chat.composer.fill("A draft")
    chat.page.keyboard.press("Control+k")
    chat.page.keyboard.type("shortkuts")
    for _ in range(4):
        chat.page.keyboard.press("Backspace")
    let_come()
    expect(palette_of(chat).get_by_role("combobox")).to_have_value("short")
    expect(chat.composer).to_have_value("A draft")
    chat.page.keyboard.press("Escape")
    expect(chat.composer).to_be_focused()


def test_enter_chooses_there_and_sends_no_message(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    let_come = hold_part(chat, "SearchPalette")
    chat.composer.fill("A draft")
    chat.page.keyboard.press("Control+k")
    chat.page.keyboard.type("keyboard")
    chat.page.keyboard.press("Enter")
    let_come()
    expect(chat.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(chat.questions).to_have_count(0)


def test_after_escape_it_is_not_waited_for_any_more(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    let_come = hold_part(chat, "SearchPalette")
    chat.page.keyboard.press("Control+k")
    chat.page.keyboard.type("lost")
    chat.page.keyboard.press("Escape")
    chat.page.keyboard.type("kept")
    expect(chat.composer).to_have_value("kept")
    let_come()
    expect(palette_of(chat)).to_have_count(0)
    expect(chat.composer).to_have_value("kept")
    chat.page.keyboard.press("Control+k")
    expect(palette_of(chat).get_by_role("combobox")).to_have_value("")


def test_so_is_the_search_of_models(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    let_come = hold_part(chat, "ModelList")
    chat.button("Add a model").click()
    chat.page.keyboard.type("ech")
    let_come()
    expect(chat.page.get_by_role("combobox", name="Search models")).to_have_value("ech")
    expect(chat.composer).to_have_value("")


def test_so_is_a_name_that_is_asked_for(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Hello", "speed=0")
    let_come = hold_part(chat, "QuestionDialog")
    choose(chat, "Hello", "Tags")
    chat.page.get_by_role("menuitem", name="New tag").click()
    chat.page.keyboard.type("kitchen")
    chat.page.keyboard.press("Enter")
    let_come()
    expect(chat.page.get_by_text("tagged “kitchen”")).to_be_visible()
    expect(chat.composer).to_have_value("")


def test_what_cannot_be_loaded_says_so_and_can_be_asked_for_again(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    expect(chat.composer).to_be_focused()  # The page takes keys.
    chat.page.route("**/assets/SearchPalette-*.js", lambda route: route.abort())
    chat.page.route(divan.url + "/", lambda route: route.abort())  # Nor does a new page come.
    chat.page.keyboard.press("Control+k")
    expect(chat.page.locator(".toast")).to_contain_text("could not be loaded")
    chat.page.keyboard.type("Still here")
    expect(chat.composer).to_have_value("Still here")
    chat.troubles.clear()
