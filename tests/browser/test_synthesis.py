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


def test_a_council_ranks_the_answers_of_others_unnamed_and_shows_who_sees_it_otherwise(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("quick-one")
    for other in ("slow-one", "third-one"):
        chat.add_lane(other)
    chat.say("Tea or coffee?")
    answers = {"quick-one": "Tea, of course.", "slow-one": "Coffee at last.", "third-one": "Water will do."}
    for model, each in models.next_asked_by_model(3).items():
        each.say(answers[model])
        each.finish()
    chat.button("Council").click()
    chat.choose_model("third-one")
    first = {"quick-one": "slow-one", "slow-one": "third-one", "third-one": "quick-one"}
    for model, each in models.next_asked_by_model(3).items():
        shown = each.body["messages"][-1]["content"]
        others = sorted(answers.keys() - {model}, key=lambda other: shown.index(answers[other]))
        assert answers[model] not in shown
        assert not any(name in shown for name in answers)
        # The answers stand there as B and C.
        ranked = "BC" if others[0] == first[model] else "CB"
        each.say(f"{ranked[0]} says more than {ranked[1]}.\n{' > '.join(ranked)}")
        each.finish()
    writer = models.next_asked()
    writer.say("All of them [2].")
    writer.finish()
    made = chat.answers.filter(has_text="All of them")
    expect(made).to_have_attribute("data-status", "complete")
    council = made.get_by_role("group").filter(has_text="How the models ranked")
    expect(council).to_contain_text("50% agreement")
    expect(council).to_contain_text("1 disagrees")
    expect(council.get_by_role("list")).to_have_count(0)
    council.locator("summary").click()
    lists = council.get_by_role("list")
    expect(lists).to_have_count(2)
    places, rankings = lists.first, lists.last
    expect(places.get_by_role("listitem")).to_have_text(
        ["quick-one [1] · 50%", "slow-one [2] · 50%", "third-one [3] · 50%"]
    )
    for model, order in (("quick-one", "[2] › [3]"), ("slow-one", "[3] › [1]"), ("third-one", "[1] › [2]")):
        ranking = rankings.get_by_role("listitem").filter(has_text=model)
        best, other = order.split(" › ")
        expect(ranking).to_contain_text(order)
        expect(ranking).to_contain_text(f"{best} says more than {other}.")
    expect(rankings.get_by_text("minority")).to_have_count(1)
