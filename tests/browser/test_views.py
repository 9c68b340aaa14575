"""Every view and dialog of the page, in one list: none is wider than a phone, axe finds no fault in any."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_accessibility import faults, faults_by_scheme
from tests.browser.test_lanes_in_sight import AT_THE_END
from tests.browser.test_look import WIDER_THAN_THE_PAGE
from tests.services.processes import ROOT
from tests.services.server import Divan

ADDRESSES = ("/", "/documents", "/metrics", "/testsets")
DECLARED = re.search(
    r"export const SHEETS = \[(.*?)\]", (ROOT / "static/src/stores/dialogs.ts").read_text(), re.DOTALL
)
ELSEWHERE = {"comparison"}
"""Of what was asked again: `test_replay`."""
SHEETS = [name for name in re.findall(r"'(\w+)'", DECLARED[1]) if name not in ELSEWHERE] if DECLARED else []
"""As the page itself names them: a new one is looked at without a word here."""
OPEN_SHEET = """sheet => {
  const { $pinia } = document.querySelector('#app').__vue_app__.config.globalProperties
  $pinia._s.get('dialogs').sheet = sheet
}"""
OF_TURN = {
    "diff": ".dialog",
    "figures": ".dialog",
    "project": ".dialog",
    "tested": ".dialog",
    "finding": ".find",
}
"""What opens for a turn, a message, a folder or words of it, and what it is then."""
OPEN_OF_TURN = """name => {
  const { $pinia } = document.querySelector('#app').__vue_app__.config.globalProperties
  const store = (name) => $pinia._s.get(name)
  const [{ user, cells }] = store('chat').turns
  const answers = cells.map((cell) => cell.shown)
  if (name === 'finding') store('finding').open = true
  else store('dialogs')[name] = { diff: answers, figures: answers, project: 'Work', tested: user }[name]
}"""
LOCALES = ("en-GB", "tr-TR", "ru-RU")
PHONE: ViewportSize = {"width": 360, "height": 740}
# What scrolls up and down scrolls to no side, and the heading of a view is read whole.
CUT_OFF = """() => [...document.querySelectorAll('.scroller, .dialog, .menu, .popover, .view h1')]
  .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.outerHTML.slice(0, 120))"""

# Two pieces of a line that no space parts: a template's line break between two elements is none.
TOUCHING = r"""() => {
  const letter = /[\p{L}\p{N}]/u
  function edge(box, end) {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT)
    const found = []
    for (let text = texts.nextNode(); text; text = texts.nextNode()) if (text.data.trim()) found.push(text)
    const text = found.at(end)
    if (!text) return null
    const at = end < 0 ? text.data.trimEnd().length - 1 : text.data.search(/\S/)
    const range = new Range()
    range.setStart(text, at)
    range.setEnd(text, at + 1)
    const isLast = end < 0 ? at === text.data.length - 1 : at === 0
    return isLast && letter.test(text.data[at]) ? range.getBoundingClientRect() : null
  }
  return [...document.querySelectorAll('body *')]
    .filter((box) => box.nextSibling instanceof HTMLElement && !box.closest('.md, pre, svg'))
    .filter((box) => !box.parentElement.querySelector(':scope > mark'))
    .filter((box) => {
      const [one, next] = [edge(box, -1), edge(box.nextSibling, 0)]
      const onOneLine = one?.width && next?.width && Math.abs(one.bottom - next.bottom) < 8
      return onOneLine && Math.abs(next.left - one.right) < 1.5
    })
    .map((box) => `${box.textContent.trim()}|${box.nextSibling.textContent.trim()}`.slice(0, 120))
}"""


def views(chat: ChatPage) -> Iterator[str]:
    """One after another, each as soon as it is there; three lanes stand under the dialogs."""
    for address in ADDRESSES:
        chat.page.goto(chat.url + address)
        expect(chat.page.locator("main :is(h1, #composer)").first).to_be_visible()
        yield address
    chat.open("/?models=echo/echo,echo/echo,echo/echo")
    chips = chat.page.locator("#lanes .chip")
    expect(chips).to_have_count(3)
    yield "three lanes"
    chat.say("/echo speed=0 markdown\nAll of you")
    chat.expect_conversation()
    expect(chat.page.locator("[data-turn] .summary .buttons button").first).to_be_visible()
    # Where it stays: on the way there the message box covers half of a button.
    chat.page.wait_for_function(AT_THE_END)
    yield "a conversation"
    other = chat.page.request.post(f"{chat.url}/api/conversations", data={"lanes": [{"model": "echo/echo"}]})
    chat.page.request.patch(f"{chat.url}/api/conversations/{other.json()['id']}", data={"folder": "Work"})
    for name, of_turn in OF_TURN.items():
        chat.page.evaluate(OPEN_OF_TURN, name)
        expect(chat.page.locator(f"{of_turn} :is(input, button)").first).to_be_visible()
        yield name
        chat.page.keyboard.press("Escape")
        expect(chat.page.locator(of_turn)).to_have_count(0)
    for sheet in SHEETS:
        chat.page.evaluate(OPEN_SHEET, sheet)
        dialog = chat.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        expect(dialog.locator(".spinner")).to_have_count(0)
        yield sheet
        chat.page.evaluate(OPEN_SHEET, None)
        expect(dialog).to_have_count(0)


def menus(chat: ChatPage) -> Iterator[str]:
    """What opens beside what is pressed, in a conversation of three lanes."""
    page = chat.page
    openers: tuple[tuple[str, Callable[[], Locator], str], ...] = (
        ("the selector of models", lambda: chat.button(re.compile("^Change the model")).first, "listbox"),
        ("a lane’s settings", lambda: chat.button(re.compile("^Settings for")).first, "dialog"),
        ("the options", lambda: chat.button("Conversation options"), "menu"),
        ("a conversation’s menu", lambda: chat.button(re.compile("^Actions for")).first, "menu"),
        ("an answer’s menu", lambda: chat.answers.first.get_by_role("button", name="More"), "menu"),
    )
    for name, opener, role in openers:
        chat.rows.first.hover()
        opener().click()
        opened = page.get_by_role(role).last  # type: ignore[arg-type]
        expect(opened).to_be_visible()
        yield name
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        # It has the focus back: later it would take it from what comes next.
        expect(opener()).to_be_focused()
    chat.composer.fill("/")
    expect(page.get_by_role("option").first).to_be_visible()
    yield "the list above the message box"
    chat.composer.fill("")


def faults_of_menu(chat: ChatPage) -> list[str]:
    """An open menu is no part of the page's regions: it takes the focus, and is gone with the next key."""
    return [fault for fault in faults_by_scheme(chat) if "region (moderate)" not in fault]


