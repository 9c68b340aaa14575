"""A link, from the dialog to whoever opens it; and the conversation on paper."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Download, Page, expect

from tests.browser.chat_page import TROUBLE, ChatPage
from tests.browser.conftest import MakeContext, OpenChat
from tests.browser.long_conversation import write
from tests.browser.test_sidebar import choose, row
from tests.services.server import Divan

HOSTILE = (
    "<img src=x onerror=\"document.title='taken over'\"> [go](javascript:document.title='taken') **bold**"
)
TURNS = 300


@pytest.fixture
def stranger(contexts: MakeContext) -> Iterator[Page]:
    """Somebody's browser that has never been here."""
    page = contexts().new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console", lambda message: troubles.append(message.text) if TROUBLE.search(message.text) else None
    )
    yield page
    assert troubles == []


def open_menu(chat: ChatPage, item: str) -> None:
    chat.button("Share and export").click()
    chat.page.get_by_role("menuitem", name=item).click()


def make_link(chat: ChatPage) -> str:
    open_menu(chat, "Share…")
    chat.button("Make a link").click()
    return chat.page.get_by_role("textbox", name="Link").input_value()


def test_a_link_is_made_read_and_taken_back(open_chat: OpenChat, divan: Divan, stranger: Page) -> None:
    chat = open_chat(divan)
    chat.ask_echo(HOSTILE, "speed=0")
    link = make_link(chat)
    stranger.goto(link)
    expect(stranger.locator("[data-shared=user]")).to_contain_text("onerror")
    answer = stranger.locator("[data-shared=assistant]")
    expect(answer.locator("strong").filter(has_text="bold")).to_be_visible()
    expect(answer.locator("img, [href^=javascript]")).to_have_count(0)
    expect(stranger).not_to_have_title("taken over")
    expect(stranger.get_by_role("navigation")).to_have_count(0)
    chat.page.get_by_role("button", name="Revoke the link").click()
    expect(chat.page.get_by_text("No link yet.")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_role("heading", name="This link does not work")).to_be_visible()


def written(page: Page, path: Path) -> str:
    page.pdf(path=path)
    document = pypdfium2.PdfDocument(path)
    return "\n".join(sheet.get_textpage().get_text_range() for sheet in document)


def long_conversation(divan: Divan) -> str:
    """Longer than what a page is sent at first, and far longer than what stands on it."""
    return write(divan, TURNS)


def test_a_long_conversation_is_printed_whole_without_the_page_around_it_and_by_the_menu_too(
    open_chat: OpenChat, divan: Divan, tmp_path: Path
) -> None:
    chat = open_chat(divan, f"/c/{long_conversation(divan)}")
    expect(chat.answers.last).to_contain_text(f"answered{TURNS - 1}.")
    text = written(chat.page, tmp_path / "long.pdf")
    missing = [turn for turn in range(TURNS) if f"asked{turn}." not in text or f"answered{turn}." not in text]
    assert missing == []
    assert "New chat" not in text
    assert "Search conversations" not in text
    expect(chat.questions.first).not_to_contain_text("asked0.")
    first = "document.querySelector('[data-message=u0]').textContent"
    chat.page.evaluate(f"void (window.print = () => {{ window.seen = {first} }})")
    open_menu(chat, "PDF or paper…")
    chat.page.wait_for_function("() => window.seen?.includes('asked0.')")


def test_an_export_of_each_format_is_two_clicks_away(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Take me with you", "speed=0")
    for name in ("Markdown", "HTML page", "JSON (complete)", "JSONL (fine-tuning)", "Plain text"):
        with chat.page.expect_download() as download:
            open_menu(chat, name)
        assert "Take me with you" in Path(download.value.path()).read_text(), name


def names_in(download: Download) -> list[str]:
    with zipfile.ZipFile(download.path()) as archive:
        return archive.namelist()


def test_all_conversations_and_chosen_ones_are_packed_into_one_file(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    for title in ("Pack one", "Pack two"):
        chat.page.request.post(f"{chat.url}/api/conversations", data={"title": title})
        expect(row(chat, title)).to_be_visible()
    chat.button("Archive, trash, import and export").click()
    with chat.page.expect_download() as all_of_them:
        chat.page.get_by_role("menuitem", name="Plain text").click()
    assert len(names_in(all_of_them.value)) >= 2
    for title in ("Pack one", "Pack two"):
        choose(chat, title, "Select")
    chat.page.get_by_role("toolbar").get_by_role("button", name="Export").click()
    with chat.page.expect_download() as some:
        chat.page.get_by_role("menuitem", name="Plain text").click()
    assert len(names_in(some.value)) == 2
