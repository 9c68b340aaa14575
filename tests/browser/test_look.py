"""Narrow screens, light and dark, and the three languages."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.services.server import Divan

WIDER_THAN_THE_PAGE = """() => {
  const scrolls = (node) => {
    for (let box = node.parentElement; box && box !== document.body; box = box.parentElement) {
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(box).overflowX)) return true
    }
    return false
  }
  const reachesOut = (node) => node.getBoundingClientRect().right > innerWidth + 1
  return [...document.body.querySelectorAll('*')]
    .filter((node) => node.checkVisibility() && reachesOut(node) && !scrolls(node))
    .map((node) => node.outerHTML.slice(0, 120))
}"""


def assert_fits(chat: ChatPage) -> None:
    assert chat.page.evaluate(WIDER_THAN_THE_PAGE) == []
    width, wanted = chat.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= wanted
    scroller = chat.page.locator(".scroller")
    assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_360_pixels_are_enough_and_the_buttons_can_be_reached(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, viewport={"width": 360, "height": 640})
    assert_fits(chat)
    chat.ask_echo("Wide: " + "unbreakable" * 20, "speed=0 markdown")
    expect(chat.text.locator(".katex-display")).to_be_visible()
    assert_fits(chat)
    chat.button("Open the sidebar").click()
    expect(chat.rows.first).to_be_in_viewport()
    assert_fits(chat)
    chat.page.get_by_role("navigation").get_by_role("link").first.click()
    chat.button(re.compile("^Models that answer")).click()
    chat.button(re.compile("^Change the model")).first.click()
    expect(chat.page.get_by_role("option").first).to_be_in_viewport()
    assert_fits(chat)
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("option")).to_have_count(0)
    for name in ("Add a model", "Conversation options", "Attach files"):
        expect(chat.button(name)).to_be_in_viewport(ratio=0.99)
    expect(chat.composer).to_be_in_viewport(ratio=0.99)


def brightness(chat: ChatPage) -> float:
    """0 black, 1 white: of the page's background."""
    return float(
        chat.page.evaluate(
            """() => {
              const canvas = document.createElement('canvas').getContext('2d')
              canvas.fillStyle = getComputedStyle(document.body).backgroundColor
              canvas.fillRect(0, 0, 1, 1)
              const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data
              return (r + g + b) / 765
            }"""
        )
    )


def test_the_page_follows_the_system_until_it_is_told_otherwise_and_is_so_before_the_first_paint(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan, color_scheme="dark")
    assert brightness(chat) < 0.3
    chat.page.emulate_media(color_scheme="light")
    assert brightness(chat) > 0.8
    chat.button("Settings").click()
    chat.page.get_by_text("Dark", exact=True).click()
    expect(chat.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert brightness(chat) < 0.3
    chat.page.add_init_script(
        "new MutationObserver(() => {"
        " if (document.body && !window.first) window.first = document.documentElement.dataset.theme"
        "}).observe(document, {childList: true, subtree: true})"
    )
    chat.page.reload()
    expect(chat.composer).to_be_visible()
    assert chat.page.evaluate("window.first") == "dark"
    assert brightness(chat) < 0.3


@pytest.mark.parametrize(
    ("locale", "language", "new_chat", "copy"),
    [
        ("tr-TR", "tr", "Yeni sohbet", "Kopyala"),
        ("ru-RU", "ru", "Новая беседа", "Копировать"),
        ("en-US", "en", "New chat", "Copy"),
    ],
)
def test_the_page_speaks_the_browsers_language(
    open_chat: OpenChat, divan: Divan, locale: str, language: str, new_chat: str, copy: str
) -> None:
    chat = open_chat(divan, locale=locale)
    expect(chat.page.locator("html")).to_have_attribute("lang", language)
    expect(chat.button(new_chat)).to_be_visible()
    chat.ask_echo("Divan", "speed=0 markdown")
    expect(chat.text.locator("[data-action=copy]")).to_have_text(copy)
    words = chat.page.locator("body").inner_text()
    assert not re.search(r"\b(?:app|sidebar|header|composer|message|answer|figures|render)\.[a-z]\w+", words)


def test_a_failure_is_told_in_the_readers_language(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan, locale="tr-TR")
    chat.say("/echo fail=rate_limited\nMerhaba")
    chat.expect_status("failed")
    told = chat.answer.get_by_role("alert").inner_text()
    assert re.search("[çğıöşüİ]", told), told
    assert not re.search(r"\b(?:too many|requests|server)\b", told, re.IGNORECASE), told


def test_another_language_can_be_chosen_and_stays(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.button("Settings").click()
    chat.page.get_by_role("combobox", name="Language").select_option("ru")
    expect(chat.page.locator("html")).to_have_attribute("lang", "ru")
    chat.page.reload()
    expect(chat.button("Новая беседа")).to_be_visible()


def test_what_a_model_gave_a_tool_is_folded_and_readable(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.say("/echo speed=0 tool=search\nWeather")
    # Tools are off, and that is what is said; the call itself stays readable.
    chat.expect_status("failed")
    given = chat.answer.get_by_text('"text": "Weather"')
    expect(given).to_be_hidden()
    chat.answer.get_by_role("button", name="Could not use search").click()
    expect(given).to_be_visible()
