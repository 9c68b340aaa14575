"""What a first visit loads: no more script than a phone on a slow line can bear."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeContext, OpenChat
from tests.services.server import Divan

MOST_BYTES = 300_000
MOST_BYTES_OF_A_SHARED_PAGE = 200_000
CATALOGUES = {language: f"src/i18n/{language}/index.ts" for language in ("en", "tr", "ru")}
LAYERS = ["reset", "tokens", "base", "components", "utilities"]
WHEN_NEEDED = (
    "katex",
    "highlight.js",
    "Dialog.vue",
    "SearchPalette.vue",
    "DocumentsView.vue",
    "i18n/en/",
    "i18n/tr/",
    "i18n/ru/",
)


def manifest_of(built_client: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((built_client / "manifest.json").read_text())
    return content


def loaded_with(manifest: dict[str, Any], *entries: str) -> set[str]:
    """The manifest's keys of all that a page needs that begins with these."""
    found: set[str] = set()
    ahead = list(entries)
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead += manifest[key].get("imports", [])
    return found


def compressed_bytes(built_client: Path, file: str) -> int:
    packed = built_client / f"{file}.gz"
    return (packed if packed.exists() else built_client / file).stat().st_size


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_scripts_of_a_first_visit_stay_within_their_budget(built_client: Path, language: str) -> None:
    manifest = manifest_of(built_client)
    keys = loaded_with(manifest, "src/main.ts", CATALOGUES[language])
    sizes = {key: compressed_bytes(built_client, manifest[key]["file"]) for key in keys}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_scripts_of_a_shared_page_stay_within_theirs(built_client: Path, language: str) -> None:
    manifest = manifest_of(built_client)
    keys = loaded_with(manifest, "src/shared.ts", CATALOGUES[language])
    sizes = {key: compressed_bytes(built_client, manifest[key]["file"]) for key in keys}
    assert sum(sizes.values()) <= MOST_BYTES_OF_A_SHARED_PAGE, sizes


def test_what_the_first_page_does_not_show_is_loaded_when_it_is_needed(built_client: Path) -> None:
    manifest = manifest_of(built_client)
    first = loaded_with(manifest, "src/main.ts")
    later = {key for key in manifest if any(part in key for part in WHEN_NEEDED)}
    assert len(later) > len(WHEN_NEEDED), "the names are those of the build"
    assert not first & later


def test_every_stylesheet_with_layers_names_their_order_first(built_client: Path) -> None:
    """Whichever is loaded first settles it for the page."""
    sheets = [sheet.read_text() for sheet in (built_client / "assets").glob("*.css")]
    orders = [re.findall(r"@layer ([\w, ]+)[;{]", sheet) for sheet in sheets]
    layered = [order for order in orders if order]
    assert layered
    for order in layered:
        names = [name.strip() for statement in order for name in statement.split(",")]
        assert list(dict.fromkeys(names)) == LAYERS


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("tr-TR", "tr"), ("ru-RU", "ru")])
def test_a_browser_asks_for_these_scripts_and_no_other(
    contexts: MakeContext, divan: Divan, built_client: Path, locale: str, language: str
) -> None:
    manifest = manifest_of(built_client)
    expected = {manifest[key]["file"] for key in loaded_with(manifest, "src/main.ts", CATALOGUES[language])}
    page = contexts(locale=locale).new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.partition("/static/")[2]))
    page.goto(divan.url)
    expect(page.locator("#composer")).to_be_focused()
    expect(page.get_by_role("group").first).to_be_visible()
    scripts = {file for file in asked if file.endswith(".js") and file.startswith("assets/")}
    assert scripts == expected


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_catalogue_of_a_page_is_named_in_it(
    contexts: MakeContext, divan: Divan, built_client: Path, language: str
) -> None:
    """Else it is asked for once the first script has been read, a way to the server later."""
    files = {code: manifest_of(built_client)[catalogue]["file"] for code, catalogue in CATALOGUES.items()}
    page = contexts(locale=language, java_script_enabled=False).new_page()
    page.goto(divan.url)
    named = page.locator("link[rel=modulepreload]").evaluate_all("links => links.map(({ href }) => href)")
    assert [code for code, file in files.items() if any(link.endswith(file) for link in named)] == [language]


def test_a_page_whose_language_does_not_come_begins_in_another_and_says_so(
    open_chat: OpenChat, contexts: MakeContext, divan: Divan
) -> None:
    context = contexts(locale="tr-TR")
    context.route("**/assets/tr-*.js", lambda route: route.abort())
    chat = open_chat(divan, context=context)
    note = chat.page.locator(".toast").filter(has_text="The texts in Türkçe could not be loaded.")
    expect(note).to_be_visible()
    expect(chat.composer).to_have_attribute("placeholder", "Ask anything")
    context.unroute("**/assets/tr-*.js")
    note.get_by_role("button", name="Retry").click()
    expect(chat.composer).to_have_attribute("placeholder", "Bir şey sorun")
    expect(chat.page.locator("html")).to_have_attribute("lang", "tr")


def test_a_page_that_cannot_begin_says_so_and_leads_to_another_try(
    contexts: MakeContext, divan: Divan
) -> None:
    context = contexts(locale="tr-TR")
    pattern = re.compile(r"/assets/(tr|en|ru)-[^/]*\.js$")
    context.route(pattern, lambda route: route.abort())
    page = context.new_page()
    page.goto(divan.url)
    expect(page.get_by_text("Bu sayfa yüklenemedi.")).to_be_visible()
    context.unroute(pattern)
    page.get_by_role("link", name="Yeniden dene").click()
    expect(page.locator("#composer")).to_be_visible()
    expect(page.get_by_text("Bu sayfa yüklenemedi.")).to_be_hidden()
