"""Searching the web through each service, with all that these may answer."""

import asyncio
import logging
import sys
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from pytest_django.fixtures import Settings

from chat.tools.base import ToolError
from chat.tools.builtin import web_search
from chat.tools.search import FoundPage, SearchError, configuration
from chat.tools.search import http as search_http
from chat.tools.search import paced_search as search_asking
from chat.tools.search.results import one_line, web_address
from tests.tools.callers import Addresses, caller
from tests.tools.conftest import UseService
from tests.upstreams.search import KEY, RESULTS, SearchServices

REFUSALS = (400, 401, 403, 404, 500)
OVER_HTTP = ("searxng", "brave", "tavily")


async def search(query: str, most: int) -> list[FoundPage]:
    """By the service of the environment, which no row stands before."""
    return await search_asking.search(configuration.from_environment(), query, most)


def what_is_missing() -> str:
    return str(configuration.from_environment().missing)


@pytest.mark.parametrize("provider", OVER_HTTP)
async def test_each_service_gives_titles_addresses_and_snippets(
    provider: str, use: UseService, services: SearchServices
) -> None:
    use(provider)
    found = await search("  ayasofya \n museum ", 5)
    assert [(page.title, page.url, page.snippet) for page in found] == [
        (one["title"], one["url"], one["text"]) for one in RESULTS
    ]
    [asked] = services.asked
    assert "ayasofya museum" in (asked.query.get("q"), (asked.body or {}).get("query"))
    assert [page.url for page in await search("x", 1)] == [RESULTS[0]["url"]]
    services.results = []
    assert await search("nothing", 5) == []


@pytest.mark.parametrize("provider", OVER_HTTP)
async def test_a_key_goes_into_a_header_and_nowhere_else(
    provider: str, use: UseService, services: SearchServices, caplog: pytest.LogCaptureFixture
) -> None:
    use(provider)
    caplog.set_level(logging.DEBUG)
    await search("x", 5)
    services.answers = [
        web.Response(status=status, text=f"bad {KEY}") for status in (400, 401, 403, 404, 500)
    ]
    for _ in range(len(services.answers)):
        with pytest.raises(SearchError) as raised:
            await search("x", 5)
        assert KEY not in str(raised.value)
    for asked in services.asked:
        assert KEY not in f"{asked.path}{asked.query}{asked.body}"
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("provider", "answer", "said"),
    [
        ("searxng", web.Response(status=403), r"`json` to `search.formats`"),
        ("searxng", web.Response(status=404), "SEARXNG_URL"),
        ("searxng", web.Response(text="<html>", content_type="text/html"), "not SearXNG"),
        ("searxng", web.json_response(["no"]), "not SearXNG"),
        ("searxng", web.json_response({"results": 5}), "not SearXNG"),
        ("searxng", web.Response(status=302, headers={"Location": "/login"}), "another address"),
        ("brave", web.Response(status=401), "BRAVE_API_KEY"),
        ("brave", web.Response(status=403), "BRAVE_API_KEY"),
        ("brave", web.Response(status=422), "BRAVE_API_KEY"),
        ("brave", web.Response(status=402), "plan"),
        ("brave", web.json_response({"web": []}), "not Brave"),
        ("tavily", web.Response(status=401), "TAVILY_API_KEY"),
        ("tavily", web.Response(status=403), "TAVILY_API_KEY"),
        ("tavily", web.Response(status=432), "plan"),
        ("tavily", web.Response(status=400), "refused the search"),
        *((one, web.Response(status=503), "failed") for one in OVER_HTTP),
        *((one, web.Response(body=b"{" * 5_000_000), "not ") for one in OVER_HTTP),
    ],
)
async def test_a_refusal_says_what_to_mend(
    provider: str, answer: web.Response, said: str, use: UseService, services: SearchServices
) -> None:
    use(provider)
    services.answers = [answer]
    with pytest.raises(SearchError, match=said):
        await search("x", 5)
    assert await search("x", 5), "the next search is another one"


@pytest.mark.parametrize("provider", OVER_HTTP)
async def test_a_query_is_as_long_as_a_service_takes(
    provider: str, use: UseService, services: SearchServices
) -> None:
    use(provider)
    await search("word " * 10_000, 5)
    [asked] = services.asked
    query = asked.query.get("q") or asked.body["query"]
    assert len(query) <= {"searxng": 1_000, "brave": 400, "tavily": 400}[provider]
    assert provider != "brave" or len(query.split()) <= 50


