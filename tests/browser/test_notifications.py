"""What the system is told while the page is out of sight."""

from playwright.sync_api import expect

from tests.browser.conftest import MakeContext, OpenChat
from tests.services.processes import wait_until
from tests.services.server import Divan

HEADLESS = """
globalThis.notified = []
globalThis.Notification = class {
  static permission = 'granted'
  static requestPermission = async () => 'granted'
  constructor() { throw new TypeError('Illegal constructor') }
}
ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
  notified.push([title, options.body, options.data.conversation])
}
globalThis.hide = (hidden) => {
  const value = hidden ? 'hidden' : 'visible'
  Object.defineProperty(document, 'visibilityState', { value, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}
"""
"""A browser without a window shows no notifications and is never out of sight; on phones pages make none."""


def test_an_answer_is_told_where_a_person_asked_for_it_and_does_not_see_it(
    open_chat: OpenChat, contexts: MakeContext, divan: Divan
) -> None:
    context = contexts()
    context.add_init_script(HEADLESS)
    chat = open_chat(divan, context=context)
    chat.ask_echo("Seen")
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    chat.page.get_by_label("Notify me of answers").check()
    chat.page.keyboard.press("Escape")
    chat.ask_echo("Seen as well", "speed=0")
    assert chat.page.evaluate("notified") == []

    chat.say("/echo stall=3\nUnseen")
    expect(chat.answers).to_have_count(3)
    expect(chat.text).to_contain_text("You said")
    chat.page.evaluate("hide(true)")
    chat.page.keyboard.press("Escape")
    wait_until(lambda: bool(chat.page.evaluate("notified.length")), seconds=10, what="the notification")
    [[title, body, conversation]] = chat.page.evaluate("notified")
    assert (title, body) == ("Answered", "Seen")
    assert chat.page.url.endswith(f"/c/{conversation}")
    expect(chat.page).to_have_title("● Seen · Divan")
    chat.page.evaluate("hide(false)")
    expect(chat.page).to_have_title("Seen · Divan")


def test_no_worker_is_there_until_a_person_asks_to_be_notified_and_it_answers_no_request(
    open_chat: OpenChat, contexts: MakeContext, divan: Divan
) -> None:
    context = contexts()
    context.add_init_script(HEADLESS)
    chat = open_chat(divan, context=context)
    chat.ask_echo("Seen")
    known = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
    assert chat.page.evaluate(known) == 0
    chat.page.get_by_role("button", name="Settings", exact=True).click()
    chat.page.get_by_label("Notify me of answers").check()
    wait_until(lambda: chat.page.evaluate(known) == 1, seconds=10, what="the service worker")
    chat.page.keyboard.press("Escape")
    chat.page.reload()
    expect(chat.answers).to_have_count(1)
    assert "onfetch" not in chat.page.evaluate("fetch('/worker.js').then((found) => found.text())")
