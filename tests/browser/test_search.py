"""Ctrl+K: what is typed, what is found, and the place in a conversation that it leads to."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.test_organise import make
from tests.services.server import Divan


@pytest.fixture
def chat(open_chat: OpenChat, divan: Divan) -> ChatPage:
    return open_chat(divan)


def search(chat: ChatPage, text: str) -> Locator:
    """Types into the palette; returns what it offers."""
    if not chat.page.get_by_role("dialog").is_visible():
        chat.page.keyboard.press("Control+k")
    box = chat.page.get_by_role("combobox", name="Search conversations and actions")
    expect(box).to_be_focused()
    box.press_sequentially(text)
    return chat.page.get_by_role("dialog").get_by_role("option")


def begin(chat: ChatPage, title: str) -> str:
    made = chat.page.request.post(
        f"{chat.url}/api/conversations", data={"title": title, "lanes": [{"model": "echo/echo"}]}
    )
    return str(made.json()["id"])


def post(chat: ChatPage, conversation: str, text: str, **fields: Any) -> dict[str, Any]:
    path = f"{chat.url}/api/conversations/{conversation}/messages"
    said = chat.page.request.post(path, data={"text": f"/echo speed=0\n{text}", **fields})
    answered: dict[str, Any] = said.json()
    return answered


def test_the_words_are_marked_and_enter_opens_at_the_message(chat: ChatPage) -> None:
    long = begin(chat, "A long talk")
    for number in range(30):
        post(chat, long, f"Line {number}\n\n" + "word\n\n" * 20)
        if number == 2:
            post(chat, long, "Where is the KIRMIZI BALIK of İzmir?")
    found = search(chat, "kırmızı balık")
    first = found.filter(has_text="A long talk").first
    expect(first.locator("mark")).to_have_text(["KIRMIZI", "BALIK"])
    question = found.filter(has_text="You:")
    expect(question).to_have_count(1)
    place = found.all_inner_texts().index(question.inner_text())
    for _ in range(place):
        chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("Enter")
    asked = chat.questions.filter(has_text="KIRMIZI BALIK")
    expect(asked).to_be_focused()
    expect(asked).to_be_in_viewport()
    expect(chat.page).to_have_url(re.compile(f"/c/{long}$"))


def wait_for_marks(chat: ChatPage, words: list[str]) -> None:
    chat.page.wait_for_function(
        """words => {
          const marks = [...(CSS.highlights.get('sought') ?? [])]
          const place = marks[0]?.getBoundingClientRect()
          const seen = !place || (place.height > 0 && place.top >= 0 && place.bottom <= innerHeight)
          return seen && JSON.stringify(marks.map(String)) === JSON.stringify(words)
        }""",
        arg=words,
    )


def test_the_words_are_marked_in_the_message_and_the_first_is_in_view(chat: ChatPage) -> None:
    talk = begin(chat, "An aquarium")
    filling = "Nothing here.\n\n" * 300
    post(
        chat, talk, f"{filling}Where is the **KIRM**IZI fish of `İzmir`?\n\n{filling}- kırmızı\n- балык, ёлка"
    )
    post(chat, talk, "kirmizi, said again")
    found = search(chat, "kırmızı izmir елк").filter(has=chat.page.locator("mark"))
    found.filter(has_not_text="You:").click()
    wait_for_marks(chat, ["KIRMIZI", "İzmir", "kırmızı", "ёлка"])
    answer = chat.answers.first
    word = answer.locator("strong", has_text="KIRM")
    expect(word).to_have_text("KIRM")
    word.click()
    wait_for_marks(chat, [])
    found = search(chat, "kirmizi").filter(has=chat.page.locator("mark", has_text="kirmizi"))
    found.filter(has_text="An aquarium").filter(has_text="You:").click()
    wait_for_marks(chat, ["kirmizi"])
    chat.page.keyboard.press("Control+k")
    wait_for_marks(chat, [])


def test_a_match_on_another_branch_is_brought_to_the_page(chat: ChatPage) -> None:
    talk = begin(chat, "Two ways")
    post(chat, talk, "The first way has a walrus")
    post(chat, talk, "The second way", parent=None)
    chat.open(f"/c/{talk}")
    expect(chat.text).to_contain_text("second way")
    search(chat, "walrus").filter(has_text="You:").click()
    expect(chat.questions.filter(has_text="walrus")).to_be_focused()
    expect(chat.questions).to_have_count(1)


def test_filters_are_typed_and_chosen_and_taken_back(chat: ChatPage) -> None:
    make(chat, ["Pelikan one"], folder="Kuşlar")
    make(chat, ["Pelikan two"], add_tags=["deniz"])
    options = search(chat, "pelikan ")
    dialog = chat.page.get_by_role("dialog")
    titles = options.locator(".title")
    expect(titles.filter(has_text="Pelikan one")).not_to_have_count(0)
    expect(titles.filter(has_text="Pelikan two")).not_to_have_count(0)
    search(chat, "klasör:KUŞLAR ")
    chip = dialog.get_by_role("button", name="Remove the filter Folder: Kuşlar")
    expect(chip).to_be_visible()
    expect(titles.filter(has_text="Pelikan two")).to_have_count(0)
    expect(titles.filter(has_text="Pelikan one")).not_to_have_count(0)
    chip.click()
    expect(titles.filter(has_text="Pelikan two")).not_to_have_count(0)
    dialog.get_by_role("button", name="Tag", exact=True).click()
    options.filter(has_text="deniz").click()
    expect(titles.filter(has_text="Pelikan one")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Remove the filter Tag: deniz")).to_be_visible()
    search(chat, "model:nothing-such ")
    expect(dialog.get_by_text("Nothing found.")).to_be_visible()
    for _ in range(len("pelikan ") + 2):
        chat.page.keyboard.press("Backspace")
    expect(dialog.get_by_role("button", name=re.compile("^Remove the filter"))).to_have_count(0)


def test_branches_and_attachments_and_days_narrow(chat: ChatPage) -> None:
    plain, forked, filed = (begin(chat, f"Ostrich {kind}") for kind in ("plain", "forked", "filed"))
    for talk in (plain, forked):
        post(chat, talk, "Hello")
    post(chat, forked, "Hello again", parent=None)
    sent = chat.page.request.post(
        f"{chat.url}/api/attachments",
        multipart={"file": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"some words"}},
    )
    post(chat, filed, "With a file", attachments=[sent.json()["sha256"]])
    titles = search(chat, "ostrich ").locator(".title")
    expect(titles).to_have_count(3)
    for name, title in (("Has branches", "Ostrich forked"), ("Has attachments", "Ostrich filed")):
        chat.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
        expect(titles).to_have_text([title])
        chat.button(f"Remove the filter {name}").click()
        expect(titles).to_have_count(3)
    search(chat, "until:2020 ")
    expect(titles).to_have_count(0)
    chat.button("Remove the filter Until: 2020").click()
    search(chat, "since:2020-01 ")
    expect(titles).to_have_count(3)


def test_control_enter_opens_in_a_tab_and_actions_are_found(chat: ChatPage) -> None:
    make(chat, ["Toucan here", "Puffin there"])
    search(chat, "toucan")
    expect(chat.page.get_by_role("option").first).to_contain_text("Toucan")
    chat.page.keyboard.press("Control+Enter")
    expect(chat.page.get_by_role("tab", name="Toucan here")).to_be_visible()
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    search(chat, "setti")
    expect(chat.page.get_by_role("option")).to_have_text(["Settings"])
    expect(chat.page.get_by_role("dialog").locator(".spinner")).to_have_count(0)
    expect(chat.page.get_by_text("Nothing found.")).to_have_count(0)
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("dialog", name="Settings")).to_be_visible()


def test_what_was_typed_is_not_markup(chat: ChatPage) -> None:
    talk = begin(chat, "<img src=x onerror=alert(1)>")
    post(chat, talk, "<b>bold</b> cassowary <script>alert(1)</script>")
    found = search(chat, "cassowary").first
    expect(found).to_contain_text("<b>bold</b>")
    expect(found).to_contain_text("<img src=x")
