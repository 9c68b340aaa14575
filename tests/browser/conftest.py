"""A real Chromium on a real server, and model servers that speak when a test lets them."""

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from chat.actions.preferences import PreferencesChange
from tests.browser.chat_page import ChatPage
from tests.browser.model_server import ModelServer
from tests.browser.shared_profiles import SHARED_OPTIONS, SharedProfiles
from tests.services.processes import ROOT
from tests.services.server import Divan, copy_database

MANY = ["maker-0/coder-0", *(f"maker-{number % 8}/model-{number}" for number in range(1, 400))]
PRICES = {"maker-1/model-1": (2.0, 8.0), "maker-4/model-4": (2.0, 8.0), "maker-2/model-2": (0.0, 0.0)}
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    # Pages of one profile share a process, and with it what was compiled.
    "--process-per-site",
    # Sandboxed frames have their own, as in every whole browser; the headless shell wants to be told.
    "--site-per-process",
]
PROFILE: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/Istanbul"}


@pytest.fixture(scope="session")
def built_client() -> Path:
    manifest = ROOT / "static" / "dist" / "manifest.json"
    assert manifest.exists(), "The web client is not built: run `make test`, which builds it."
    return manifest.parent


@pytest.fixture(scope="package")
def browser(chromium: str, built_client: Path) -> Iterator[Browser]:
    """Ends with this folder's tests: while Playwright's synchronous interface lives, no asynchronous test can
    run. None stands here."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def divan(tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path) -> Iterator[Divan]:
    """One server, with the echo model alone, for all tests of a module."""
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    with Divan(folder) as running:
        yield running


@pytest.fixture(scope="module")
def model_server() -> Iterator[ModelServer]:
    with ModelServer(["quick-one", "slow-one", "third-one"]) as running:
        yield running


@pytest.fixture
def models(model_server: ModelServer) -> ModelServer:
    """The model server, with nothing left of the test before."""
    model_server.forget()
    return model_server


@pytest.fixture(scope="module")
def divan_with_models(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path, model_server: ModelServer
) -> Iterator[Divan]:
    """A server with the model server as `fake`, and one that is not there as `gone`."""
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    servers = f"fake={model_server.url}/v1,gone=http://127.0.0.1:9/v1"
    with Divan(folder, env={"OPENAI_SERVERS": servers, "CONNECT_TIMEOUT": "2"}) as running:
        yield running


@pytest.fixture(scope="module")
def big_server() -> Iterator[ModelServer]:
    with ModelServer(MANY, prices=PRICES) as running:
        yield running


@pytest.fixture(scope="module")
def divan_with_many(
    tmp_path_factory: pytest.TempPathFactory, database_with_tables: Path, big_server: ModelServer
) -> Iterator[Divan]:
    folder = tmp_path_factory.mktemp("divan") / "server"
    copy_database(database_with_tables, folder)
    servers = f"big={big_server.url}/v1,gone=http://127.0.0.1:9/v1"
    with Divan(folder, env={"OPENAI_SERVERS": servers, "CONNECT_TIMEOUT": "2"}) as running:
        yield running


class MakeContext(Protocol):
    def __call__(self, **options: Any) -> BrowserContext: ...


class OpenChat(Protocol):
    def __call__(self, server: Divan, path: str = "/", **options: Any) -> ChatPage: ...


@pytest.fixture
def contexts(browser: Browser) -> Iterator[MakeContext]:
    """Makes browsers' profiles; two tabs of one profile share its storage."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{**PROFILE, **options})
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="package")
def shared_profiles(browser: Browser) -> Iterator[SharedProfiles]:
    profiles = SharedProfiles(lambda locale: browser.new_context(**{**PROFILE, "locale": locale}))
    yield profiles
    profiles.close()


def forget_preferences(server: Divan) -> None:
    """Where one person is alone, what a test before has set would hold in a new browser too."""
    body = json.dumps(dict.fromkeys(PreferencesChange.model_fields)).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{server.url}/api/preferences", body, headers, method="PATCH")
    # Accounts have settings of their own, and no page is let in without one.
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(asked).close()


@pytest.fixture
def open_chat(shared_profiles: SharedProfiles, contexts: MakeContext) -> Iterator[OpenChat]:
    """Opens the page, as often as wanted, each time in an empty profile; `context` for a further tab. No test
    may leave trouble behind."""
    opened: list[ChatPage] = []

    def open_page(
        server: Divan, path: str = "/", *, context: BrowserContext | None = None, **options: Any
    ) -> ChatPage:
        if context is None:
            forget_preferences(server)
            if options.keys() <= SHARED_OPTIONS:
                page = shared_profiles.new_page(server.url, **options)
            else:
                page = contexts(**options).new_page()
        else:
            page = context.new_page()
        chat = ChatPage(page, server.url)
        opened.append(chat)
        return chat.open(path)

    yield open_page
    shared_profiles.empty()
    troubles = [trouble for chat in opened for trouble in chat.troubles]
    assert troubles == []
