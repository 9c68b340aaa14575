"""What is written is never lost, and goes where it was meant to go."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenChat
from tests.services.server import Divan

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6364f8cf500f0003860180"
    "5a344d6b0000000049454e44ae426082"
)


def hold_uploads(page: Page) -> list[Route]:
    """The uploads of a page, which wait until they are continued."""
    held: list[Route] = []
    page.route("**/api/attachments", lambda route: held.append(route))
    return held


def give(page: Page, name: str) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": PIXEL})


def test_what_cannot_be_sent_yet_says_why_and_a_file_on_its_way_can_be_taken_back(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    button = chat.page.locator("form button[type=submit]")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(chat.page.get_by_role("status").get_by_text("Write a message first")).to_be_visible()
    hold_uploads(chat.page)
    give(chat.page, "pixel.png")
    expect(chat.page.get_by_role("progressbar", name="pixel.png")).to_be_visible()
    chat.composer.fill("With a picture")
    chat.composer.press("Enter")
    expect(chat.page.get_by_role("status").get_by_text("Wait until the files are uploaded")).to_be_visible()
    expect(chat.composer).to_have_value("With a picture")
    chat.button("Do not attach pixel.png").click()
    expect(chat.page.get_by_role("progressbar")).to_have_count(0)
    expect(chat.page.locator(".toast.error")).to_have_count(0)
    chat.composer.press("Enter")
    chat.expect_status("complete")
    expect(chat.questions.get_by_role("img")).to_have_count(0)


def test_a_file_belongs_to_the_conversation_in_which_it_was_given(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Harbour", "speed=0")
    path = chat.expect_conversation()
    held = hold_uploads(chat.page)
    give(chat.page, "pixel.png")
    expect(chat.page.get_by_role("progressbar")).to_be_visible()
    chat.button("New chat").click()
    expect(chat.answers).to_have_count(0)
    expect(chat.page.get_by_role("progressbar")).to_have_count(0)
    with chat.page.expect_response("**/api/attachments"):
        held[0].continue_()
    chat.ask_echo("Elsewhere", "speed=0")
    expect(chat.questions.get_by_role("img")).to_have_count(0)
    chat.rows.filter(has_text="Harbour").click()
    expect(chat.page).to_have_url(divan.url + path)
    expect(chat.button("Remove pixel.png")).to_be_visible()


def test_what_was_not_sent_when_the_page_goes_away_is_in_the_composer_again(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.ask_echo("First", "speed=0")
    chat.page.route_web_socket("**/ws/chat/", lambda socket: socket.on_message(lambda message: None))
    chat.page.reload()
    expect(chat.composer).to_be_visible()
    chat.composer.fill("On the train")
    chat.composer.press("Enter")
    expect(chat.page.get_by_text("Sending")).to_be_visible()
    chat.composer.fill("and one more thought")
    chat.page.reload()
    expect(chat.composer).to_have_value("On the train\n\nand one more thought")


def test_each_line_of_a_message_runs_in_its_own_direction(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    chat.ask_echo("مرحبا\nThis line is a good deal longer than the other", "speed=0")
    text = chat.questions.locator(".text")
    places = text.evaluate(
        """element => {
            const node = element.firstChild
            const box = (from, to) => {
                const range = document.createRange()
                range.setStart(node, from)
                range.setEnd(node, to)
                return range.getBoundingClientRect().right
            }
            const at = node.data.indexOf('مرحبا')
            return [box(at, at + 5), element.getBoundingClientRect().right]
        }"""
    )
    assert abs(places[0] - places[1]) < 2
