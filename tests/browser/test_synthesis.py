"""One answer is made of several, and leads to each of them."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan


def test_an_answer_made_of_two_stands_below_them_and_leads_to_each(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    chat.add_lane("slow-one")
    chat.say("Tea or coffee?")
    for model, each in models.next_asked_by_model(2).items():
        each.say(f"{model} says so.")
        each.finish()
    chat.button("Merge").click()
    chat.choose_model("third-one")
    asked = models.next_asked()
    assert asked.model == "third-one"
    asked.say("Both [1][2].")
    asked.finish()
    made = chat.answers.filter(has_text="Merged by third-one")
    expect(made).to_have_attribute("data-status", "complete")
    lanes, below = chat.answers.first.bounding_box(), made.bounding_box()
    assert lanes is not None
    assert below is not None
    assert below["y"] > lanes["y"] + lanes["height"]
    chat.page.set_viewport_size({"width": 400, "height": 800})
    for number, model in (("2", "slow-one"), ("1", "quick-one"), ("2", "slow-one")):
        made.get_by_role("button", name=number, exact=True).click()
        expect(chat.page.get_by_role("tab", selected=True)).to_have_text(model)
        expect(chat.answers.first).to_be_focused()
        expect(chat.answers.first).to_contain_text(f"{model} says so.")
