"""Sets of models: kept under a name, begun with, and named by a link."""

import re
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_accessibility import faults
from tests.browser.test_lanes import open_with_two
from tests.services.server import Divan


def test_a_set_is_kept_begun_with_and_found_by_its_link(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_with_two(open_chat, divan_with_models)
    page = chat.page
    chat.button("Conversation options").click()
    page.get_by_role("menuitem", name="Save these models as a set…").click()
    page.get_by_role("textbox", name="Name").fill("Quick & slow")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    kept = page.get_by_role("list", name="Model sets").get_by_role(
        "button", name=re.compile("^Quick & slow:")
    )
    expect(kept).to_be_visible()
    assert faults(chat) == []
    chat.open("/?model=echo%2Fecho")
    expect(page.get_by_text("quick-one")).to_have_count(0)
    kept.click()
    expect(page.get_by_text("quick-one").first).to_be_visible()
    expect(page.get_by_text("slow-one").first).to_be_visible()
    chat.open("/?model=echo%2Fecho")
    expect(page.get_by_text("quick-one")).to_have_count(0)
    chat.open(f"/?set={quote('quick & SLOW')}")
    expect(page.get_by_text("quick-one").first).to_be_visible()
    expect(page).to_have_url(re.compile("/$"))
    chat.open("/?set=Nothing")
    expect(page.get_by_text("There is no model set “Nothing”.")).to_be_visible()
    page.get_by_role("button", name="Options for Quick & slow").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(kept).to_have_count(0)


def test_a_link_names_several_models(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models, "/?models=fake%2Fquick-one,fake%2Fslow-one,nowhere%2Fx")
    expect(chat.page.get_by_text("quick-one").first).to_be_visible()
    expect(chat.page.get_by_text("slow-one").first).to_be_visible()
    expect(chat.page.get_by_text("The model “nowhere/x” of that link is not known here.")).to_be_visible()