def states(chat: ChatPage, models: ModelServer) -> Iterator[str]:
    """How far answers are, one and many of them, on a wide page and on a phone."""
    page = chat.page
    chat.open("/?models=fake/quick-one,gone/no-model")
    chat.say("Both of you")
    asked = models.next_asked()
    asked.say("So far")
    expect(chat.answers.locator(".md").first).to_contain_text("So far")
    expect(page.locator("[data-answer][data-status=failed]")).to_have_count(1)
    yield "one that writes, and one that failed"
    page.set_viewport_size(PHONE)
    expect(page.get_by_role("tab")).to_have_count(2)
    yield "these on a phone"
    asked.finish()
    expect(page.locator("[data-answer][data-status=complete]")).to_have_count(1)
    chat.button("Open the sidebar").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    yield "the drawer of a phone"
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1280, "height": 800})
    chat.open("/?models=" + ",".join(["echo/echo"] * 6))
    chat.say("/echo speed=0 length=5\nAll of you")
    expect(page.locator("[data-answer][data-status=complete]")).to_have_count(6)
    yield "six lanes"
    chat.rows.last.get_by_role("link").click(modifiers=["ControlOrMeta"])
    expect(page.get_by_role("tab")).to_have_count(2)
    yield "open tabs"
    page.evaluate(OPEN_SHEET, "share")
    chat.button("Make a link").click()
    page.goto(page.get_by_role("textbox", name="Link").input_value())
    expect(page.locator("[data-shared=assistant]").first).to_be_visible()
    yield "a shared page"


def test_the_list_has_every_sheet_of_the_page() -> None:
    assert {"palette", "settings", "services"} < set(SHEETS)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_view_is_wider_than_a_phone_and_no_words_touch(
    open_chat: OpenChat, divan: Divan, locale: str
) -> None:
    chat = open_chat(divan, locale=locale, viewport=PHONE)
    wide = {}
    for view in views(chat):
        # 320 is what a window of 640 is at 200 %.
        for width in (360, 320):
            chat.page.set_viewport_size({"width": width, "height": 740})
            if beyond := chat.page.evaluate(WIDER_THAN_THE_PAGE) + chat.page.evaluate(CUT_OFF):
                wide[f"{view} at {width}"] = beyond
            if chat.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide[f"{view} at {width} scrolls"] = []
            if touching := chat.page.evaluate(TOUCHING):
                wide[f"{view} at {width} has words that touch"] = touching
        chat.page.set_viewport_size({"width": 360, "height": 740})
    assert wide == {}


def test_axe_finds_no_fault_in_any_view_or_menu(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    found = {view: broken for view in views(chat) if (broken := faults_by_scheme(chat))}
    found |= {menu: broken for menu in menus(chat) if (broken := faults_of_menu(chat))}
    assert found == {}


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_axe_finds_no_fault_in_the_words_of_another_language(
    open_chat: OpenChat, divan: Divan, locale: str
) -> None:
    chat = open_chat(divan, locale=locale)
    found = faults(chat)
    chat.ask_echo("Hello", "speed=0")
    assert found + faults(chat) == []


def test_axe_finds_no_fault_however_far_answers_are(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    found = {state: broken for state in states(chat, models) if (broken := faults_by_scheme(chat))}
    assert found == {}
