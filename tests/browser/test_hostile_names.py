"""Names are hostile too: of models, personas, prompts, folders, tags and chats, wherever they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.browser.test_safety import assert_untouched
from tests.chat.test_access import call
from tests.services.server import Divan, copy_database

ATTACK = "<img/src=x/onerror=window.hacked=1>'\"><svg/onload=window.hacked=1>"
MODEL = "fake/<img/src=x/onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path
) -> Iterator[tuple[Divan, str]]:
    """A server on which whatever can have a name has a hostile one, and the path of a conversation there."""
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    models = ModelServer([MODEL.removeprefix("fake/")])
    with models, Divan(folder, env={"OPENAI_SERVERS": f"fake={models.url}/v1"}) as running:
        made = call(
            f"{running.url}/api/conversations", "POST", {"title": ATTACK, "lanes": [{"model": MODEL}]}
        )
        where = f"{running.url}/api/conversations/{made[1]['id']}"
        call(where, "PATCH", {"folder": ATTACK, "tags": [ATTACK]})
        call(f"{running.url}/api/prompts", "POST", {"name": ATTACK, "text": ATTACK})
        persona = {"name": ATTACK, "description": ATTACK, "system_prompt": ATTACK, "model": MODEL}
        call(f"{running.url}/api/models/personas", "POST", persona)
        yield running, f"/c/{made[1]['id']}"


def test_no_name_is_markup_on_the_page(open_chat: OpenChat, hostile: tuple[Divan, str]) -> None:
    chat = open_chat(*hostile)
    named = chat.page.get_by_role("option").filter(has_text="onerror").first
    expect(chat.page.get_by_role("navigation").get_by_text("<img/src=x").first).to_be_visible()
    chat.button(re.compile("^Change the model")).first.click()
    expect(named).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.composer.fill("/")
    expect(named).to_be_visible()
    chat.composer.fill("@")
    expect(named).to_be_visible()
    chat.composer.fill("")
    chat.page.keyboard.press("Control+k")
    chat.page.get_by_role("combobox").fill("onerror")
    expect(named).to_be_visible()
    assert_untouched(chat)


@pytest.mark.parametrize("path", ["/admin/providers/persona/", "/admin/conversations/conversation/"])
def test_no_name_is_markup_in_the_admin(open_chat: OpenChat, hostile: tuple[Divan, str], path: str) -> None:
    server, _ = hostile
    chat = open_chat(server)
    chat.page.goto(server.url + path)
    expect(chat.page.get_by_text("onerror").first).to_be_visible()
    assert_untouched(chat)
