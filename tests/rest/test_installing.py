"""What a browser is told where a person installs the page."""

import re
import struct
from urllib.parse import urlsplit

import aiohttp

from tests.services.server import Divan


async def test_the_page_can_be_installed_with_icons_of_the_sizes_that_it_names(divan: Divan) -> None:
    async with aiohttp.ClientSession(divan.url) as http:
        async with http.get("/") as page:
            named = re.search(r'<link rel="manifest" href="([^"]+)"', await page.text())
        assert named
        async with http.get(named[1]) as answer:
            assert answer.content_type == "application/manifest+json"
            told = await answer.json(content_type=None)
        assert (told["start_url"], told["scope"], told["display"]) == ("/", "/", "standalone")
        sizes = {(icon["sizes"], icon["purpose"]) for icon in told["icons"]}
        assert sizes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
        for icon in told["icons"]:
            assert urlsplit(icon["src"]).netloc == "", "no other machine is asked"
            async with http.get(icon["src"]) as picture:
                assert (picture.status, picture.content_type) == (200, "image/png")
                width, height = struct.unpack(">II", (await picture.read())[16:24])
            assert f"{width}x{height}" == icon["sizes"]


async def test_the_service_worker_hears_presses_on_notifications_and_no_request(divan: Divan) -> None:
    async with aiohttp.ClientSession(divan.url) as http, http.get("/worker.js") as answer:
        assert (answer.content_type, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
        text = await answer.text()
    assert re.findall(r"addEventListener\('(\w+)'", text) == ["notificationclick"]
    assert not re.search(r"\bonfetch\b|\bcaches\b|skipWaiting|clients\.claim", text)
