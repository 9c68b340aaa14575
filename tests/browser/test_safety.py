"""Model output is hostile: it runs no script, loads nothing, leads nowhere it should not."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import OpenChat
from tests.browser.model_server import ModelServer
from tests.services.server import Divan

RUN = "window.hacked=1;alert(1)"
HOSTILE = f"""
# <script>{RUN}</script> heading

<script>{RUN}</script><img src=x onerror="{RUN}"><svg onload="{RUN}"><iframe srcdoc="<script>{RUN}</script>">

[click](javascript:{RUN}) [data](data:text/html,<script>{RUN}</script>) [file](file:///etc/passwd)
[slash](//evil.invalid)
[entity](&#106;avascript:{RUN}) <javascript:{RUN}> [quote](https://a.invalid"onclick="{RUN})

![pixel](https://evil.invalid/pixel.png) ![inline](data:image/svg+xml,<svg/onload={RUN}>)

| <img src=x onerror={RUN}> | b |
|---|---|
| <b onclick={RUN}>x</b> | [y](javascript:{RUN}) |

```html"><script>{RUN}</script>
</code></pre><script>{RUN}</script>
```

$\\href{{javascript:{RUN}}}{{x}}$ $\\htmlStyle{{color:red}}{{y}}$ $$\\includegraphics{{https://evil.invalid/a.png}}$$

[good](https://good.invalid/page)
"""


def assert_untouched(chat: ChatPage) -> None:
    assert chat.page.evaluate("window.hacked") is None
    loaded = [url for url in chat.requests if urlsplit(url).scheme in ("http", "https")]
    assert [url for url in loaded if not url.startswith(chat.url)] == []
    assert chat.troubles == []


def test_hostile_markdown_runs_nothing_and_loads_nothing_while_it_streams_and_after(
    open_chat: OpenChat, divan_with_models: Divan, models: ModelServer
) -> None:
    chat = open_chat(divan_with_models)
    chat.pick_model("slow-one")
    chat.say("Attack")
    asked = models.next_asked()
    for at in range(0, len(HOSTILE), 7):
        asked.say(HOSTILE[at : at + 7])
    asked.finish()
    chat.expect_status("complete")
    expect(chat.text.get_by_role("link", name="good")).to_be_visible()
    assert (
        chat.text.locator("script, iframe, svg[onload], img, [onclick], [onerror], [style*=url]").count() == 0
    )
    links = chat.text.locator("a").evaluate_all(
        "all => all.map(a => [a.getAttribute('href'), a.rel, a.target])"
    )
    for address, rel, target in links:
        assert address.startswith(("https://", "mailto:"))
        assert rel == "noopener noreferrer nofollow"
        assert target == "_blank"
    assert_untouched(chat)
    chat.page.reload()
    expect(chat.text.get_by_role("link", name="good")).to_be_visible()
    assert_untouched(chat)


def test_a_hostile_question_title_and_reasoning_are_text(open_chat: OpenChat, divan: Divan) -> None:
    chat = open_chat(divan)
    attack = f"<img src=x onerror={RUN}><script>{RUN}</script>"
    chat.ask_echo(attack, "speed=0 reasoning")
    expect(chat.questions).to_contain_text([attack])
    expect(chat.rows.first).to_contain_text("<img src=x")
    expect(chat.page).to_have_title(re.compile("<img"))
    assert_untouched(chat)


def test_formulas_code_and_tables_need_no_exception_from_the_policy(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    chat.ask_echo("Everything", "speed=0 markdown")
    expect(chat.text.locator(".katex-display")).to_be_visible()
    expect(chat.text.locator(".hljs-keyword").first).to_be_visible()
    expect(chat.text.locator("tbody tr")).to_have_count(3)
    expect(chat.text).to_contain_text("$5 and $6")
    size = chat.text.locator(".katex .katex-strut").first.evaluate(
        "strut => strut.getBoundingClientRect().height"
    )
    assert size > 0, "the formula's styles did not arrive"
    loaded = chat.page.evaluate(
        """document.fonts.ready.then((fonts) =>
          [...fonts].some((font) => font.family.startsWith('KaTeX') && font.status === 'loaded'))"""
    )
    assert loaded, "the formula's fonts did not arrive"
    assert_untouched(chat)


PATHS = ("/", "/c/20200101-000000-aaaaaaaa", "/admin/", "/admin/providers/server/", "/api/docs")


def test_no_page_breaks_its_own_policy_and_ours_allows_no_inline_script_or_style(
    open_chat: OpenChat, divan: Divan
) -> None:
    chat = open_chat(divan)
    policies = {}
    for path in PATHS:
        answer = chat.page.goto(divan.url + path, wait_until="networkidle")
        assert answer is not None
        policies[path] = answer.headers.get("content-security-policy", "")
        assert "default-src 'self'" in policies[path]
        assert "unsafe-eval" not in policies[path]
        assert "script-src 'self' 'unsafe-inline'" not in policies[path]
        assert_untouched(chat)
    assert "unsafe-inline" not in policies["/"]
    assert "frame-ancestors 'none'" in policies["/"]
