"""A blind turn: nothing on the page tells which model answered, until there is a vote."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_lanes import lane, open_with_two
from tests.services.server import Divan


def ask_blind(chat: ChatPage, models: ModelServer) -> None:
    chat.button("Conversation options").click()
    chat.page.get_by_role("menuitemcheckbox", name="Blind comparison").click()
    chat.say("Who knows?")
    asked = models.next_asked_by_model(2)
    asked["quick-one"].say("First words.")
    asked["quick-one"].finish()
    expect(chat.answers).to_have_count(2)
    expect(chat.answers.nth(0)).to_have_attribute("data-status", "streaming")
    expect(chat.answers.nth(1)).to_have_attribute("data-status", "streaming")
    expect(chat.page.get_by_text("First words.")).to_have_count(0)
    asked["slow-one"].say("Last words.")
    asked["slow-one"].finish()
    expect(chat.page.get_by_text("Which is best?")).to_be_visible()


def test_nothing_tells_the_models_before_the_vote_and_the_order_stays(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    ask_blind(chat, models)
    chat.expect_conversation()
    order = chat.answers.evaluate_all("cards => cards.map((card) => card.dataset.answer)")
    shown = chat.page.locator("[data-turn]").inner_html()
    assert [
        word for word in ("quick-one", "slow-one", "fake", "tok/s", "cost", "Fastest") if word in shown
    ] == []
    chat.page.reload()
    expect(chat.page.get_by_text("Which is best?")).to_be_visible()
    assert chat.answers.evaluate_all("cards => cards.map((card) => card.dataset.answer)") == order


def test_a_vote_uncovers_the_models_is_kept_and_chooses_what_goes_on(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    ask_blind(chat, models)
    card = chat.answers.filter(has_text="Last words.")
    letter = card.get_by_text("Answer ").inner_text()
    chat.button(letter).click()
    expect(lane(chat, "slow-one").get_by_text("Best")).to_be_visible()
    expect(lane(chat, "quick-one").get_by_role("button", name="Continue from here")).to_be_visible()
    chat.page.reload()
    expect(lane(chat, "slow-one").get_by_text("Best")).to_be_visible()


def test_neither_a_print_nor_a_link_tells_the_models(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    ask_blind(chat, models)
    conversation = chat.expect_conversation().removeprefix("/c/")
    chat.page.emulate_media(media="print")
    printed = chat.page.locator("body").inner_text()
    made = chat.page.request.post(
        f"{chat.url}/api/conversations/{conversation}/shares", data={}, headers={"Origin": chat.url}
    )
    chat.page.emulate_media(media="screen")
    chat.page.goto(chat.url + made.json()["path"])
    expect(chat.page.get_by_role("heading", name="Answer B")).to_be_visible()
    for told in (printed, chat.page.content()):
        assert "First words." in told
        assert "Answer A" in told
        assert [word for word in ("quick-one", "slow-one") if word in told] == []
