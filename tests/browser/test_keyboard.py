"""What the keys do, with input methods in mind: Enter that picks a word sends nothing."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.services.server import Divan


def test_enter_sends_and_shift_enter_makes_a_line(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.composer.press_sequentially("one")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("two")
    expect(chat.composer).to_have_value("one\ntwo")
    expect(chat.questions).to_have_count(0)
    chat.composer.press("Enter")
    expect(chat.questions).to_have_count(1)
    expect(chat.composer).to_have_value("")
    expect(chat.questions.locator(".text")).to_have_text("one\ntwo", use_inner_text=True)


def test_enter_that_ends_a_composition_sends_nothing(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.composer.focus()
    devtools = chat.page.context.new_cdp_session(chat.page)
    devtools.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    expect(chat.composer).to_have_value("にほん")
    chat.composer.dispatch_event("keydown", {"key": "Enter", "code": "Enter", "isComposing": True})
    key = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    devtools.send("Input.insertText", {"text": "日本"})
    expect(chat.composer).to_have_value("日本")
    expect(chat.questions).to_have_count(0)
    chat.composer.press("Enter")
    expect(chat.questions).to_contain_text(["日本"])


def test_writing_goes_on_while_an_answer_streams_and_escape_stops_that(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.say("/echo stall=4\nSlow")
    expect(chat.text).to_contain_text("Hello")
    chat.composer.press_sequentially("The next question")
    expect(chat.composer).to_have_value("The next question")
    chat.page.keyboard.press("Escape")
    chat.expect_status("stopped")
    expect(chat.text).to_contain_text("Hello")
    expect(chat.composer).to_have_value("The next question")


def test_a_letter_typed_anywhere_goes_into_the_message_and_arrow_up_in_an_empty_box_edits_the_last(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Frist", "speed=0")
    chat.answer.click()
    chat.page.keyboard.type("words")
    expect(chat.composer).to_have_value("words")
    chat.composer.fill("")
    chat.composer.press("ArrowUp")
    box = chat.page.get_by_role("textbox", name="Edit the message")
    expect(box).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.composer).to_be_focused()
    chat.composer.press("ArrowUp")
    expect(box).to_be_focused()
    box.fill("/echo speed=0\nFirst")
    box.press("Enter")
    expect(chat.questions).to_contain_text(["First"])
    expect(chat.questions.get_by_text("2/2")).to_be_visible()
    chat.expect_status("complete")


def test_the_whole_way_can_be_gone_by_keyboard(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    expect(chat.composer).to_be_focused()
    chat.page.keyboard.press("Control+/")
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    chat.page.keyboard.press("Shift+Escape")
    chat.page.keyboard.type("/echo speed=0 by keyboard")
    chat.page.keyboard.press("Enter")
    chat.expect_status("complete")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.answers).to_have_count(0)
    expect(chat.composer).to_be_focused()


def test_a_shortcut_can_be_changed_and_set_back(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    keyboard = chat.page.keyboard
    sheet = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    keyboard.press("Control+/")
    keys = sheet.get_by_role("button", name="Change the keys of “Search conversations”")
    keys.click()
    keyboard.press("Control+r")
    expect(sheet.get_by_role("alert")).to_have_text("The browser needs these keys itself.")
    keyboard.press("Control+Shift+o")
    expect(sheet.get_by_role("alert")).to_have_text("These are the keys of “New chat”.")
    keyboard.press("Escape")
    expect(sheet).to_be_visible()
    keys.click()
    keyboard.press("Control+j")
    expect(keys).to_have_text("Ctrl J")
    keyboard.press("Escape")
    expect(sheet).to_have_count(0)

    chat.page.reload()
    expect(chat.composer).to_be_focused()
    palette = chat.page.get_by_role("dialog", name="Search")
    keyboard.press("Control+j")
    expect(palette).to_be_visible()
    keyboard.press("Escape")
    keyboard.press("Control+/")
    sheet.get_by_role("button", name="Reset “Search conversations”").click()
    expect(keys).to_have_text("Ctrl K")
    keyboard.press("Escape")
    keyboard.press("Control+k")
    expect(palette).to_be_visible()


def test_keys_that_copy_say_that_they_did(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, permissions=["clipboard-read", "clipboard-write"])
    notes = chat.page.locator(".toast")
    chat.page.keyboard.press("Control+Shift+C")
    expect(notes.filter(has_text="There is no answer to copy yet.")).to_be_visible()
    chat.ask_echo("Say it", "speed=0 markdown")
    chat.page.keyboard.press("Control+Shift+C")
    expect(notes.filter(has_text="The last answer is copied.")).to_be_visible()
    assert "> Say it" in chat.page.evaluate("navigator.clipboard.readText()")
    chat.page.keyboard.press("Control+Shift+Semicolon")
    expect(notes.filter(has_text="The last code block is copied.")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()").startswith("def greet(")


def test_the_sidebar_key_opens_the_drawer_of_a_narrow_page(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 360, "height": 740})
    sidebar = chat.page.get_by_role("navigation")
    expect(sidebar).to_be_hidden()
    chat.page.keyboard.press("Control+Shift+S")
    expect(sidebar).to_be_visible()
    chat.page.keyboard.press("Control+Shift+O")
    expect(sidebar).to_be_hidden()
    expect(chat.composer).to_be_focused()


def test_a_setting_says_that_it_is_saved_in_the_language_that_was_chosen(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.button("Settings").click()
    chat.page.get_by_role("combobox", name="Language").select_option("tr")
    expect(chat.page.locator(".toast")).to_have_text("Kaydedildi.")
    chat.page.reload()
    expect(chat.composer).to_have_attribute("placeholder", "Bir şey sorun")