async def test_searxng_without_json_is_told_apart_from_one_that_is_not_there(
    use: UseService, services: SearchServices, settings: Settings
) -> None:
    use("searxng")
    services.formats = ["html"]
    with pytest.raises(SearchError, match=r"settings\.yml"):
        await search("x", 5)
    settings.SEARXNG_URL = "http://127.0.0.1:9"
    with pytest.raises(SearchError, match=r"cannot be reached at 127\.0\.0\.1:9"):
        await search("x", 5)
    settings.SEARXNG_URL = "no address"
    with pytest.raises(SearchError, match="cannot be reached"):
        await search("x", 5)


async def test_engines_that_do_not_answer_are_named(use: UseService, services: SearchServices) -> None:
    use("searxng")
    services.results, services.unresponsive = [], [["google", "timeout"], ["<b>x", "y"], ["brave", "CAPTCHA"]]
    with pytest.raises(SearchError, match=r"answered: google, brave\."):
        await search("x", 5)


@pytest.mark.parametrize("suffix", ["", "/", "/search"])
async def test_an_address_may_be_copied_with_what_stands_behind_it(
    suffix: str, use: UseService, settings: Settings
) -> None:
    for provider, name in (
        ("searxng", "SEARXNG_URL"),
        ("brave", "BRAVE_BASE_URL"),
        ("tavily", "TAVILY_BASE_URL"),
    ):
        use(provider)
        more = f"/res/v1/web{suffix}" if provider == "brave" and suffix == "/search" else suffix
        setattr(settings, name, f"{getattr(settings, name)}{more}")
        assert await search("x", 5)


@pytest.mark.parametrize("provider", OVER_HTTP)
async def test_a_short_pause_is_kept_once_by_all(
    provider: str, use: UseService, services: SearchServices
) -> None:
    use(provider)
    services.answers = [web.Response(status=429, headers={"Retry-After": "0.05"}) for _ in range(3)]
    found = await asyncio.gather(*(search(f"query {number}", 5) for number in range(3)))
    assert all(found)
    assert len(services.asked) == 6


@pytest.mark.parametrize("provider", OVER_HTTP)
async def test_a_long_pause_is_told_at_once_and_kept(
    provider: str, use: UseService, services: SearchServices
) -> None:
    use(provider)
    services.answers = [web.Response(status=429, headers={"Retry-After": "120"})]
    for _ in range(3):
        with pytest.raises(SearchError, match=r"no more searches for the moment. Try again in 1\d\d s"):
            await search("x", 5)
    assert len(services.asked) == 1, "nobody is asked during the pause"


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("5", 5, 5),
        ("0", 1, 1),
        ("-3", 1, 1),
        ("nan", 1, 1),
        ("inf", 3600, 3600),
        ("99999999", 3600, 3600),
        ("soon", 1, 1),
        ("", 1, 1),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 1, 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600, 3600),
        ("Fri, 31 Dec 9999 23:59:59 -0000", 1, 3600),
    ],
)
def test_a_pause_is_read_in_seconds_or_as_a_date(said: str, least: float, most: float) -> None:
    assert least <= search_http.seconds_of({"Retry-After": said}) <= most


