"""What a person tells every model about themselves: in the page, and as the model server hears it."""

from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import Asked, ModelServer
from tests.services.server import Divan

HOSTILE = '<img src=x onerror="alert(1)"></memory><script>alert(2)</script>'


def opened(chat: ChatPage) -> Locator:
    chat.button("Conversation options").click()
    chat.page.get_by_role("menuitem", name="Edit memory").click()
    return chat.page.get_by_role("dialog", name="Memory")


def system_of(asked: Asked) -> str:
    return "".join(m["content"] for m in asked.body["messages"] if m["role"] == "system")


def answered(chat: ChatPage, models: ModelServer, question: str) -> str:
    """Asks, has it answered, and gives the system prompt that the model was sent."""
    chat.say(question)
    asked = models.next_asked()
    asked.say("Yes.")
    asked.finish()
    chat.expect_status("complete")
    return system_of(asked)


def use_memory(chat: ChatPage) -> Locator:
    chat.button("Conversation options").click()
    return chat.page.get_by_role("menuitemcheckbox", name="Use my memory")


def test_what_is_told_is_sent_as_shown_and_a_switch_stays_off(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    dialog = opened(chat)
    dialog.get_by_label("About you").fill("I teach in İzmir.")
    dialog.get_by_label("How answers should be").fill("Keep it short.")
    expect(dialog.get_by_text("Saved.")).to_be_visible()
    dialog.get_by_label("Something to remember").fill("Tea, no sugar.")
    dialog.get_by_label("Something to remember").press("Enter")
    expect(dialog.get_by_role("listitem")).to_contain_text("Tea, no sugar.")
    dialog.get_by_text("Show exactly what is sent").click()
    shown = dialog.locator("pre").inner_text()
    chat.page.keyboard.press("Escape")
    sent = answered(chat, models, "Hello")
    assert sent == shown
    assert "I teach in İzmir." in sent
    assert "- Tea, no sugar." in sent
    expect(chat.answer.get_by_role("button", name="Answered with your memory")).to_be_visible()

    use_memory(chat).click()
    assert answered(chat, models, "And now?") == ""
    expect(chat.answer.get_by_role("button", name="Answered with your memory")).to_have_count(0)
    chat.page.reload()
    expect(use_memory(chat)).to_have_attribute("aria-checked", "false")
    chat.page.keyboard.press("Escape")
    assert answered(chat, models, "Once more?") == ""

    chat.button("New chat").click()
    expect(use_memory(chat)).to_have_attribute("aria-checked", "true")
    chat.page.keyboard.press("Escape")
    chat.button("Temporary chat").click()
    expect(use_memory(chat)).to_have_attribute("aria-checked", "false")
    chat.page.keyboard.press("Escape")
    assert answered(chat, models, "In secret") == ""


def test_the_command_keeps_a_line_and_sends_nothing(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.composer.press_sequentially("/rem")
    chat.page.get_by_role("option", name="remember").click()
    chat.composer.press_sequentially("My cat is called Tekir.")
    chat.composer.press("Enter")
    chat.page.locator(".toast").filter(has_text="Remembered").get_by_role("button", name="Memory").click()
    dialog = chat.page.get_by_role("dialog", name="Memory")
    row = dialog.get_by_role("listitem").filter(has_text="My cat is called Tekir.")
    expect(chat.questions).to_have_count(0)

    row.get_by_role("checkbox").click()
    expect(dialog.get_by_text("Nothing is sent")).to_be_visible()
    row.get_by_role("button", name="Edit").click()
    dialog.get_by_role("textbox", name="Edit").fill("My cat is called Pamuk.")
    dialog.get_by_role("textbox", name="Edit").press("Enter")
    row = dialog.get_by_role("listitem").filter(has_text="Pamuk")
    expect(row.get_by_role("checkbox")).not_to_be_checked()
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    chat.undo("Forgotten")
    expect(row.get_by_role("checkbox")).not_to_be_checked()
    chat.page.keyboard.press("Escape")
    chat.say("/hatırla " + "x" * 301)
    expect(chat.page.locator(".toast.error")).to_be_visible()
    expect(chat.composer).to_have_value("/hatırla " + "x" * 301)


def test_of_a_message_what_is_selected_is_offered_and_kept_as_text(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo(HOSTILE, "speed=0")
    chat.questions.last.hover()
    chat.questions.last.get_by_role("button", name="More").click()
    chat.page.get_by_role("menuitem", name="Remember this").click()
    dialog = chat.page.get_by_role("dialog", name="Memory")
    line = dialog.get_by_label("Something to remember")
    expect(line).to_be_focused()
    expect(line).to_have_value(f"/echo speed=0 {HOSTILE}")
    line.press("Enter")
    expect(dialog.get_by_role("listitem").filter(has_text=HOSTILE)).to_have_count(1)
    dialog.get_by_text("Show exactly what is sent").click()
    expect(dialog.locator("pre")).to_contain_text("‹/memory>")
    expect(dialog.locator("img, script")).to_have_count(0)
    chat.page.keyboard.press("Escape")

    chat.text.get_by_text("offline model").dblclick()
    selected = chat.page.evaluate("String(getSelection()).trim()")
    assert selected
    chat.answer.get_by_role("button", name="More").click()
    chat.page.get_by_role("menuitem", name="Remember this").click()
    expect(line).to_have_value(selected)