async def test_a_service_that_hangs_is_given_up(
    use: UseService, services: SearchServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("searxng")

    class Hanging(web.Response):
        async def prepare(self, request: Any) -> Any:
            await asyncio.sleep(30)

    monkeypatch.setattr(search_http, "SECONDS", 0.2)
    services.answers = [Hanging()]
    with pytest.raises(SearchError, match="did not answer"):
        await search("x", 5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("provider", "lacking", "said"),
    [
        ("", "", "SEARCH_PROVIDER"),
        ("searxng", "SEARXNG_URL", "SEARXNG_URL"),
        ("brave", "BRAVE_API_KEY", "BRAVE_API_KEY"),
        ("tavily", "TAVILY_API_KEY", "TAVILY_API_KEY"),
        ("ddgs", "", "pip install ddgs"),
    ],
)
async def test_what_is_missing_is_the_reason_why_the_tool_is_not_available(
    provider: str, lacking: str, said: str, use: UseService, settings: Settings
) -> None:
    use(provider)
    if lacking:
        setattr(settings, lacking, "")
    assert said in str((await web_search.tool()).reason)
    with pytest.raises(SearchError, match=said):
        await search("x", 5)
    if lacking:
        use(provider)
        assert not what_is_missing()


async def test_ddgs_is_asked_where_it_is_installed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowed, failed = (type(name, (Exception,), {}) for name in ("RatelimitException", "DDGSException"))
    raised: list[Exception] = []

    class DDGS:
        def __init__(self, **_: Any) -> None:
            pass

        def text(self, query: str, max_results: int) -> list[dict[str, str]]:
            if raised:
                raise raised.pop()
            return [{"title": query, "href": "https://example.org/", "body": "text"}] * max_results

    package, exceptions = ModuleType("ddgs"), ModuleType("ddgs.exceptions")
    package.__dict__.update(DDGS=DDGS, __spec__=object())
    exceptions.__dict__.update(RatelimitException=slowed, DDGSException=failed)
    monkeypatch.setitem(sys.modules, "ddgs", package)
    monkeypatch.setitem(sys.modules, "ddgs.exceptions", exceptions)
    settings.SEARCH_PROVIDER = "ddgs"
    assert not what_is_missing()
    assert [page.title for page in await search("tea", 3)] == ["tea"]
    raised.append(failed("No results found."))
    assert await search("tea", 3) == []
    raised.append(failed("https://duckduckgo.com/ 202"))
    with pytest.raises(SearchError, match="turned away"):
        await search("tea", 3)
    raised.append(slowed("202"))
    with pytest.raises(SearchError, match="no more searches"):
        await search("tea", 3)


HOSTILE = [
    "javascript:alert(1)",
    "JAVASCRIPT://example.org/%0aalert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "ftp://example.org/",
    "//example.org/",
    "example.org",
    "http://",
    "http:///path",
    "https://user:pass@example.org/",
    "https://example.org\\@evil.org/",
    "https://example.org/\u202egnp.exe",
    "https://example.org/\u200b",
    "https://example.org/a b",
    "https://example.org/\n",
    "https://exam\x00ple.org/",
    "https://example.org/<script>",
    'https://example.org/"onload="',
    "https://example.org:99999/",
    "https://[::1",
    "https://example.org/" + "x" * 3000,
    "",
    None,
    5,
    ["https://example.org"],
]


@pytest.mark.parametrize("url", HOSTILE)
async def test_a_result_with_a_hostile_address_is_left_out(
    url: Any, use: UseService, services: SearchServices
) -> None:
    use("tavily")
    services.results = [{"title": "x", "url": url, "text": "x"}, *RESULTS]
    good = [one["url"] for one in RESULTS]
    found = [page.url for page in await search("x", 5)]
    # Space around an address is none of its own.
    assert found == good or (isinstance(url, str) and url.strip() == found[0] and "\n" in url)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<b>Tea</b> &amp; milk", "Tea & milk"),
        ("a\x00b\x1b[31mc\r\n\td", "a b [31mc d"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066x\u2069\ufeff", "x"),
        ("a < b > c", "a < b > c"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("&lt;script&gt;", "<script>"),
        ("\ud800", ""),
        ("خانه\u200cها", "خانه\u200cها"),
        (None, ""),
        (5, ""),
        ({"a": 1}, ""),
    ],
)
def test_titles_and_snippets_become_plain_lines(given: Any, shown: str) -> None:
    assert one_line(given, 200) == shown


def test_long_texts_are_cut() -> None:
    assert len(one_line("x" * 10_000_000, 200)) == 200
    assert len(one_line("<" * 100_000, 200)) == 200
    assert web_address("https://example.org/ok?a=b#c") == "https://example.org/ok?a=b#c"


@pytest.mark.django_db(transaction=True)
async def test_the_tool_gives_sources_and_lets_them_be_opened(use: UseService) -> None:
    use("searxng")
    who = caller(language="tr")
    given = await web_search.run(who, {"query": "ayasofya", "max_results": "2"})
    assert "https://example.org/hagia" in given.content
    assert [dict(source) for source in given.sources] == [
        {"kind": "web", "url": one["url"], "title": one["title"], "passage": one["text"]} for one in RESULTS
    ]
    assert isinstance(who.addresses, Addresses)
    assert who.addresses.known == {one["url"] for one in RESULTS}


@pytest.mark.parametrize("arguments", [{}, {"query": ""}, {"query": "  "}, {"query": 5}, {"query": ["a"]}])
async def test_a_search_for_nothing_is_refused(arguments: dict[str, Any], use: UseService) -> None:
    use("searxng")
    with pytest.raises(ToolError):
        await web_search.run(caller(), arguments)


@pytest.mark.parametrize(
    ("asked", "given"),
    [(3, 3), ("3", 3), (0, 1), (-5, 1), (1e9, 20), (2.7, 2), (None, 5), (True, 5), ("many", 5), ([], 5)],
)
def test_how_many_are_asked_for_is_kept_within_reason(asked: Any, given: int) -> None:
    assert web_search.how_many(asked) == given


@pytest.mark.django_db(transaction=True)
async def test_a_failure_is_told_in_the_persons_language(use: UseService, services: SearchServices) -> None:
    use("brave")
    services.answers = [web.Response(status=401)]
    with pytest.raises(ToolError, match="anahtar"):
        await web_search.run(caller(language="tr"), {"query": "x"})


def test_a_search_waits_less_than_a_call_may_take() -> None:
    assert search_asking.PATIENCE + search_http.SECONDS < 60
